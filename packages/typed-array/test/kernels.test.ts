import type { LogitsArray } from '@label-smoothing/core';
import { createCrossEntropy } from '@label-smoothing/typed-array';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expectPrecise } from './agreement.js';
import { type RandomCall, randomCall, seeded } from './arbitrary.js';
import { kernels } from './kernels.js';

const numRuns = Number(process.env['PROPERTY_RUNS'] ?? 2500);
/** The call as one that a WebAssembly kernel computes itself, instead of leaving it to the other. */
function forKernel(call: RandomCall<LogitsArray>): RandomCall<LogitsArray> {
  const { options } = call;
  const logits = call.options.input === 'logits' ? Float32Array.from(call.logits) : spread(call.logits);
  const { target } = call;
  return {
    ...call,
    logits,
    target: target instanceof Float64Array ? Float32Array.from(target) : target,
    options: { ...options, input: 'logits' },
  };
}

/** Probabilities as logits of all sizes. */
const spread = (values: LogitsArray): Float32Array => Float32Array.from(values, (p) => 60 * p - 20);

const property = (check: (call: RandomCall<LogitsArray>) => void): void =>
  fc.assert(fc.property(randomCall.map(forKernel), check), { ...seeded, numRuns });

describe.each(kernels.filter((kernel) => kernel !== 'js'))('kernel %s', (kernel) => {
  test('any call agrees with the reference', () => {
    property((call) => {
      const criterion = createCrossEntropy({ ...call.options, kernel });
      expectPrecise(call, criterion.lossAndGradient(call.logits, call.target));
      criterion.dispose();
    });
  });

  test('forward, in place and without a copy: the same bits', () => {
    property(({ logits, target, options }) => {
      const criterion = createCrossEntropy({ ...options, kernel });
      const apart = criterion.lossAndGradient(logits, target);
      const { gradient: _, ...losses } = apart;
      expect(criterion.forward(logits, target)).toEqual(losses);
      const copy = logits.slice();
      expect(criterion.lossAndGradient<LogitsArray>(copy, target, { out: copy })).toEqual(apart);
      if (!(logits instanceof Float32Array)) return;
      const own = criterion.alloc(logits.length);
      own.set(logits);
      const out = criterion.alloc(logits.length);
      expect(criterion.forward(own, target)).toEqual(losses);
      expect(criterion.lossAndGradient(own, target, { out })).toEqual(apart);
      expect(own).toEqual(logits);
      expect(criterion.lossAndGradient(own, target, { out: own })).toEqual(apart);
    });
  });

  // Times log2(e), and added to the number that rounds it, such a logit has no bit that one in the fast range has not.
  test.each([4, 300, 307])('a logit near -2.9 million among %i', (classes) => {
    for (const weight of [null, Float32Array.from({ length: classes }, (_, k) => 1 + (k % 3))]) {
      const logits = new Float32Array(5 * classes);
      for (let i = 2; i < logits.length; i += classes + 1) logits[i] = -2907220 - 17 * (i % classes);
      const target = Int32Array.of(0, 1, 0, 1, 3);
      const options = { classes, labelSmoothing: 0.1, weight } as const;
      const criterion = createCrossEntropy({ ...options, kernel });
      expectPrecise({ logits, target, options, rows: 5, classes }, criterion.lossAndGradient(logits, target));
    }
  });

  test.each([3, 64, 128])('short rows of %i classes leave what is behind the room they are computed in', (classes) => {
    const criterion = createCrossEntropy({ classes, kernel });
    const logits = Float32Array.from({ length: 64 * classes }, (_, i) => Math.sin(i * i));
    const own = criterion.alloc(logits.length);
    own.set(logits);
    criterion.forward(own, new Int32Array(64));
    expect(own).toEqual(logits);
  });

  test.each([3, 10, 64])('short rows with dense targets of all kinds among ordinary ones: %i classes', (classes) => {
    const rows = 70;
    const at = (row: number, k: number): number => row * classes + k;
    const logits = Float32Array.from({ length: rows * classes }, (_, i) => 5 * Math.sin(i * i));
    const target = Float32Array.from({ length: rows * classes }, (_, i) => Math.abs(Math.sin(7 * i)) / classes);
    // Missing classes with and without a target, no target at all, far from 0, one logit above all others.
    logits[at(5, 0)] = logits[at(9, 1)] = -Infinity;
    target[at(9, 1)] = 0;
    target.fill(0, at(14, 0), at(15, 0));
    for (let k = 0; k < classes; k++) logits[at(22, k)] = 1e4 + k;
    logits[at(31, 2)] = 30;
    logits[at(38, 1)] = 90;
    logits.fill(-20, at(47, 0), at(47, 2));
    logits[at(47, 2)] = 0.001;
    target.fill(0, at(47, 0), at(47, 2));
    const options = { classes, labelSmoothing: 0.1, reduction: 'none' } as const;
    const criterion = createCrossEntropy({ ...options, kernel });
    expectPrecise({ logits, target, options, rows, classes }, criterion.lossAndGradient(logits, target));
    logits[at(55, 0)] = Number.NaN;
    logits[at(60, 1)] = Infinity;
    target.fill(1e38, at(63, 0), at(64, 0));
    expectPrecise({ logits, target, options, rows, classes }, criterion.lossAndGradient(logits, target));
  });

  test.each([3, 10, 300])('a missing class with ever so small a target: %i classes', (classes) => {
    const targets = [1e-3, 1e-8, 1e-10, 1e-20, 1e-38, 1e-44];
    const rows = targets.length;
    const logits = Float32Array.from({ length: rows * classes }, (_, i) => 5 * Math.sin(i * i));
    const target = new Float32Array(rows * classes);
    targets.forEach((t, row) => {
      logits[row * classes + 2] = -Infinity;
      target.set([1, 0, t], row * classes);
    });
    const options = { classes, labelSmoothing: 0.1, reduction: 'none' } as const;
    const criterion = createCrossEntropy({ ...options, kernel });
    const result = criterion.lossAndGradient(logits, target);
    expect(Array.from(result.loss)).toEqual(targets.map(() => Infinity));
    expectPrecise({ logits, target, options, rows, classes }, result);
  });

  test.each([3, 10, 128])('a small loss where the largest logit is next to 0: %i classes', (classes) => {
    const tops = [0.001, -0.004, 0.02, 0.3, -0.05, 0.0001];
    const rows = tops.length;
    const logits = Float32Array.from({ length: rows * classes }, (_, i) => -16 + 3 * Math.sin(i * i));
    tops.forEach((top, row) => logits.fill(top, row * classes, row * classes + 1));
    const target = new Int32Array(rows);
    const options = { classes, reduction: 'none' } as const;
    const criterion = createCrossEntropy({ ...options, kernel });
    expectPrecise({ logits, target, options, rows, classes }, criterion.lossAndGradient(logits, target));
  });

  test('a row has the same bits whatever is in rows that are ignored, or in other groups of four', () => {
    const classes = 10;
    const logits = Float32Array.from({ length: 12 * classes }, (_, i) => Math.sin(i * i) * (i < 80 ? 3 : 30));
    for (let i = 44; i < 80; i += 11) logits[i] = -Infinity;
    const target = Int32Array.from({ length: 12 }, (_, row) => (row % 4 === 1 ? -100 : 0));
    const criterion = createCrossEntropy({ classes, labelSmoothing: 0.1, reduction: 'none', kernel });
    const all = criterion.lossAndGradient(logits, target);
    for (let row = 1; row < 12; row += 4) logits.fill(Number.NaN, row * classes, (row + 1) * classes);
    expect(criterion.lossAndGradient(logits, target)).toEqual(all);
    for (let first = 0; first < 12; first += 4) {
      const part = logits.subarray(first * classes, (first + 4) * classes);
      const { loss, gradient } = criterion.lossAndGradient(part, target.subarray(first, first + 4));
      expect(loss).toEqual((all.loss as Float64Array).subarray(first, first + 4));
      expect(gradient).toEqual(all.gradient.subarray(first * classes, (first + 4) * classes));
    }
  });
});
