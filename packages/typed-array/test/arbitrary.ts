import type { AnyLogitsArray, CrossEntropyOptions, LogitsArray } from '@label-smoothing/core';
import fc from 'fast-check';

/** One random call. */
export interface RandomCall<L extends AnyLogitsArray = AnyLogitsArray> {
  readonly logits: L;
  readonly target: Int32Array | LogitsArray;
  readonly options: CrossEntropyOptions;
  readonly rows: number;
  readonly classes: number;
}

/** Every property runs the same cases each time. */
export const seeded = { seed: 6, numRuns: 400 } as const;

/** Evenly spread: an ε of 1e-323 or a weight of 1e-300 would only test what subnormals lose. */
const real = (min: number, max: number): fc.Arbitrary<number> =>
  fc.nat(2 ** 30).map((step) => min + (max - min) * (step / 2 ** 30));
const reals = (length: number, of: fc.Arbitrary<number>): fc.Arbitrary<number[]> =>
  fc.array(of, { minLength: length, maxLength: length });

/** Mostly ordinary; now and then masked, infinite, NaN, or far from the rest. */
const logit = fc.oneof(
  { weight: 24, arbitrary: real(-12, 12) },
  { weight: 2, arbitrary: fc.constantFrom(-Infinity, 0, -0) },
  { weight: 1, arbitrary: fc.constantFrom(Infinity, Number.NaN, 1e4, -1e4, 3e38, 1e-300) },
);
const ordinary = real(-12, 12);
const probability = fc.oneof({ weight: 8, arbitrary: real(0.001, 1) }, { weight: 1, arbitrary: fc.constant(0) });
const target = fc.oneof({ weight: 3, arbitrary: real(0, 1) }, { weight: 2, arbitrary: fc.constant(0) });

/** Small numbers of classes, and some around the length of a block of the kernel's sums. */
const classCount = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 9 }) },
  { weight: 1, arbitrary: fc.constantFrom(127, 128, 129, 300) },
);

function smoothing(classes: number, dense: boolean): fc.Arbitrary<CrossEntropyOptions> {
  const size = dense ? fc.constant(1) : fc.constantFrom(1, Math.min(classes, 9) === classes ? classes : 1);
  const prior = size.chain((rowCount) =>
    reals(rowCount * classes, fc.oneof(real(0.1, 1), fc.constant(0))).map((values) => normalised(values, classes)),
  );
  // In mode 'others' 1 − ε is a difference in every table, the reference's too: near 1 there are no digits to compare.
  const epsilon = fc.oneof(fc.constantFrom(0, 0.1, 1), real(0, 0.75));
  return fc
    .record({
      labelSmoothing: dense ? epsilon : fc.oneof(epsilon, reals(classes, epsilon)),
      mode: fc.oneof(
        fc.constantFrom({ smoothingMode: 'uniform' } as const, { smoothingMode: 'others' } as const),
        prior.map((weights) => ({ smoothingMode: 'prior', prior: weights }) as const),
      ),
    })
    .map(({ labelSmoothing, mode }) => ({ labelSmoothing, ...mode }));
}

/** Each row divided by its sum; a row of nothing becomes uniform. */
function normalised(values: readonly number[], classes: number): Float64Array {
  return Float64Array.from(values, (value, i) => {
    const start = i - (i % classes);
    const sum = values.slice(start, start + classes).reduce((a, b) => a + b, 0);
    return sum > 0 ? value / sum : 1 / classes;
  });
}

function rest(rows: number, classes: number): fc.Arbitrary<CrossEntropyOptions> {
  const someZero = reals(classes, fc.oneof(real(0.1, 4), fc.constant(0))).map((weight) => ({ weight, zLoss: 0 }));
  const noneZero = fc.record({
    weight: fc.option(reals(classes, real(0.1, 4)), { nil: null }),
    zLoss: fc.constantFrom(0, 0, 0.01),
  });
  const others = fc.record({
    weightMode: fc.constantFrom('perClass', 'target', 'expected'),
    sampleWeight: fc.option(reals(rows, fc.oneof(real(0.1, 3), fc.constant(0))), { nil: null }),
    maskedLogits: fc.constantFrom('exclude', 'propagate'),
    reduction: fc.constantFrom('none', 'sum', 'mean'),
    denominator: fc.constantFrom(undefined, 'weights', 'valid', 'rows', 'nonzeroWeights', 'expected'),
    onEmpty: fc.constantFrom('nan', 'zero'),
    subtractEntropy: fc.boolean(),
  } as const);
  // Never a mass of 0 beside a z-loss: nothing would be left but lse = m + ℓ, which may cancel.
  return fc.tuple(fc.oneof(someZero, noneZero), others).map(([weighted, other]) => ({ ...weighted, ...other }));
}

/** Where the classes are: rows × classes, or two axes around the class axis. */
function layout(rows: number, classes: number): fc.Arbitrary<CrossEntropyOptions> {
  const inner = [1, 2, 3].filter((size) => rows % size === 0);
  return fc.oneof(
    fc.constant({ classes }),
    fc.constantFrom(...inner).map((size) => ({ shape: [rows / size, classes, size], axis: 1 })),
  );
}

const size = fc.record({ rows: fc.integer({ min: 0, max: 6 }), classes: classCount, dense: fc.boolean() });

/** Any call that is valid: both kinds of target, both inputs, masks, special values, n-d layouts. */
export const randomCall: fc.Arbitrary<RandomCall<LogitsArray>> = size.chain(({ rows, classes, dense }) =>
  fc
    .record({
      single: fc.boolean(),
      kind: fc.constantFrom('logits', 'logits', 'logits', 'probabilities' as const),
      scores: fc.oneof(reals(rows * classes, ordinary), reals(rows * classes, logit)),
      probabilities: reals(rows * classes, probability),
      labels: reals(rows, fc.oneof({ weight: 6, arbitrary: fc.nat(classes - 1) }, fc.constant(-100))),
      dense: reals(rows * classes, target),
      mask: fc.option(fc.array(fc.boolean(), { minLength: classes, maxLength: classes }), { nil: null, freq: 4 }),
      options: fc.tuple(smoothing(classes, dense), rest(rows, classes), layout(rows, classes)),
    })
    .map((drawn) => {
      const array = (values: readonly number[]): LogitsArray =>
        drawn.single ? Float32Array.from(values) : Float64Array.from(values);
      const input = drawn.kind as 'logits' | 'probabilities';
      const classMask = maskFor(drawn.mask, dense ? [] : drawn.labels);
      const options = Object.assign({ input, classMask }, ...drawn.options) as CrossEntropyOptions;
      const stride = options.shape?.[2] ?? 1;
      const exists = (i: number): boolean => classMask?.[Math.floor(i / stride) % classes] ?? true;
      return {
        logits: array(input === 'logits' ? drawn.scores : drawn.probabilities),
        target: dense ? array(drawn.dense.map((t, i) => (exists(i) ? t : 0))) : Int32Array.from(drawn.labels),
        options,
        rows,
        classes,
      };
    }),
);

/** A mask in which every label exists, and at least one class. */
function maskFor(mask: readonly boolean[] | null, labels: readonly number[]): readonly boolean[] | null {
  return mask?.map((exists, k) => exists || k === 0 || labels.includes(k)) ?? null;
}
