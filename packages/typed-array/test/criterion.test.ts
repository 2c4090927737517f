import { crossEntropy as reference } from '@label-smoothing/core';
import { ulpError } from '@label-smoothing/core/conformance';
import { createCrossEntropy, crossEntropy, type LossAndGradient } from '@label-smoothing/typed-array';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { expectPrecise } from './agreement.js';
import { kernels } from './kernels.js';

const logits = Float64Array.of(2, 1, 0, 0.5, -1, 3, 0.1, 0.2, 0.3, 4, 4, -4);
const labels = Int32Array.of(0, 2, -100, 1);
const dense = Float64Array.of(1, 0, 0, 0, 0.5, 0.5, 0.2, 0.3, 0.5, 0, 1, 0);
const options = { classes: 3, labelSmoothing: 0.1, zLoss: 0.01, weight: [1, 2, 0.5] };

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < actual.length; i++) expect(actual[i]).toBeCloseTo(expected[i] as number, 14);
}

/** Row r of `gradient` times `factors[r]`. */
const scaled = (gradient: Float64Array, factors: readonly number[]): Float64Array =>
  gradient.map((g, i) => g * (factors[Math.floor(i / 3)] as number));

describe('upstream', () => {
  test.each(['none', 'sum', 'mean'] as const)('a number and one per row, reduction %s', (reduction) => {
    const criterion = createCrossEntropy({ ...options, reduction });
    const plain = criterion.lossAndGradient(logits, labels);
    const factors = [2, -0.5, 7, 0];
    const half = criterion.lossAndGradient(logits, labels, { upstream: 0.5 });
    const perRow = criterion.lossAndGradient(logits, labels, { upstream: Float32Array.from(factors) });
    expectClose(
      half.gradient,
      plain.gradient.map((g) => g * 0.5),
    );
    expectClose(perRow.gradient, scaled(plain.gradient, factors));
    expect([half.loss, perRow.loss, perRow.nll]).toEqual([plain.loss, plain.loss, plain.nll]);
  });

  // The JavaScript kernel rounds once, the others in each step: 1 ULP.
  test.each(kernels)('a large factor brings back probabilities that float32 cannot hold: %s', (kernel) => {
    const far = Float32Array.of(0, -105);
    const { gradient } = createCrossEntropy({ classes: 2, kernel }).lossAndGradient(far, [0], { upstream: 1e10 });
    const expected = 1e10 * Math.exp(-105);
    if (kernel === 'js') expect(gradient[1]).toBe(Math.fround(expected));
    expect(ulpError('float32', gradient[1] as number, expected, 0)).toBeLessThanOrEqual(1);
  });

  test('a factor of 0 gives zeros, in rows of NaN too', () => {
    const criterion = createCrossEntropy({ classes: 3 });
    const { gradient, loss } = criterion.lossAndGradient(Float64Array.of(Number.NaN, 0, 0), [0], { upstream: 0 });
    expect(loss).toBeNaN();
    expect([...gradient]).toEqual([0, 0, 0]);
  });
});

describe('what a call brings', () => {
  test('sample weights in place of the options’ own', () => {
    const sampleWeight = [1, 0.5, 2, 3];
    const criterion = createCrossEntropy({ ...options, sampleWeight: [9, 9, 9, 9] });
    const expected = crossEntropy(logits, labels, { ...options, sampleWeight, gradient: true });
    expect(criterion.lossAndGradient(logits, labels, { sampleWeight })).toEqual(expected);
    const own = crossEntropy(logits, labels, { ...options, sampleWeight: [9, 9, 9, 9] });
    expect(criterion.forward(logits, labels, { sampleWeight: null })).toEqual(own);
  });

  test('a normalizer implies the mean, over a dialect’s reduction too', () => {
    const criterion = createCrossEntropy({ classes: 3, dialect: 'fairseq' });
    const { loss, sum, denominator } = criterion.forward(logits, [0, 1, 2, 0], { normalizer: 8 });
    expect(denominator).toBe(8);
    expect(loss).toBe(sum / 8);
    expect(criterion.forward(logits, [0, 1, 2, 0]).loss).toBe(sum);
  });

  test('micro-batches with one normalizer add up to the whole batch', () => {
    const criterion = createCrossEntropy(options);
    const whole = criterion.lossAndGradient(logits, labels);
    const normalizer = whole.denominator;
    const parts = [0, 1, 2, 3].map((row) =>
      criterion.lossAndGradient(logits.slice(3 * row, 3 * row + 3), labels.slice(row, row + 1), { normalizer }),
    );
    expect(parts.reduce((sum, { loss }) => sum + (loss as number), 0)).toBeCloseTo(whole.loss as number, 14);
    expectClose(
      parts.flatMap(({ gradient }) => [...gradient]),
      whole.gradient,
    );
  });
});

test('one criterion takes labels and dense targets in turn, each with its own denominator', () => {
  const criterion = createCrossEntropy(options);
  for (const target of [labels, dense, labels, dense]) {
    expect(criterion.lossAndGradient(logits, target)).toEqual(
      crossEntropy(logits, target, { ...options, gradient: true }),
    );
  }
});

test('a call inside the reading of another call’s labels changes neither', () => {
  const criterion = createCrossEntropy(options);
  const target = [0, 2, -100, 1];
  const expected = criterion.lossAndGradient(logits, target);
  const other = [2, 1, 0, -100];
  const inner = criterion.lossAndGradient(logits, other);
  let seen: unknown;
  const looking = Object.defineProperty([...target], 3, {
    get: () => {
      seen = criterion.lossAndGradient(logits, other);
      return 1;
    },
  });
  expect(criterion.lossAndGradient(logits, looking)).toEqual(expected);
  expect(seen).toEqual(inner);
});

test.each(kernels)('row losses are each call’s own, and one that was refused leaves nothing: %s', (kernel) => {
  const criterion = createCrossEntropy({ classes: 3, reduction: 'none', kernel });
  const rows = Float32Array.of(2, 1, 0, 0, 3, 1);
  const first = criterion.forward(rows, Int32Array.of(0, 1));
  const kept = (first.loss as Float64Array).slice();
  expect(() => criterion.forward(rows, Int32Array.of(2, 3))).toThrow('target[1]');
  expect(() => criterion.forward(rows, Int32Array.of(0, 1), { sampleWeight: [1] })).toThrow('sampleWeight');
  const second = criterion.forward(rows, Int32Array.of(2, 0));
  expect(first.loss).toEqual(kept);
  expect(second.loss).not.toEqual(kept);
  expect(criterion.forward(rows, Int32Array.of(0, 1))).toEqual(first);
  expect(first.sum).toBeCloseTo((kept[0] as number) + (kept[1] as number), 14);
});

test('options that only labels can have stay usable with labels', () => {
  const criterion = createCrossEntropy({ classes: 3, labelSmoothing: [0.1, 0.2, 0.3] });
  expect(criterion.forward(logits, labels).loss).toBeGreaterThan(0);
  expect(() => criterion.forward(logits, dense)).toThrow(expect.objectContaining({ code: 'LS_SMOOTHING' }));
});

test('results belong to the caller, and options that change later change nothing', () => {
  const changing = { classes: 3, labelSmoothing: 0.1, reduction: 'none' as const };
  const criterion = createCrossEntropy(changing);
  const first = criterion.lossAndGradient(logits, labels);
  const copy = structuredClone(first);
  changing.labelSmoothing = 0.5;
  criterion.lossAndGradient(
    logits.map((x) => -x),
    labels,
  );
  expect(first).toEqual(copy);
  expect(criterion.lossAndGradient(logits, labels)).toEqual(first);
});

test('gradient: the option decides for crossEntropy, the method for a criterion', () => {
  const withGradient = { ...options, gradient: true };
  expect(crossEntropy(logits, labels, options)).not.toHaveProperty('gradient');
  expect(crossEntropy(logits, labels, withGradient).gradient).toHaveLength(12);
  expect(createCrossEntropy(withGradient).forward(logits, labels)).not.toHaveProperty('gradient');
  expect(createCrossEntropy(options).lossAndGradient(logits, labels).gradient).toHaveLength(12);
});

test('the gradient has the type of the logits', () => {
  const criterion = createCrossEntropy({ classes: 3 });
  const single = criterion.lossAndGradient(new Float32Array(3), [0]);
  const double = criterion.lossAndGradient(new Float64Array(3), [0]);
  expectTypeOf(single).toEqualTypeOf<LossAndGradient<Float32Array<ArrayBuffer>, number>>();
  expectTypeOf(single.gradient).toExtend<Float32Array>();
  expectTypeOf(double.gradient).toExtend<Float64Array>();
  expect([single.gradient, double.gradient]).toEqual([expect.any(Float32Array), expect.any(Float64Array)]);
});

describe('rows that do not count', () => {
  const planted = logits.slice().fill(Number.NaN, 6, 9);

  test('are never read, and get a gradient of 0, also in place', () => {
    const expected = crossEntropy(logits, labels, { ...options, gradient: true });
    expect(crossEntropy(planted, labels, { ...options, gradient: true })).toEqual(expected);
    const out = planted.slice();
    expect(createCrossEntropy(options).lossAndGradient(out, labels, { out })).toEqual(expected);
    expect([...out.subarray(6, 9)]).toEqual([0, 0, 0]);
  });

  test('have weight 0, dense targets too, where NaN targets are not read either', () => {
    const sampleWeight = [1, 1, 0, 1];
    const targets = dense.slice().fill(Number.NaN, 6, 9);
    const call = { ...options, sampleWeight, gradient: true };
    expect(crossEntropy(planted, targets, call)).toEqual(crossEntropy(logits, dense, call));
  });

  test.each(['nan', 'zero'] as const)('nothing but ignored rows, onEmpty %s', (onEmpty) => {
    const all = [-100, -100, -100, -100];
    const result = createCrossEntropy({ ...options, onEmpty }).lossAndGradient(logits, all, { out: logits.slice() });
    expect(result.loss).toBe(onEmpty === 'zero' ? 0 : Number.NaN);
    expect(result.gradient.every((g) => g === 0)).toBe(true);
  });
});

test.each([Float32Array, Float64Array])('a vocabulary of 50257 keeps its digits: %o', (Kind) => {
  const classes = 50257;
  let state = 7;
  const values = new Kind(classes).map(() => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state / 2 ** 31) * 8;
  });
  for (const x of [values, values.map(() => 0.3)]) {
    const call = { logits: x, target: Int32Array.of(123), options: { classes, labelSmoothing: 0.1 }, rows: 1, classes };
    expectPrecise(call, crossEntropy(x, call.target, { ...call.options, gradient: true }));
  }
});

test('dense rows agree with the reference', () => {
  const call = { ...options, weightMode: 'expected', gradient: true } as const;
  expectClose(crossEntropy(logits, dense, call).gradient ?? [], reference(logits, dense, call).gradient ?? []);
});

test('in place, nothing of the size of the batch is allocated', () => {
  const [rows, classes] = [64, 4096];
  const out = new Float32Array(rows * classes);
  const y = new Int32Array(rows);
  const criterion = createCrossEntropy({ classes, labelSmoothing: 0.1, input: 'logits' });
  const before = process.memoryUsage().arrayBuffers;
  criterion.lossAndGradient(out, y, { out });
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * rows);
});
