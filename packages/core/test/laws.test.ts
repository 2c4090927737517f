import {
  type CrossEntropyOptions,
  type CrossEntropyResult,
  compileTargetTable,
  convertSmoothing,
  crossEntropy,
  type LogitsArray,
  resolveOptions,
  rowCoefficients,
  rowTerms,
  smoothTargets,
  type TargetArray,
} from '@label-smoothing/core';
import { batchDenominator, bindBatch, targetKindOf } from '@label-smoothing/core/adapter';
import { scalesOf, ulpError } from '@label-smoothing/core/conformance';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type RandomCase, randomCase, rowOf, seeded } from './arbitrary.js';

type Call = readonly [LogitsArray, TargetArray, CrossEntropyOptions];

function run([logits, target, options]: Call): CrossEntropyResult & { readonly gradient: LogitsArray } {
  const result = crossEntropy(logits, target, { ...options, input: 'logits', gradient: true });
  return { ...result, gradient: result.gradient as LogitsArray };
}

const listed = (loss: number | Float64Array): Float64Array => (typeof loss === 'number' ? Float64Array.of(loss) : loss);

/** Two ways to say the same loss agree within `budget` ULP at the scale of the first. */
function agree(left: Call, right: Call, budget = 32): void {
  const options = resolveOptions(left[2], targetKindOf(left[1]));
  const batch = bindBatch(left[0], left[1], options);
  const table = compileTargetTable(options);
  const scales = scalesOf(table, batch, batchDenominator(table, batch));
  const [a, b] = [run(left), run(right)];
  compare(listed(b.loss), listed(a.loss), scales.loss, budget);
  compare(b.gradient, a.gradient, scales.gradient, budget);
}

function compare(actual: LogitsArray, expected: LogitsArray, scale: Float64Array, budget: number): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => {
    expect(ulpError('float64', actual[i] as number, value, scale[i] as number)).toBeLessThanOrEqual(budget);
  });
}

const property = (law: (random: RandomCase) => void): void => fc.assert(fc.property(randomCase, law), seeded);

describe('laws of the reference', () => {
  test('a row may be shifted by a constant (without z-loss)', () => {
    property(({ logits, labels, options }) => {
      const call = { ...options, zLoss: 0 };
      // A power of two within the logits' range shifts without rounding more than the logits' own last digits.
      agree([logits, labels, call], [logits.map((x) => x + 64), labels, call], 128);
    });
  });

  test('classes may be renamed', () => {
    property(({ logits, labels, classes, options }) => {
      const last = classes - 1;
      const reversed = <A extends LogitsArray>(array: A): A =>
        array.map((_, i) => array[i - (i % classes) + last - (i % classes)] as number) as A;
      const flip = (values: CrossEntropyOptions['weight']): Float64Array | null =>
        values == null ? null : reversed(Float64Array.from(values));
      const prior = options.prior == null ? {} : { prior: flip(options.prior as Float64Array) };
      const renamed = { ...options, ...prior, weight: flip(options.weight) };
      const left = run([logits, labels, options]);
      const right = run([reversed(logits), labels.map((y) => last - y), renamed]);
      const scale = Float64Array.from(logits, () => 40);
      compare(listed(right.loss), listed(left.loss), scale, 32);
      compare(reversed(right.gradient), left.gradient, scale, 32);
    });
  });

  test('a row of the gradient sums to s·(mass − Σ c) = 0 (without z-loss)', () => {
    property(({ logits, labels, classes, rows, options }) => {
      const { gradient } = run([logits, labels, { ...options, zLoss: 0, reduction: 'sum' }]);
      for (let row = 0; row < rows; row++) {
        const parts = Float64Array.from(rowOf(gradient, classes, row));
        const size = parts.reduce((sum, g) => sum + Math.abs(g), 1);
        expect(Math.abs(parts.reduce((sum, g) => sum + g, 0))).toBeLessThanOrEqual(64 * Number.EPSILON * size);
      }
    });
  });

  test('ε = 0 is the plain loss, and nll', () => {
    property(({ logits, labels, options }) => {
      const plain = { ...options, labelSmoothing: 0, zLoss: 0, subtractEntropy: false };
      const { loss, nll } = run([logits, labels, plain]);
      expect(loss).toEqual(nll);
      expect(run([logits, labels, { ...options, labelSmoothing: 0.1 }]).nll).toEqual(nll);
    });
  });

  test('a label is its one-hot distribution', () => {
    property(({ logits, labels, classes, options }) => {
      const oneHot = Float64Array.from(logits, (_, i) => (labels[Math.floor(i / classes)] === i % classes ? 1 : 0));
      agree([logits, labels, options], [logits, oneHot, options]);
    });
  });

  test('smoothing the targets, then ε = 0, is smoothing in the loss', () => {
    property(({ logits, targets, classes, options }) => {
      const smooth = { ...options, weight: null, subtractEntropy: false };
      const q = smoothTargets(targets, { ...smooth, sampleWeight: null });
      const plain = { ...smooth, classes, labelSmoothing: 0 };
      agree([logits, targets, smooth], [logits, q, plain], 64);
    });
  });

  test('rows may be split into shards: Σ sum / Σ denominator', () => {
    property(({ logits, labels, classes, rows, options }) => {
      const call = { ...options, reduction: 'mean' } as const;
      const whole = run([logits, labels, call]);
      const parts = Array.from({ length: rows }, (_, row) => {
        const s = options.sampleWeight == null ? null : [options.sampleWeight[row] as number];
        return run([rowOf(logits, classes, row), labels.slice(row, row + 1), { ...call, sampleWeight: s }]);
      });
      const sum = parts.reduce((total, part) => total + part.sum, 0);
      const denominator = parts.reduce((total, part) => total + part.denominator, 0);
      expect(ulpError('float64', denominator, whole.denominator, 0)).toBeLessThanOrEqual(4);
      expect(ulpError('float64', sum / denominator, whole.loss as number, 40)).toBeLessThanOrEqual(16);
    });
  });

  test('ε converts between modes without a change of the loss', () => {
    property(({ logits, labels, classes, options }) => {
      const { prior: _, ...rest } = options;
      const labelSmoothing = (options.labelSmoothing as number) * (1 - 1 / classes);
      const others = { ...rest, smoothingMode: 'others', labelSmoothing } as const;
      const converted = convertSmoothing({ labelSmoothing, from: 'others', to: 'uniform', classes });
      agree(
        [logits, labels, others],
        [logits, labels, { ...rest, smoothingMode: 'uniform', labelSmoothing: converted }],
      );
    });
  });

  test('the gradient is the derivative of the loss', () => {
    fc.assert(
      fc.property(randomCase, fc.nat(), ({ logits, targets, options }, pick) => {
        const call = { ...options, reduction: 'sum' } as const;
        const i = pick % logits.length;
        const step = 2 ** -13;
        const at = (delta: number): number => run([logits.map((x, j) => (i === j ? x + delta : x)), targets, call]).sum;
        const slope = (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step);
        expect(Math.abs(slope - (run([logits, targets, call]).gradient[i] as number))).toBeLessThan(1e-8);
      }),
      seeded,
    );
  });
});

describe('the target table is rowTerms for every label', () => {
  const optionSets: readonly CrossEntropyOptions[] = [
    { classes: 3, prior: [0.5, 0.25, 0.25, 0.25, 0.5, 0.25, 0, 0, 1], smoothingMode: 'prior' },
    {
      classes: 3,
      prior: [0.5, 0.5, 0, 0, 1, 0, 0.25, 0.25, 0.5],
      smoothingMode: 'prior',
      classMask: [true, false, true],
    },
    { classes: 3, prior: [0, 1, 0], smoothingMode: 'prior', classMask: [true, false, true] },
    { classes: 4, labelSmoothing: [0, 0.1, 0.5, 1], smoothingMode: 'others', classMask: [true, true, false, true] },
    { classes: 1, smoothingMode: 'others' },
  ];
  const weights = [null, [1, 2, 0, 4]];
  const modes = ['perClass', 'target', 'expected'] as const;
  const cases = optionSets.flatMap((options) =>
    weights.flatMap((weight) =>
      modes.map((weightMode) => ({
        labelSmoothing: 0.25,
        ...options,
        weight: weight?.slice(0, options.classes) ?? null,
        weightMode,
        denominator: 'expected',
        subtractEntropy: true,
      })),
    ),
  ) as CrossEntropyOptions[];

  test.each(cases)('%o', (options) => {
    const table = compileTargetTable(resolveOptions(options, 'labels'));
    const entry = (column: Float64Array, y: number): number => column[column.length === 1 ? 0 : y] as number;
    const { classes, classMask } = table.options;
    for (let y = 0; y < classes; y++) {
      if (classMask?.[y] === false) continue;
      const terms = rowTerms(table, y);
      const coefficient = rowCoefficients(table, y, terms);
      for (let k = 0; k < classes; k++) {
        const v = (table.profile?.[k] ?? 1) * (table.conditionalPrior?.[y * classes + k] ?? 1);
        const c = entry(table.base, y) * v + (k === y ? entry(table.hit, y) : 0);
        expect(c).toBeCloseTo(classMask?.[k] === false ? 0 : coefficient(k), 14);
      }
      expect(entry(table.mass, y)).toBeCloseTo(terms.mass, 14);
      expect(entry(table.floor, y)).toBeCloseTo(terms.floor, 14);
      expect(entry(table.denominator, y)).toBeCloseTo(terms.denominator, 14);
    }
  });
});
