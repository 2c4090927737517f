import { type CrossEntropyOptions, crossEntropy as reference } from '@label-smoothing/core';
import {
  createLinearCrossEntropy,
  type LinearCrossEntropyOptions,
  type LogitsArray,
} from '@label-smoothing/typed-array';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { kernels } from './kernels.js';

/** Numbers in [−scale, scale], the same every time. */
function numbers<A extends LogitsArray>(array: A, seed: number, scale = 1): A {
  let state = seed;
  for (let i = 0; i < array.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    array[i] = (scale * state) / 2 ** 31;
  }
  return array;
}

interface Head {
  readonly rows: number;
  readonly features: number;
  readonly classes: number;
}

type Kind = Float32ArrayConstructor | Float64ArrayConstructor;

function headOf(
  { rows, features, classes }: Head,
  Kind: Kind,
): { x: LogitsArray; weight: LogitsArray; bias: LogitsArray } {
  return {
    x: numbers(new Kind(rows * features), 1),
    weight: numbers(new Kind(classes * features), 2),
    bias: numbers(new Kind(classes), 3),
  };
}

const labelsOf = ({ rows, classes }: Head): Int32Array => new Int32Array(rows).map((_, row) => (row * 7) % classes);

/** logits = x·weightᵀ + bias, in float64. */
function logitsOf(head: Head, x: LogitsArray, weight: LogitsArray, bias: LogitsArray | null): Float64Array {
  const { rows, features, classes } = head;
  return Float64Array.from({ length: rows * classes }, (_, i) => {
    const [row, k] = [Math.floor(i / classes), i % classes];
    let sum = bias === null ? 0 : (bias[k] as number);
    for (let j = 0; j < features; j++) sum += (x[row * features + j] as number) * (weight[k * features + j] as number);
    return sum;
  });
}

/** The gradients of a head from that of its logits, in float64. */
function gradientsOf({ rows, features, classes }: Head, g: ArrayLike<number>, x: LogitsArray, weight: LogitsArray) {
  const dx = new Float64Array(rows * features);
  const dWeight = new Float64Array(classes * features);
  const dBias = new Float64Array(classes);
  for (let row = 0; row < rows; row++) {
    for (let k = 0; k < classes; k++) {
      const slope = g[row * classes + k] as number;
      if (slope === 0) continue;
      dBias[k] = (dBias[k] as number) + slope;
      for (let j = 0; j < features; j++) {
        const [a, b] = [row * features + j, k * features + j];
        dx[a] = (dx[a] as number) + slope * (weight[b] as number);
        dWeight[b] = (dWeight[b] as number) + slope * (x[a] as number);
      }
    }
  }
  return { dx, dWeight, dBias };
}

/** Largest difference, as a part of the largest number. */
function distance(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  let [far, most] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    far = Math.max(far, Math.abs((actual[i] as number) - (expected[i] as number)));
    most = Math.max(most, Math.abs(expected[i] as number));
  }
  return far === 0 ? 0 : far / most;
}

const roundings = (array: LogitsArray): number => (array instanceof Float32Array ? 2 ** -20 : 2 ** -48);

function expectAgreement(
  head: Head,
  options: Omit<LinearCrossEntropyOptions, 'classes' | 'features'>,
  target: Int32Array | LogitsArray = labelsOf(head),
  Kind: Kind = Float64Array,
): void {
  const { x, weight, bias } = headOf(head, Kind);
  const { features, classes } = head;
  const { kernel, ...loss } = options;
  const own = createLinearCrossEntropy({ ...options, classes, features });
  const actual = own.lossAndGradient(x, weight, bias, target);
  const logits = logitsOf(head, x, weight, bias);
  const expected = reference(logits, target, {
    ...(loss as CrossEntropyOptions),
    classes,
    input: 'logits',
    gradient: true,
  });
  const gradients = gradientsOf(head, expected.gradient ?? [], x, weight);
  const listed = (value: number | Float64Array): ArrayLike<number> => (typeof value === 'number' ? [value] : value);
  for (const name of ['loss', 'nll', 'sum'] as const) {
    expect(distance(listed(actual[name]), listed(expected[name])), name).toBeLessThan(roundings(x));
  }
  expect(actual.denominator).toBeCloseTo(expected.denominator, 10);
  expect(own.forward(x, weight, bias, target).loss).toEqual(actual.loss);
  for (const name of ['dx', 'dWeight', 'dBias'] as const) {
    expect(distance(actual[name] ?? [], gradients[name]), name).toBeLessThan(roundings(x));
  }
}

const small = { rows: 7, features: 5, classes: 6 };
const weight = [1, 2, 0.5, 1, 3, 0.25];
const prior = [0.1, 0.2, 0.1, 0.3, 0.2, 0.1];
const cases: readonly (readonly [string, Omit<LinearCrossEntropyOptions, 'classes' | 'features'>])[] = [
  ['nothing', {}],
  ['smoothing', { labelSmoothing: 0.1 }],
  ['others, z-loss', { labelSmoothing: 0.2, smoothingMode: 'others', zLoss: 0.01 }],
  ['a prior, the entropy subtracted', { labelSmoothing: 0.3, smoothingMode: 'prior', prior, subtractEntropy: true }],
  ['class weights', { labelSmoothing: 0.1, weight }],
  ['expected weights', { labelSmoothing: 0.1, weight, weightMode: 'expected', denominator: 'expected' }],
  ['sample weights', { labelSmoothing: 0.1, sampleWeight: [1, 0, 2, 0.5, 1, 1, 3] }],
  ['ignored rows', { labelSmoothing: 0.1, ignoreIndex: [0, 3] }],
  ['a class mask', { labelSmoothing: 0.1, classMask: [true, true, true, true, true, true] }],
  ['a sum', { reduction: 'sum' }],
  ['none', { labelSmoothing: 0.1, reduction: 'none' }],
  ['a normalizer', { labelSmoothing: 0.1, normalizer: 64 }],
  ['a dialect', { dialect: 'keras', labelSmoothing: 0.1 }],
];

describe.each(cases)('agrees with the reference: %s', (_, options) => {
  test('float64', () => expectAgreement(small, options));
  test('float32', () => expectAgreement(small, options, labelsOf(small), Float32Array));
});

test.each(kernels)('kernel %s, sizes around a tile and a block', (kernel) => {
  const sizes = [
    [1, 1, 1],
    [4, 4, 4],
    [5, 3, 9],
    [33, 130, 129],
    [131, 17, 5],
    [3, 1030, 2],
  ];
  for (const [rows = 0, features = 0, classes = 0] of sizes) {
    expectAgreement({ rows, features, classes }, { labelSmoothing: 0.1, kernel }, undefined, Float32Array);
  }
});

test('many chunks: a vocabulary', () => {
  const head = { rows: 70, features: 8, classes: 40000 };
  expectAgreement(head, { labelSmoothing: 0.1, ignoreIndex: 7 }, undefined, Float32Array);
});

test('dense targets', () => {
  const targets = numbers(new Float64Array(42), 5).map((t) => Math.abs(t) / 3);
  expectAgreement(small, { labelSmoothing: 0.1, weight }, targets);
  expectAgreement(small, { labelSmoothing: 0.1, reduction: 'none' }, Float32Array.from(targets), Float32Array);
});

test('no rows', () => {
  const head = createLinearCrossEntropy({ classes: 3, features: 2 });
  const { loss, dx, dWeight } = head.lossAndGradient(new Float32Array(0), new Float32Array(6), new Float32Array(3), []);
  expect([loss, dx, dWeight]).toEqual([Number.NaN, new Float32Array(0), new Float32Array(6)]);
});

test('gradients are what finite differences say', () => {
  const {
    x,
    weight: matrix,
    bias,
  } = headOf(small, Float64Array) as Record<string, Float64Array> as {
    x: Float64Array;
    weight: Float64Array;
    bias: Float64Array;
  };
  const head = createLinearCrossEntropy({ classes: 6, features: 5, labelSmoothing: 0.2, weight, zLoss: 0.01 });
  const labels = labelsOf(small);
  const { dx, dWeight, dBias } = head.lossAndGradient(x, matrix, bias, labels);
  const slope = (array: Float64Array, i: number): number => {
    const [own, step] = [array[i] as number, 1e-5];
    const at = (value: number): number => {
      array[i] = value;
      return head.forward(x, matrix, bias, labels).loss;
    };
    const difference = (at(own + step) - at(own - step)) / (2 * step);
    array[i] = own;
    return difference;
  };
  for (const [array, gradient] of [
    [x, dx],
    [matrix, dWeight],
    [bias, dBias],
  ] as const) {
    for (let i = 0; i < array.length; i++) expect(gradient?.[i]).toBeCloseTo(slope(array, i), 8);
  }
});

test('rows that do not count are never read', () => {
  const head = createLinearCrossEntropy({ classes: 6, features: 5, labelSmoothing: 0.1 });
  const { x, weight: matrix, bias } = headOf(small, Float32Array);
  const labels = labelsOf(small).fill(-100, 2, 4);
  const planted = x.slice().fill(Number.NaN, 10, 20);
  const expected = head.lossAndGradient(x, matrix, bias, labels);
  expect(head.lossAndGradient(planted, matrix, bias, labels)).toEqual(expected);
  expect([...(expected.dx ?? [])].slice(10, 20)).toEqual(new Array(10).fill(0));
});

test('a factor per row; one of 0 gives zeros, for features that are no numbers too', () => {
  const head = createLinearCrossEntropy({ classes: 6, features: 5, reduction: 'sum' });
  const { x, weight: matrix, bias } = headOf(small, Float64Array);
  const upstream = [2, 2, 0, 2, 2, 2, 2];
  const planted = x.slice().fill(Number.NaN, 10, 15);
  const labels = labelsOf(small);
  const actual = head.lossAndGradient(planted, matrix, bias, labels, { upstream });
  const expected = head.lossAndGradient(x, matrix, bias, labels, { sampleWeight: upstream });
  expect(actual.loss).toBeNaN();
  expect([actual.dx, actual.dWeight, actual.dBias]).toEqual([expected.dx, expected.dWeight, expected.dBias]);
});

test('a class that a bias of −inf masks', () => {
  const head = createLinearCrossEntropy({
    classes: 6,
    features: 5,
    labelSmoothing: 0.1,
    weight,
    weightMode: 'expected',
    denominator: 'expected',
  });
  const { x, weight: matrix, bias } = headOf(small, Float64Array);
  bias[3] = -Infinity;
  const labels = Int32Array.of(0, 1, 2, 4, 5, 0, 1);
  const options = { classes: 6, labelSmoothing: 0.1, weight, weightMode: 'expected', denominator: 'expected' } as const;
  const expected = reference(logitsOf(small, x, matrix, bias), labels, { ...options, gradient: true });
  const actual = head.lossAndGradient(x, matrix, bias, labels);
  expect(actual.denominator).toBeCloseTo(expected.denominator, 12);
  expect(actual.loss).toBeCloseTo(expected.loss, 12);
  expect(actual.dBias?.[3]).toBe(0);
  expect(distance(actual.dWeight, gradientsOf(small, expected.gradient, x, matrix).dWeight)).toBeLessThan(2 ** -48);
});

test('out receives the gradients; without a bias and without dx there are fewer', () => {
  const head = createLinearCrossEntropy({ classes: 6, features: 5, bias: false, inputGradient: false });
  const { x, weight: matrix } = headOf(small, Float32Array);
  const dWeight = new Float32Array(30).fill(7);
  const result = head.lossAndGradient(x, matrix, null, labelsOf(small), { out: { dWeight } });
  expect(result.dWeight).toBe(dWeight);
  expect(Object.keys(result).sort()).toEqual(['dWeight', 'denominator', 'loss', 'nll', 'sum']);
  expect(distance(dWeight, head.lossAndGradient(x, matrix, null, labelsOf(small)).dWeight)).toBe(0);
});

test('gradients have the type of the arrays', () => {
  const head = createLinearCrossEntropy({ classes: 2, features: 1 });
  const result = head.lossAndGradient(new Float32Array(2), new Float32Array(2), new Float32Array(2), [0, 1]);
  expectTypeOf(result.dWeight).toExtend<Float32Array>();
  expectTypeOf(result.loss).toEqualTypeOf<number>();
  expect(result.dWeight).toBeInstanceOf(Float32Array);
});
