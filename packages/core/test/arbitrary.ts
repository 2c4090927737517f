import type { CrossEntropyOptions, LogitsArray } from '@label-smoothing/core';
import fc from 'fast-check';

/** A random batch: logits in float64, labels, and options that keep every class's coefficient defined. */
export interface RandomCase {
  readonly rows: number;
  readonly classes: number;
  readonly logits: Float64Array;
  readonly labels: Int32Array;
  /** Rows that sum to 1, [rows, classes]. */
  readonly targets: Float64Array;
  readonly options: CrossEntropyOptions & { readonly classes: number };
}

/** Every property runs the same cases each time. */
export const seeded = { seed: 20, numRuns: 200 } as const;

const real = (min: number, max: number): fc.Arbitrary<number> => fc.double({ min, max, noNaN: true });
const reals = (length: number, min: number, max: number): fc.Arbitrary<Float64Array> =>
  fc.array(real(min, max), { minLength: length, maxLength: length }).map((values) => Float64Array.from(values));

/** A distribution over `classes`, each at least a little. */
export function distribution(classes: number): fc.Arbitrary<Float64Array> {
  return reals(classes, 0.05, 1).map((values) => normalised(values, classes));
}

function normalised(values: Float64Array, classes: number): Float64Array {
  return values.map((value, i) => {
    const start = i - (i % classes);
    return value / values.subarray(start, start + classes).reduce((a, b) => a + b, 0);
  });
}

function optionsOf(rows: number, classes: number): fc.Arbitrary<RandomCase['options']> {
  const smoothing = fc.record({
    labelSmoothing: fc.oneof(fc.constantFrom(0, 0.1, 1), real(0, 1)),
    smoothing: fc.oneof(
      fc.constantFrom({ smoothingMode: 'uniform' } as const, { smoothingMode: 'others' } as const),
      distribution(classes).map((prior) => ({ smoothingMode: 'prior', prior }) as const),
    ),
  });
  const rest = fc.record({
    weight: fc.option(reals(classes, 0.1, 4), { nil: null }),
    weightMode: fc.constantFrom('perClass', 'target', 'expected'),
    sampleWeight: fc.option(reals(rows, 0.1, 3), { nil: null }),
    reduction: fc.constantFrom('none', 'sum', 'mean'),
    denominator: fc.constantFrom('weights', 'valid', 'rows', 'nonzeroWeights', 'expected'),
    zLoss: fc.constantFrom(0, 0.01),
    subtractEntropy: fc.boolean(),
  } as const);
  return fc
    .tuple(smoothing, rest)
    .map(([{ labelSmoothing, smoothing: mode }, other]) => ({ classes, labelSmoothing, ...mode, ...other }));
}

/** Batches of 1 to 4 rows and 2 to 7 classes with logits in [−20, 20] and random options. */
export const randomCase: fc.Arbitrary<RandomCase> = fc
  .record({ rows: fc.integer({ min: 1, max: 4 }), classes: fc.integer({ min: 2, max: 7 }) })
  .chain(({ rows, classes }) =>
    fc.record({
      rows: fc.constant(rows),
      classes: fc.constant(classes),
      logits: reals(rows * classes, -20, 20),
      labels: fc.array(fc.nat(classes - 1), { minLength: rows, maxLength: rows }).map((ys) => Int32Array.from(ys)),
      targets: reals(rows * classes, 0.05, 1).map((values) => normalised(values, classes)),
      options: optionsOf(rows, classes),
    }),
  );

/** Row r of a [rows, classes] array. */
export function rowOf<A extends LogitsArray>(array: A, classes: number, row: number): A {
  return array.slice(row * classes, (row + 1) * classes) as A;
}
