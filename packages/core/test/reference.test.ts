import {
  type CrossEntropyOptions,
  convertSmoothing,
  crossEntropy,
  type LogitsArray,
  lossFloor,
  optimalConfidence,
  optimalLogitGap,
  smoothTargets,
  type TargetArray,
} from '@label-smoothing/core';
import { describe, expect, expectTypeOf, test } from 'vitest';

const run = (logits: readonly number[], target: TargetArray, options: CrossEntropyOptions) =>
  crossEntropy(Float64Array.from(logits), target, { input: 'logits', gradient: true, ...options });

describe('crossEntropy', () => {
  test('is PyTorch on its own example', () => {
    // torch 1.13.1: cross_entropy([[2, 1, 0]], [0], label_smoothing=0.1)
    expect(run([2, 1, 0], [0], { classes: 3, labelSmoothing: 0.1 }).loss).toBeCloseTo(0.5076059, 6);
  });

  test('takes every kind of label array', () => {
    const expected = run([2, 1, 0, 0, 1, 2], [0, 2], { classes: 3 }).loss;
    const arrays = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array];
    for (const type of arrays) expect(run([2, 1, 0, 0, 1, 2], type.of(0, 2), { classes: 3 }).loss).toBe(expected);
    for (const type of [BigInt64Array, BigUint64Array]) {
      expect(run([2, 1, 0, 0, 1, 2], type.of(0n, 2n), { classes: 3 }).loss).toBe(expected);
    }
  });

  test('reads n-d logits along an axis, in the order of the shape without it', () => {
    // [2, 3, 2], axis 1: four rows of three classes.
    const logits = Float64Array.of(1, 2, 3, 4, 5, 6, -1, -2, -3, -4, -5, -6);
    const rows = [
      [1, 3, 5],
      [2, 4, 6],
      [-1, -3, -5],
      [-2, -4, -6],
    ];
    const labels = [0, 1, 2, 0];
    const options = { labelSmoothing: 0.1, reduction: 'none', gradient: true } as const;
    const nd = crossEntropy(logits, labels, { ...options, shape: [2, 3, 2], axis: 1 });
    const flat = crossEntropy(Float64Array.from(rows.flat()), labels, { ...options, classes: 3 });
    expect(nd.loss).toEqual(flat.loss);
    const [first, second] = [nd.gradient as LogitsArray, flat.gradient as LogitsArray];
    expect([first[0], first[2], first[4]]).toEqual([...second.subarray(0, 3)]);
    expect([first[7], first[9], first[11]]).toEqual([...second.subarray(9, 12)]);
  });

  test('keeps the digits of an entropy where one class gets all of a large ε', () => {
    // q = 0.972(1 − ε) + ε; weight 0 leaves q·log q alone. Evaluated with 200 bits by mpmath.
    const options = { labelSmoothing: 0.49317640461958945, smoothingMode: 'prior', prior: [1], weight: [0] } as const;
    const target = Float64Array.of(0.972000072710216);
    const more = { classes: 1, subtractEntropy: true, reduction: 'sum' } as const;
    const { loss } = crossEntropy(Float64Array.of(-12), target, { ...options, ...more });
    expect(Math.abs(loss + 0.014089851521900232)).toBeLessThan(2 ** -58);
  });

  test('keeps NaN in ignored rows and rows of weight 0 out of everything', () => {
    const logits = [Number.NaN, Infinity, 1, 2, Number.NaN, Number.NaN];
    const { loss, gradient } = run(logits, [-100, 0, 1], { classes: 2, sampleWeight: [1, 1, 0], zLoss: 1 });
    expect(loss).toBeCloseTo(1.3132616875 + 2.3132616875 ** 2, 8);
    expect([...(gradient as LogitsArray)].map(Number.isNaN)).not.toContain(true);
    expect([...(gradient as LogitsArray).subarray(0, 2), ...(gradient as LogitsArray).subarray(4)]).toEqual([
      0, 0, 0, 0,
    ]);
  });

  test('says what a mean over nothing is, and gives it a gradient of 0', () => {
    const empty = (onEmpty: 'nan' | 'zero') => run([1, 2, 3], [-100], { classes: 3, onEmpty });
    expect(empty('nan')).toMatchObject({ loss: Number.NaN, nll: Number.NaN, sum: 0, denominator: 0 });
    expect(empty('zero')).toMatchObject({ loss: 0, nll: 0 });
    expect(empty('nan').gradient).toEqual(new Float64Array(3));
    const zeroWeights = run([1, 2, 3], [0], { classes: 3, weight: [0, 1, 1], labelSmoothing: 0.5 });
    expect(zeroWeights.loss).toBeNaN();
    expect(zeroWeights.gradient).toEqual(new Float64Array(3));
  });

  test('throws for an empty mean of the loss, not for one of the nll alone', () => {
    const options = { weight: [0, 1], weightMode: 'expected', denominator: 'expected', onEmpty: 'throw' } as const;
    const { loss, nll } = run([1, 2], [0], { classes: 2, labelSmoothing: 0.5, ...options });
    expect(loss).toBeGreaterThan(0);
    expect(nll).toBeNaN();
    expect(() => run([1, 2], [0], { classes: 2, ...options })).toThrow(/denominator above 0/);
  });

  test('has no rows', () => {
    expect(run([], [], { classes: 3, reduction: 'none' }).loss).toEqual(new Float64Array(0));
    expect(run([], [], { classes: 3, reduction: 'sum' }).loss).toBe(0);
    expect(run([], [], { classes: 3 }).loss).toBeNaN();
    expect(run([], new Float64Array(0), { classes: 3 }).gradient).toEqual(new Float64Array(0));
  });

  test('gives the gradient in the dtype of the logits', () => {
    const { gradient } = crossEntropy(Float32Array.of(1, 2), [0], { classes: 2, gradient: true });
    expect(gradient).toBeInstanceOf(Float32Array);
    expect(crossEntropy(Float32Array.of(1, 2), [0], { classes: 2 })).not.toHaveProperty('gradient');
  });

  test('takes the logarithm of probabilities, with the gradient with respect to them', () => {
    const p = [0.2, 0.3, 0.5];
    const { loss, gradient } = run(p, [2], { classes: 3, input: 'probabilities' });
    expect(loss).toBeCloseTo(-Math.log(0.5), 15);
    // d/dp of −log(p_y/Σp) is 1/Σp − [k = y]/p_y.
    expect([...(gradient as LogitsArray)].map((g) => Number(g.toFixed(12)))).toEqual([1, 1, -1]);
  });

  test('lets probabilities through where `input` is written, where rows are few, and where one is not a distribution', () => {
    const rows = Float32Array.of(0.5, 0.5, 0.25, 0.75, 1, 0);
    expect(() => crossEntropy(rows, [0, 1, 0], { classes: 2 })).toThrow(/unnormalised scores/);
    expect(() => crossEntropy(rows, [0, 1, -100], { classes: 2 })).not.toThrow();
    expect(() => crossEntropy(rows, [0, 1, 0], { classes: 2, input: 'logits' })).not.toThrow();
    expect(() => crossEntropy(Float32Array.of(0.5, 0.5, 0.25, 0.75, 1, 1), [0, 1, 0], { classes: 2 })).not.toThrow();
  });

  test('takes inherited options and getters', () => {
    class Choice {
      readonly classes = 3;
      get labelSmoothing(): number {
        return 0.5;
      }
    }
    const { loss } = crossEntropy(Float64Array.of(2, 1, 0), [0], new Choice());
    expect(loss).toBe(run([2, 1, 0], [0], { classes: 3, labelSmoothing: 0.5 }).loss);
  });

  test('never looks at classes that the mask takes away', () => {
    const mask = { classMask: [true, true, false], classes: 3 } as const;
    const p = Float64Array.of(0.5, 0.5, -1, 0.25, 0.75, Number.NaN, 1, 0, 2);
    expect(() => crossEntropy(p, [0, 1, 0], { ...mask, input: 'probabilities' })).not.toThrow();
    expect(() => crossEntropy(p, [0, 1, 0], mask)).toThrow(/unnormalised scores/);
  });

  test('divides by tiny denominators without overflow, and by none that overflowed', () => {
    const tiny = run([2, 1, 0, 2, 1, 0], [0, 1], { classes: 3, sampleWeight: [1e-310, 1e-310] });
    const plain = run([2, 1, 0, 2, 1, 0], [0, 1], { classes: 3 });
    expect(tiny.loss).toBeCloseTo(plain.loss as number, 12);
    (tiny.gradient as LogitsArray).forEach((g, i) => {
      expect(g).toBeCloseTo(plain.gradient?.[i] as number, 12);
    });
    const huge = run([2, 1, 0, 2, 1, 0], [0, 1], { classes: 3, sampleWeight: [1.5e308, 1.5e308] });
    expect([huge.loss, huge.gradient?.[0]]).toEqual([Number.NaN, Number.NaN]);
  });

  test('differences of logits overflow at the ends of float64 alone, as docs/spec.md S7.3 says', () => {
    const spread = (max: number, Floats: typeof Float32Array | typeof Float64Array, labelSmoothing: number) =>
      crossEntropy(Floats.of(max, -max), [0], { classes: 2, labelSmoothing, gradient: true });
    expect(spread(3.4e38, Float32Array, 0.125).loss / 3.4e38).toBeCloseTo(0.125, 6);
    expect(spread(8e307, Float64Array, 0.125).loss).toBe(1e307);
    const beyond = spread(1.6e308, Float64Array, 0.125);
    expect(beyond.loss).toBe(Infinity);
    expect([...beyond.gradient]).toEqual([0.0625, -0.0625]);
    expect(spread(1.6e308, Float64Array, 0).loss).toBe(0);
  });

  test("keeps its digits in mode 'others' with ε at and near 1", () => {
    const options = { classes: 3, smoothingMode: 'others', denominator: 'rows', weight: [1000, 0.001, 0.001] } as const;
    // ε = 1: q = (0, 1/2, 1/2); the loss is 0.0005·(lse − 2) + 0.0005·(lse − 3).
    const lse = Math.log(Math.exp(1) + Math.exp(2) + Math.exp(3));
    const { loss, gradient } = run([1, 2, 3], [0], { ...options, labelSmoothing: 1 });
    expect(Math.abs((loss as number) / (0.0005 * (2 * lse - 5)) - 1)).toBeLessThan(1e-14);
    expect(Math.abs((gradient?.[0] as number) / (0.001 * Math.exp(1 - lse)) - 1)).toBeLessThan(1e-14);
  });

  test('has the types that callers see', () => {
    const x = Float32Array.of(1, 2);
    expectTypeOf(crossEntropy(x, [0], { classes: 2 }).loss).toEqualTypeOf<number>();
    expectTypeOf(crossEntropy(x, [0], { classes: 2, dialect: 'keras' }).loss).toEqualTypeOf<number>();
    expectTypeOf(crossEntropy(x, [0], { classes: 2, reduction: 'none' }).loss).toEqualTypeOf<Float64Array>();
    expectTypeOf(crossEntropy(x, [0], { classes: 2, dialect: 'mlx' }).loss).toEqualTypeOf<number | Float64Array>();
    expectTypeOf(crossEntropy(x, [0], { classes: 2, gradient: true }).gradient).toEqualTypeOf<Float32Array>();
    expectTypeOf(smoothTargets).returns.toEqualTypeOf<Float64Array>();
  });
});

describe('smoothTargets', () => {
  test('spreads over the classes that exist and leaves ignored rows at 0', () => {
    const q = smoothTargets([0, -100], { classes: 3, labelSmoothing: 0.5, classMask: [true, true, false] });
    expect([...q]).toEqual([0.75, 0.25, 0, 0, 0, 0]);
  });

  test('reads dense targets along an axis and writes rows × classes', () => {
    const t = Float64Array.of(1, 0, 0, 1);
    expect([...smoothTargets(t, { shape: [2, 2], axis: 0, labelSmoothing: 0.5 })]).toEqual([0.75, 0.25, 0.25, 0.75]);
  });
});

describe('closed forms', () => {
  // Computed with 30 digits: K, ε, q_y, log(q_y/q_other), H(q).
  test.each([
    [2, 0.1, 0.95, 2.9444, 0.1985],
    [5, 0.1, 0.92, 3.8286, 0.3897],
    [10, 0.05, 0.955, 5.2523, 0.2824],
    [10, 0.3, 0.73, 3.1918, 1.1765],
    [1000, 0.1, 0.9001, 9.1051, 1.0148],
    [37000, 0.1, 0.9, 12.7159, 1.3769],
  ])('K = %i, ε = %d', (classes, labelSmoothing, confidence, gap, floor) => {
    expect(optimalConfidence({ labelSmoothing, classes })).toBeCloseTo(confidence, 4);
    expect(optimalLogitGap({ labelSmoothing, classes })).toBeCloseTo(gap, 4);
    expect(lossFloor({ labelSmoothing, classes })).toBeCloseTo(floor, 4);
  });

  test.each(['uniform', 'others'] as const)('%s: the loss at the optimum is its floor', (smoothingMode) => {
    const choice = { labelSmoothing: 0.2, classes: 5, smoothingMode };
    const gap = optimalLogitGap(choice);
    const { loss, gradient } = run([0, gap, 0, 0, 0], [1], choice);
    expect(loss).toBeCloseTo(lossFloor(choice), 14);
    for (const g of gradient as LogitsArray) expect(g).toBeCloseTo(0, 15);
    expect(run([0, gap, 0, 0, 0], [1], { ...choice, subtractEntropy: true }).loss).toBeCloseTo(0, 14);
  });

  test('at the ends of ε', () => {
    expect(optimalLogitGap({ labelSmoothing: 0, classes: 3 })).toBe(Infinity);
    expect(optimalLogitGap({ labelSmoothing: 1, classes: 3 })).toBe(0);
    expect(optimalConfidence({ labelSmoothing: 1, classes: 4 })).toBe(0.25);
    expect(lossFloor({ labelSmoothing: 0, classes: 3 })).toBe(0);
    expect(convertSmoothing({ labelSmoothing: 0.75, from: 'others', to: 'uniform', classes: 4 })).toBe(1);
  });
});
