import { fromFloat16, toFloat16, toFloat64 } from '@label-smoothing/core/conformance';
import { answering, inPlain, type Mutant, reading } from './mutant.js';
import { type Coefficients, Plain, type Row, type Softmax, Wide } from './plain-float32.js';

/** Errors in softmax, logarithm, sums and gradient. */
export const numericMutants: readonly Mutant[] = [
  {
    name: 'log of softmax',
    seen: 'Megatron-LM and the ONNX reference evaluator take the logarithm of a quotient that has underflowed to 0.',
    caughtBy: ['loss'],
    create: inPlain(
      class extends Plain {
        override softmax(row: Row): Softmax {
          const right = super.softmax(row);
          return { ...right, logP: right.logP.map((z) => this.round(Math.log(this.round(Math.exp(z))))) };
        }
      },
    ),
  },
  {
    name: 'no maximum subtracted',
    seen: 'candle takes the log of a sigmoid for its binary loss; exp of a raw score overflows from 89 on in float32.',
    caughtBy: ['loss', 'gradient'],
    create: inPlain(
      class extends Plain {
        override softmax(row: Row): Softmax {
          const x = this.rowLogits(row);
          const lse = this.round(Math.log(this.sum(x.map((z) => this.round(Math.exp(z))))));
          return { max: 0, lse, logP: x.map((z) => this.round(z - lse)) };
        }
      },
    ),
  },
  {
    name: 'probabilities clipped at 1e-7',
    seen: 'Keras without from_logits, tfjs-layers always: no term may exceed 16.118.',
    caughtBy: ['loss'],
    create: inPlain(
      class extends Plain {
        override softmax(row: Row): Softmax {
          const right = super.softmax(row);
          const clipped = (z: number): number => Math.log(Math.min(Math.max(Math.exp(z), 1e-7), 1 - 1e-7));
          return { ...right, logP: right.logP.map((z) => this.round(clipped(z))) };
        }
      },
    ),
  },
  {
    name: 'shifted logits cut at −64',
    seen: "Paddle's softmax on the CPU: a spread of 1000 counts as 64.",
    caughtBy: ['loss'],
    create: inPlain(
      class extends Plain {
        override softmax(row: Row): Softmax {
          const right = super.softmax(row);
          return { ...right, logP: right.logP.map((z) => Math.max(z, -64)) };
        }
      },
    ),
  },
  {
    name: 'ties with the maximum counted once',
    seen: 'ACLS counts tied maxima several times; log1p over the classes below the maximum forgets them.',
    caughtBy: ['loss', 'gradient'],
    create: inPlain(
      class extends Plain {
        override softmax(row: Row): Softmax {
          const x = this.rowLogits(row);
          const { max } = super.softmax(row);
          const below = x.filter((z) => z < max).map((z) => this.round(Math.exp(z - max)));
          const logSum = this.round(Math.log1p(this.sum(below)));
          return { max, lse: this.round(max + logSum), logP: x.map((z) => this.round(z - max - logSum)) };
        }
      },
    ),
  },
  {
    name: 'a block of −inf gives NaN',
    seen: 'The online softmax of flash-attention (#1930): exp(−inf − (−inf)) when a whole block is masked.',
    caughtBy: ['loss', 'gradient'],
    create: inPlain(
      class extends Plain {
        override softmax(row: Row): Softmax {
          const x = this.rowLogits(row);
          let max = -Infinity;
          let sum = 0;
          for (const z of x) {
            const next = Math.max(max, z);
            sum = this.round(sum * Math.exp(max - next) + Math.exp(z - next));
            max = next;
          }
          const lse = this.round(max + Math.log(sum));
          return { max, lse, logP: x.map((z) => this.round(z - lse)) };
        }
      },
    ),
  },
  {
    name: '−inf masked class receiving mass',
    seen: 'PyTorch, MLX and Liger give +inf for a masked vocabulary as soon as ε > 0.',
    caughtBy: ['loss'],
    create: reading(() => ({ maskedLogits: 'propagate' })),
  },
  {
    name: '−inf always left out',
    seen: 'A backend that knows only the default hides the Infinity that PyTorch reports for a diverged score.',
    caughtBy: ['loss', 'gradient'],
    create: reading(() => ({ maskedLogits: 'exclude' })),
  },
  {
    name: '−inf replaced by −1e9',
    seen: 'The annotated transformer fills masks with −1e9: a masked label costs 1e9 where it should cost Infinity.',
    caughtBy: ['loss'],
    create: inPlain(
      class extends Plain {
        override rowLogits(row: Row): Float64Array {
          return super.rowLogits(row).map((z) => Math.max(z, -1e9));
        }
      },
    ),
  },
  {
    name: 'class mask left out',
    seen: 'Only optax has one (`where`); an option that is accepted and dropped, as the ONNX exporter drops smoothing.',
    caughtBy: ['loss', 'gradient'],
    create: reading(() => ({ classMask: null })),
  },
  {
    name: '0·∞ is NaN',
    seen: 'Dense one-hot code multiplies every class: TensorFlow.js, optax#896.',
    caughtBy: ['loss'],
    create: inPlain(
      class extends Plain {
        override rowLoss(row: Row, { c, ...rest }: Coefficients, softmax: Softmax): number {
          const right = super.rowLoss(row, { c, ...rest }, softmax);
          return c.some((ck, k) => ck === 0 && softmax.logP[k] === -Infinity) ? Number.NaN : right;
        }
      },
    ),
  },
  {
    name: 'NaN swept away',
    seen: 'Keras divides with divide_no_nan; done to a whole loss, a broken model trains on at 0.',
    caughtBy: ['loss', 'gradient'],
    create: answering(({ loss, gradient }) => {
      const swept = Float64Array.from(loss, (x) => (Number.isNaN(x) ? 0 : x));
      if (gradient === undefined) return { loss: swept };
      return { loss: swept, gradient: gradient.map((g) => (Number.isNaN(g) ? 0 : g)) as typeof gradient };
    }),
  },
  {
    name: 'gradient p − q for unnormalised targets',
    seen: 'TensorFlow, TensorFlow.js and MLX assume that a row of targets sums to 1.',
    caughtBy: ['gradient'],
    create: inPlain(
      class extends Plain {
        override slope(
          row: Row,
          { mass, ...rest }: Coefficients,
          softmax: Softmax,
          total: number,
        ): (k: number) => number {
          const dense = typeof row.target !== 'number' && row.request.options.weight === null;
          return super.slope(row, { ...rest, mass: dense ? 1 : mass }, softmax, total);
        }
      },
    ),
  },
  {
    name: 'gradient p − q under class weights',
    seen: 'The usual backward pass forgets Σ w·q; Liger has it.',
    caughtBy: ['gradient', 'dialect', 'property'],
    filters: ['gradient/float32/weighted#*', 'property/float32/*', 'dialect/float32/*'],
    create: inPlain(
      class extends Plain {
        override slope(
          row: Row,
          { mass, ...rest }: Coefficients,
          softmax: Softmax,
          total: number,
        ): (k: number) => number {
          const { weight } = row.request.options;
          return super.slope(row, { ...rest, mass: weight === null ? mass : 1 }, softmax, total);
        }
      },
    ),
  },
  {
    name: 'z-loss weighted by class',
    seen: 'Liger keeps z-loss out of the weights but divides it by another denominator; both are easily mixed up.',
    caughtBy: ['loss', 'gradient'],
    create: inPlain(
      class extends Plain {
        override softmax(row: Row): Softmax {
          const right = super.softmax(row);
          const { weight } = row.request.options;
          return {
            ...right,
            lse: weight === null ? right.lse : right.lse * Math.sqrt(weight[row.target as number] as number),
          };
        }
      },
    ),
  },
  {
    name: 'z-loss without a gradient',
    seen: 'A penalty added to the value that a hand-written backward pass does not know of.',
    caughtBy: ['gradient', 'dialect'],
    filters: ['gradient/float32/z-loss#*', 'dialect/float32/*'],
    create: inPlain(
      class extends Plain {
        override slope(row: Row, coefficients: Coefficients, { logP }: Softmax, total: number): (k: number) => number {
          return super.slope(row, coefficients, { max: 0, lse: 0, logP }, total);
        }
      },
    ),
  },
  {
    name: 'z-loss always on',
    seen: 'flash-attention and Liger have lse_square_scale; a default above 0 makes the loss depend on a shift.',
    caughtBy: ['loss', 'gradient', 'dialect', 'property'],
    create: reading(({ zLoss }) => ({ zLoss: zLoss === 0 ? 2 ** -10 : zLoss })),
  },
  {
    name: 'probabilities taken as logits',
    seen: 'torch users pass softmax output to cross_entropy; burn has a switch for it.',
    caughtBy: ['loss', 'gradient'],
    create: reading(() => ({ input: 'logits' })),
  },
  {
    name: 'subnormals flushed, claimed as IEEE',
    seen: 'GPU drivers flush them; Safari loses everything below 1e-4 in half precision (tfjs-core#1133).',
    caughtBy: ['gradient'],
    create: answering((result) => {
      const { loss, gradient } = result;
      if (!(gradient instanceof Float32Array)) return result;
      return { loss, gradient: gradient.map((g) => (Math.abs(g) < 2 ** -126 ? 0 : g)) };
    }),
  },
  {
    name: 'float32 sums over a large vocabulary',
    seen: "Transformers' LabelSmoother sums in float32, whatever the logits are.",
    caughtBy: ['loss', 'gradient'],
    level: 'precise',
    create: inPlain(
      class extends Wide {
        override sum(terms: Iterable<number>): number {
          let sum = 0;
          for (const term of terms) sum = Math.fround(sum + term);
          return sum;
        }
      },
    ),
  },
  {
    name: 'float16 accumulation',
    seen: 'PyTorch sums −log p over K in the input dtype before it multiplies by ε/K: over 65504 (transformers#10674).',
    caughtBy: ['loss'],
    filters: ['*/float16/*'],
    create: inPlain(
      class extends Plain {
        override rowLoss(row: Row, right: Coefficients, softmax: Softmax): number {
          const base = right.c.reduce((a, b) => Math.min(a, b), Infinity);
          if (base === 0) return super.rowLoss(row, right, softmax);
          const sum = softmax.logP.reduce((a, z) => fromFloat16(toFloat16(a - z)), 0);
          return super.rowLoss(row, { ...right, c: right.c.map((ck) => ck - base) }, softmax) + base * sum;
        }
      },
    ),
  },
  {
    name: 'float16 numbers in place of bits',
    seen: 'Uint16Array.from(gradient): JavaScript before Float16Array has no type that says what the bits are.',
    caughtBy: ['gradient', 'property'],
    filters: ['*/float16/*'],
    create: answering((result) => {
      const { loss, gradient } = result;
      return gradient instanceof Uint16Array ? { loss, gradient: Uint16Array.from(toFloat64(gradient)) } : result;
    }),
  },
];
