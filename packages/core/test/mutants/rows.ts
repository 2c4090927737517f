import type { RowTarget } from '@label-smoothing/core';
import { type LossRequest, type LossResult, toFloat64 } from '@label-smoothing/core/conformance';
import { answering, asking, behaving, inPlain, type Mutant, reading } from './mutant.js';
import { type Coefficients, Plain, type Row, type Softmax } from './plain-float32.js';

/** A label that is ignored, as code sees it that clamps it before it looks anything up. */
class Clamping extends Plain {
  override target(request: LossRequest, row: number): RowTarget {
    return this.ignored(request, row) ? 0 : super.target(request, row);
  }
}

/** Errors in which rows count, by how much, and what the sum is divided by. */
export const rowMutants: readonly Mutant[] = [
  {
    name: 'mean by N instead of Σw',
    seen: 'MLX and tinygrad divide by rows, PyTorch by Σw for labels and by N for dense targets (pytorch#61309).',
    caughtBy: ['loss', 'gradient', 'dialect', 'property'],
    filters: ['*/float32/denominators#*', 'property/float32/*', 'dialect/float32/*'],
    create: reading(({ denominator }) => ({ denominator: denominator === 'weights' ? 'valid' : denominator })),
  },
  {
    name: 'valid and expected read as weights',
    seen: 'PyTorch divides labels by Σw and knows no other divisor; while all weights are 1 nobody sees the difference.',
    caughtBy: ['loss', 'gradient'],
    create: reading(({ denominator }) => ({
      denominator: denominator === 'valid' || denominator === 'expected' ? 'weights' : denominator,
    })),
  },
  {
    name: 'one ignored index of several',
    seen: 'ignore_index of PyTorch and ignore_class of Keras are one number; a second kind of padding has no place.',
    caughtBy: ['loss', 'gradient'],
    create: reading(({ ignoreIndex }) => ({ ignoreIndex: ignoreIndex.slice(0, 1) })),
  },
  {
    name: 'ignored rows counted',
    seen: 'The mean of burn divides by padded rows too.',
    caughtBy: ['loss', 'gradient', 'dialect'],
    filters: ['*/float32/*ignored#*', 'dialect/float32/*'],
    create: inPlain(
      class extends Plain {
        override divisor(request: LossRequest, all: Float64Array): number {
          const { rows, options } = request;
          const counted = options.normalizer === null && options.denominator !== 'rows';
          const ignored = Array.from({ length: rows }, (_, row) => row).filter((row) => this.ignored(request, row));
          return super.divisor(request, all) + (counted ? ignored.length : 0);
        }
      },
    ),
  },
  {
    name: 'ignored rows in the uniform term',
    seen: 'PyTorch 1.10 (#73205): nll was masked, the uniform term was not.',
    caughtBy: ['loss', 'gradient', 'dialect'],
    filters: ['*/float32/ignored#*', 'dialect/float32/*'],
    create: inPlain(
      class extends Clamping {
        override skips(): boolean {
          return false;
        }
        override rowWeight(request: LossRequest, row: number): number {
          return request.sampleWeight?.[row] ?? 1;
        }
        override coefficients(row: Row): Coefficients {
          const right = super.coefficients(row);
          if (!this.ignored(row.request, row.index)) return right;
          const c = right.c.fill(right.c.at(-1) as number);
          return { ...right, c, mass: c.reduce((a, b) => a + b, 0), denominator: 0 };
        }
      },
    ),
  },
  {
    name: 'NaN of ignored rows leaking',
    seen: 'A row weight of 0 is multiplied, not skipped: TensorFlow.js gives 0·NaN.',
    caughtBy: ['loss', 'gradient'],
    create: inPlain(
      class extends Clamping {
        override skips(): boolean {
          return false;
        }
      },
    ),
  },
  {
    name: 'label 0 is padding',
    seen: 'padding_idx of the Apex kernel is 0 unless it is set.',
    caughtBy: ['loss', 'gradient', 'dialect', 'property'],
    create: reading(({ ignoreIndex }) => ({ ignoreIndex: [...ignoreIndex, 0] })),
  },
  {
    name: 'weights on one term only',
    seen: "Where nll and uniform term are reduced apart, as in Transformers' LabelSmoother, a weight given to one misses the other.",
    caughtBy: ['loss', 'gradient', 'dialect'],
    filters: ['*/float32/weighted#*', 'dialect/float32/*'],
    create: inPlain(
      class extends Plain {
        override coefficients(row: Row): Coefficients {
          const right = super.coefficients(row);
          const { weight, weightMode } = row.request.options;
          if (weight === null || weightMode !== 'perClass') return right;
          const c = right.c.map((ck, k) => (k === row.target || weight[k] === 0 ? ck : ck / (weight[k] as number)));
          return this.rounded({ ...right, c, mass: c.reduce((a, b) => a + b, 0) });
        }
      },
    ),
  },
  {
    name: 'weight of the target on the whole row',
    seen: 'class_weight of Keras does this on purpose; PyTorch weighs every class.',
    caughtBy: ['loss', 'gradient', 'dialect'],
    filters: ['*/float32/weighted#*', 'dialect/float32/*'],
    create: reading(({ weightMode }) => ({ weightMode: weightMode === 'perClass' ? 'target' : weightMode })),
  },
  {
    name: 'sample weight squared',
    seen: 'A weight in the row loss and again in the reduction: class_weight beside sample_weight.',
    caughtBy: ['loss', 'dialect'],
    filters: ['*/float32/sample-weighted#*', 'dialect/float32/*'],
    create: inPlain(
      class extends Plain {
        override rowLoss(row: Row, coefficients: Coefficients, softmax: Softmax): number {
          return this.rowWeight(row.request, row.index) * super.rowLoss(row, coefficients, softmax);
        }
      },
    ),
  },
  {
    name: 'sum returned as mean',
    seen: 'fairseq and T5X return sums and divide later; the divisor is easily forgotten.',
    caughtBy: ['loss', 'gradient', 'dialect', 'property'],
    create: reading(({ reduction }) => ({ reduction: reduction === 'mean' ? 'sum' : reduction, normalizer: null })),
  },
  {
    name: 'normalizer left out',
    seen: 'Gradient accumulation in Transformers (#46731): a mean per micro-batch where a global count was passed.',
    caughtBy: ['loss', 'gradient'],
    create: reading(() => ({ normalizer: null })),
  },
  {
    name: 'empty mean is always 0',
    seen: 'Keras, Paddle and Liger give 0 where PyTorch keeps NaN on purpose (#64572).',
    caughtBy: ['loss'],
    create: reading(() => ({ onEmpty: 'zero' })),
  },
  {
    name: '1/N missing in the gradient',
    seen: 'A kernel whose backward pass returns p − q and leaves the mean to whoever calls it.',
    caughtBy: ['gradient', 'dialect', 'property'],
    create: inPlain(
      class extends Plain {
        override gradientFactor(): number {
          return 1;
        }
      },
    ),
  },
  {
    name: 'rows share one maximum',
    seen: 'max(x) without an axis: rows far below the largest logit of the batch underflow.',
    caughtBy: ['loss', 'gradient'],
    create: inPlain(
      class extends Plain {
        override softmax(row: Row): Softmax {
          const max = toFloat64(row.request.logits).reduce((a, b) => Math.max(a, b), -Infinity);
          const d = this.rowLogits(row).map((x) => this.round(x - max));
          const logSum = this.round(Math.log(this.sum(d.map((z) => this.round(Math.exp(z))))));
          return { max, lse: this.round(max + logSum), logP: d.map((z) => this.round(z - logSum)) };
        }
      },
    ),
  },
  {
    name: 'rows behind the first workgroup missing',
    seen: 'One thread per row and one workgroup dispatched: right for 64 rows, and for every small test.',
    caughtBy: ['property'],
    create: inPlain(
      class extends Plain {
        override rowWeight(request: LossRequest, row: number): number {
          return row < 64 ? super.rowWeight(request, row) : 0;
        }
      },
    ),
  },
  {
    name: 'another loss beside the gradient',
    seen: 'Fused kernels have a path of their own: softmax and gradient of MXNet know ε, the loss beside them does not.',
    caughtBy: ['dialect', 'property'],
    create: behaving((reference) => ({
      ...reference,
      async computeLoss(request) {
        const result = await reference.computeLoss(request);
        if (!request.gradient) return result;
        const options = { ...request.options, labelSmoothing: 0 };
        const { loss } = await reference.computeLoss({ ...request, options });
        return { ...result, loss };
      },
    })),
  },
  {
    name: 'loss in bits',
    seen: 'fairseq logs losses divided by ln 2.',
    caughtBy: ['loss', 'dialect'],
    create: answering(inBits),
  },
  {
    name: 'an empty batch refused',
    seen: 'WebGPU refuses a binding of size 0, so a dispatch over no rows fails unless somebody thought of it.',
    caughtBy: ['loss', 'gradient'],
    create: asking((request) => {
      if (request.rows === 0) throw new RangeError('buffer size 0');
      return request;
    }),
  },
  {
    name: 'minus zero',
    seen: 'onnxruntime gives −0 for the sum over nothing but ignored rows.',
    caughtBy: ['loss'],
    create: answering(({ loss, ...rest }) => ({ ...rest, loss: Float64Array.from(loss, (x) => (x === 0 ? -0 : x)) })),
  },
];

function inBits({ loss, ...rest }: LossResult): LossResult {
  return { ...rest, loss: Float64Array.from(loss, (nats) => nats / Math.LN2) };
}
