import { smoothTargets } from '@label-smoothing/core';
import { fromFloat64, type LossRequest, toFloat64 } from '@label-smoothing/core/conformance';
import { asking, inFloat64, inPlain, type Mutant, reading, withTarget } from './mutant.js';
import { type Coefficients, Plain, type Row, Wide } from './plain-float32.js';

/** The plain backend with another mass on each of the `count` classes that exist, in mode uniform. */
function spreading(base: (smoothing: number, count: number, request: LossRequest) => number): new () => Plain {
  return class extends Plain {
    override coefficients(row: Row): Coefficients {
      const right = super.coefficients(row);
      const { labelSmoothing, weight, smoothingMode } = row.request.options;
      if (smoothingMode !== 'uniform' || typeof labelSmoothing !== 'number') return right;
      const exists = Array.from(right.c, (_, k) => row.present(k));
      const count = exists.filter(Boolean).length;
      const difference = base(labelSmoothing, count, row.request) - labelSmoothing / count;
      const c = right.c.map((ck, k) => (exists[k] ? ck + (weight?.[k] ?? 1) * difference : 0));
      return this.rounded({ ...right, c, mass: c.reduce((a, b) => a + b, 0) });
    }
  };
}

/** Errors in q: where the smoothing mass goes and how much of it there is. */
export const targetMutants: readonly Mutant[] = [
  {
    name: 'smoothing over K−1',
    seen: 'fairseq changed from ε/K to ε/(K−1) in 2021 (#3182) while its non-autoregressive loss kept ε/K.',
    caughtBy: ['loss', 'gradient', 'dialect'],
    create: reading(({ smoothingMode }) => ({ smoothingMode: smoothingMode === 'uniform' ? 'others' : smoothingMode })),
  },
  {
    name: 'smoothing over K in mode others',
    seen: 'The help text of OpenNMT-py promises ε/(K−1); since version 3 the code divides by K.',
    caughtBy: ['loss', 'gradient', 'dialect'],
    create: reading(({ smoothingMode }) => ({ smoothingMode: smoothingMode === 'others' ? 'uniform' : smoothingMode })),
  },
  {
    name: 'smoothing towards 1/2',
    seen: 'The documentation of TensorFlow.js says so for softmax; the sentence belongs to the sigmoid loss.',
    caughtBy: ['loss', 'gradient', 'dialect'],
    create: inPlain(spreading((smoothing) => smoothing / 2)),
  },
  {
    name: 'mass (1−ε)/K on the others',
    seen: 'Factors mixed up like this: (t + ε)/2 in eladhoffer/utils.pytorch#13, 1 − ε/K in pytorch-randaugment#30.',
    caughtBy: ['loss', 'gradient', 'dialect'],
    create: inPlain(spreading((smoothing, count) => (1 - smoothing) / count)),
  },
  {
    name: '1/K without ε',
    seen: 'ConvE#55 adds 1/K to every class, whatever the smoothing.',
    caughtBy: ['loss', 'gradient'],
    create: inPlain(spreading((_, count) => 1 / count)),
  },
  {
    name: 'K fixed at 1000',
    seen: 'Megatron-LM takes K from its own shard of the vocabulary (#7464): a K that is not that of the row.',
    caughtBy: ['loss', 'gradient', 'dialect'],
    create: inPlain(spreading((smoothing) => smoothing / 1000)),
  },
  {
    name: 'K from the wrong axis',
    seen: 'TensorFlow.js and tf.compat.v1 read shape[1] (tensorflow#32231), Paddle shape[-1].',
    caughtBy: ['loss', 'gradient', 'dialect'],
    create: inPlain(spreading((smoothing, _, { rows }) => smoothing / rows)),
  },
  {
    name: 'masked classes counted in K',
    seen: 'Every framework surveyed but optax with `where` divides ε by all classes, absent ones too.',
    caughtBy: ['loss', 'gradient'],
    create: inPlain(spreading((smoothing, _, { classes }) => smoothing / classes)),
  },
  {
    name: 'one class divides by zero',
    seen: 'ε/(K−1) without a special case for K = 1; T5X has one.',
    caughtBy: ['loss', 'gradient'],
    create: inPlain(spreading((smoothing, count) => ((smoothing / (count - 1)) * (count - 1)) / count)),
  },
  {
    name: 'tiny ε lost in 1 − ε',
    seen: 'on = 1 − ε, off = (1 − on)/K, all in float32: below 2^−25 nothing is left of ε.',
    caughtBy: ['gradient'],
    filters: ['*/float32/smoothing-edges#*', '*/float32/subnormal#*'],
    create: reading(({ labelSmoothing }) => ({
      labelSmoothing: typeof labelSmoothing === 'number' ? 1 - Math.fround(1 - labelSmoothing) : labelSmoothing,
    })),
  },
  {
    name: 'negative hit clipped at 0',
    seen: 'Losses that assert or clamp a confidence in [0, 1]; in mode others the table has a negative hit for ε above (K − 1)/K.',
    caughtBy: ['loss', 'gradient'],
    filters: ['*/float64/smoothing-edges#*'],
    create: inFloat64(
      class extends Wide {
        override fromTable(request: LossRequest, label: number): Coefficients {
          const right = super.fromTable(request, label);
          const { hit } = request.table;
          const excess = Math.min(0, hit[hit.length === 1 ? 0 : label] as number);
          return { ...right, c: right.c.map((c, k) => (k === label ? c - excess : c)) };
        }
      },
    ),
  },
  {
    name: 'ε applied twice to soft targets',
    seen: "timm's Mixup smooths by default, and the loss behind it smooths again.",
    caughtBy: ['loss', 'gradient', 'dialect'],
    filters: ['*/float32/soft-targets#*', 'dialect/float32/*'],
    create: asking(twiceSmoothed),
  },
  {
    name: 'smoothing that cannot be 0',
    seen: 'The idiom `smoothing || 0.1`; Mixup in timm defaults to 0.1 in the same silence.',
    caughtBy: ['loss', 'gradient', 'property'],
    create: reading(({ labelSmoothing }) => ({ labelSmoothing: labelSmoothing === 0 ? 0.1 : labelSmoothing })),
  },
  {
    name: 'ε per class read as its first entry',
    seen: 'Asked for in timm#990 and pytorch#7455; a scalar parameter takes one number.',
    caughtBy: ['loss', 'gradient'],
    create: reading(({ labelSmoothing }) => ({
      labelSmoothing: typeof labelSmoothing === 'number' ? labelSmoothing : (labelSmoothing[0] as number),
    })),
  },
  {
    name: 'prior not renormalised under a mask',
    seen: 'Nobody checks that a prior sums to 1: prior_dist of Paddle is used as it comes.',
    caughtBy: ['loss', 'gradient'],
    create: inPlain(
      class extends Plain {
        override coefficients(row: Row): Coefficients {
          const right = super.coefficients(row);
          const { prior, classes, labelSmoothing, weight } = row.request.options;
          if (prior?.length !== classes || weight !== null || typeof row.target !== 'number') return right;
          const own = (k: number): number => (k === row.target ? 1 - (labelSmoothing as number) : 0);
          const share = (k: number): number => own(k) + (labelSmoothing as number) * (prior[k] as number);
          const c = right.c.map((_, k) => (row.present(k) ? share(k) : 0));
          return this.rounded({ ...right, c, mass: c.reduce((a, b) => a + b, 0) });
        }
      },
    ),
  },
  {
    name: 'conditional prior transposed',
    seen: 'Online label smoothing keeps a K×K matrix; column y is not row y.',
    caughtBy: ['loss', 'gradient'],
    create: reading(({ prior, classes }) => ({
      prior:
        prior !== null && prior.length > classes
          ? prior.map((_, i) => prior[(i % classes) * classes + Math.floor(i / classes)] as number)
          : prior,
    })),
  },
  {
    name: 'entropy of the one-hot target subtracted',
    seen: 'OpenNMT-py replaced KL by cross-entropy without a word (#2270): H(one-hot) is 0, H(q) is not.',
    caughtBy: ['loss', 'dialect'],
    create: reading(() => ({ subtractEntropy: false })),
  },
  {
    name: 'entropy subtracted twice',
    seen: 'T5X, Tensor2Tensor and ESPnet subtract it; a report that subtracts it again shows negative losses.',
    caughtBy: ['loss', 'dialect'],
    create: inPlain(
      class extends Plain {
        override coefficients(row: Row): Coefficients {
          const right = super.coefficients(row);
          return { ...right, floor: 2 * right.floor };
        }
      },
    ),
  },
  {
    name: 'entropy from log(1 − ε)',
    seen: 'T5X and Tensor2Tensor subtract confidence·log(confidence); taken in float32, the confidence has lost a tiny ε.',
    caughtBy: ['loss'],
    filters: ['*/float32/entropy#*'],
    create: inPlain(
      class extends Plain {
        override coefficients(row: Row): Coefficients {
          const right = super.coefficients(row);
          const { subtractEntropy, weight } = row.request.options;
          if (!subtractEntropy || weight !== null) return right;
          const term = (q: number): number => (q === 0 ? 0 : this.round(-q * this.round(Math.log(q))));
          return { ...right, floor: this.sum(right.c.map(term)) };
        }
      },
    ),
  },
  {
    name: '0·log 0 in the entropy',
    seen: 'T5X at ε = 1: the entropy of its target is NaN.',
    caughtBy: ['loss'],
    create: inPlain(
      class extends Plain {
        override coefficients(row: Row): Coefficients {
          const right = super.coefficients(row);
          const zero = right.c.some((ck, k) => ck === 0 && row.present(k));
          return zero && row.request.options.subtractEntropy ? { ...right, floor: Number.NaN } : right;
        }
      },
    ),
  },
  {
    name: 'a dialect of its own',
    seen: 'fairseq before February 2021 is not the fairseq of today.',
    caughtBy: ['dialect'],
    create: reading(({ dialect, smoothingMode }) => ({
      smoothingMode: dialect === 'fairseq' ? 'uniform' : smoothingMode,
    })),
  },
];

function twiceSmoothed(request: LossRequest): LossRequest {
  const { target, options, classes, dtype, rows } = request;
  const { labelSmoothing, smoothingMode } = options;
  if (target instanceof Int32Array || smoothingMode !== 'uniform' || typeof labelSmoothing !== 'number') return request;
  const once = smoothTargets(toFloat64(target), { classes, labelSmoothing, classMask: options.classMask });
  return rows === 0 ? request : withTarget(request, fromFloat64(once as Float64Array, dtype));
}
