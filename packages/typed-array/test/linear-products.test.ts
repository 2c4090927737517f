import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WasmProducts } from '../src/linear-wasm.js';
import { kernels } from './kernels.js';

interface Sizes {
  readonly rows: number;
  readonly features: number;
  readonly classes: number;
}

/** Every array of a call, with numbers in [−1, 1] and something in the gradients already. */
function callOf({ rows, features, classes }: Sizes, seed: number) {
  let state = seed;
  const numbers = (length: number): Float32Array =>
    new Float32Array(length).map(() => {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      return state / 2 ** 31;
    });
  const arrays = { x: numbers(rows * features), weight: numbers(classes * features), bias: numbers(classes) };
  const gradients = { dx: numbers(rows * features), dWeight: numbers(classes * features), dBias: numbers(classes) };
  return { arrays, gradients, g: numbers(rows * classes) };
}

type Call = ReturnType<typeof callOf>;

/** Logits of all rows chunk by chunk, and the gradients that `g` gives. */
function run(
  products: WasmProducts,
  { arrays, gradients, g }: Call,
  { classes }: Sizes,
  rows: Int32Array,
): Float32Array {
  const most = products.open(arrays, gradients, rows.length);
  const all = new Float32Array(rows.length * classes);
  for (let first = 0; first < rows.length; first += most) {
    const logits = products.score(rows.subarray(first, first + most));
    all.set(logits, first * classes);
    logits.set(g.subarray(first * classes, first * classes + logits.length));
    products.addGradients();
  }
  products.close();
  return all;
}

/**
 * Sums of `length` products against float64. What 64 terms in float32 lose is at most 64 half ULP of the sum of their
 * absolute values, and the result is rounded once more.
 */
function expectSums(
  actual: ArrayLike<number>,
  name: string,
  length: number,
  roundings: number,
  start: (i: number) => number,
  term: (i: number, j: number) => number,
): void {
  for (let i = 0; i < actual.length; i++) {
    let sum = start(i);
    let size = Math.abs(sum);
    for (let j = 0; j < length; j++) {
      sum += term(i, j);
      size += Math.abs(term(i, j));
    }
    const far = Math.abs((actual[i] as number) - sum);
    if (!(far <= roundings * size * 2 ** -24)) throw new Error(`${name}[${i}]: ${actual[i]}, not ${sum}`);
  }
}

function expectProducts(kernel: 'simd' | 'relaxed-simd', sizes: Sizes, seed: number): void {
  const { rows, features, classes } = sizes;
  const call = callOf(sizes, seed);
  const before = call.gradients.dWeight.slice();
  const products = new WasmProducts(kernel, { ...sizes, hasBias: true });
  const every = Int32Array.from({ length: rows }, (_, row) => row);
  const logits = run(products, call, sizes, every);
  const { x, weight, bias } = call.arrays as Record<string, ArrayLike<number>> as typeof call.arrays;
  const at = (array: Float32Array, row: number, column: number, width: number): number =>
    array[row * width + column] as number;
  // A product and its addition may round once each.
  const lost = 2 * 64 + 4;
  expectSums(
    logits,
    'logits',
    features,
    lost,
    (i) => bias[i % classes] as number,
    (i, j) => at(x, Math.floor(i / classes), j, features) * at(weight, i % classes, j, features),
  );
  const { dx, dWeight, dBias } = call.gradients;
  expectSums(
    dx,
    'dx',
    classes,
    lost,
    () => 0,
    (i, k) => at(call.g, Math.floor(i / features), k, classes) * at(weight, k, i % features, features),
  );
  expectSums(
    dWeight,
    'dWeight',
    rows,
    lost,
    (i) => before[i] as number,
    (i, row) => at(call.g, row, Math.floor(i / features), classes) * at(x, row, i % features, features),
  );
  expectSums(
    dBias,
    'dBias',
    rows,
    1,
    () => 0,
    (k, row) => at(call.g, row, k, classes),
  );
}

const size = fc.integer({ min: 1, max: 70 });

describe.each(kernels.filter((kernel) => kernel !== 'js'))('products of kernel %s', (kernel) => {
  test('of any size agree with float64', () => {
    fc.assert(
      fc.property(size, size, size, fc.nat(), (rows, features, classes, seed) =>
        expectProducts(kernel, { rows, features, classes }, seed),
      ),
      { seed: 6, numRuns: 300 },
    );
  });

  test.each([
    ['more than a chunk of rows', { rows: 521, features: 9, classes: 11 }],
    ['more than a panel of classes', { rows: 17, features: 5, classes: 523 }],
    ['many features', { rows: 6, features: 9001, classes: 21 }],
    ['a vocabulary, so that few rows fit', { rows: 19, features: 2, classes: 150_001 }],
    ['many of everything', { rows: 35, features: 301, classes: 259 }],
  ])('of %s', (_, sizes) => expectProducts(kernel, sizes, 7));

  test('of no bias', () => {
    const sizes = { rows: 5, features: 3, classes: 6 };
    const call = callOf(sizes, 3);
    const products = new WasmProducts(kernel, { ...sizes, hasBias: false });
    const { x, weight } = call.arrays;
    products.open({ x, weight, bias: null }, null, 5);
    const logits = products.score(Int32Array.of(0, 1, 2, 3, 4)).slice();
    products.open({ x, weight, bias: new Float32Array(6) }, null, 5);
    expect(products.score(Int32Array.of(0, 1, 2, 3, 4))).toEqual(logits);
  });

  test('read no row that is not asked for, and write its gradient nowhere', () => {
    const sizes = { rows: 23, features: 7, classes: 10 };
    const rows = Int32Array.of(0, 3, 4, 5, 9, 20, 21, 22);
    const call = callOf(sizes, 5);
    const packed = callOf(sizes, 5);
    rows.forEach((row, i) => packed.arrays.x.set(call.arrays.x.subarray(row * 7, row * 7 + 7), i * 7));
    call.arrays.x.forEach((_, i, x) => {
      if (!rows.includes(Math.floor(i / 7))) x[i] = Number.NaN;
    });
    call.gradients.dx.fill(5);
    const products = new WasmProducts(kernel, { ...sizes, hasBias: true });
    const logits = run(products, call, sizes, rows);
    const every = Int32Array.from(rows, (_, i) => i);
    expect(run(products, packed, sizes, every)).toEqual(logits);
    expect(call.gradients.dWeight).toEqual(packed.gradients.dWeight);
    call.gradients.dx.forEach((value, i) => {
      const place = rows.indexOf(Math.floor(i / 7));
      expect(value).toBe(place < 0 ? 5 : packed.gradients.dx[place * 7 + (i % 7)]);
    });
  });

  test.each([Number.NaN, Infinity])('keep %d to its row, and to its call', (value) => {
    const sizes = { rows: 14, features: 13, classes: 15 };
    const every = Int32Array.from({ length: 14 }, (_, row) => row);
    const clean = callOf(sizes, 8);
    const products = new WasmProducts(kernel, { ...sizes, hasBias: true });
    const logits = run(products, clean, sizes, every);
    const planted = callOf(sizes, 8);
    planted.arrays.x.fill(value, 5 * 13, 6 * 13);
    planted.g.fill(value, 9 * 15, 10 * 15);
    const broken = run(products, planted, sizes, every);
    broken.forEach((actual, i) => {
      if (Math.floor(i / 15) === 5) expect(actual).not.toBeLessThan(Infinity);
      else expect(actual).toBe(logits[i]);
    });
    planted.gradients.dx.forEach((actual, i) => {
      if (Math.floor(i / 13) === 9) expect(Math.abs(actual)).not.toBeLessThan(Infinity);
      else expect(actual).toBe(clean.gradients.dx[i]);
    });
    const again = callOf(sizes, 8);
    expect(run(products, again, sizes, every)).toEqual(logits);
    expect(again.gradients).toEqual(clean.gradients);
  });
});
