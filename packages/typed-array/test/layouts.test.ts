import { toFloat16 } from '@label-smoothing/core';
import { createCrossEntropy } from '@label-smoothing/typed-array';
import { describe, expect, test } from 'vitest';
import { arrayLayout } from '../src/array-layout.js';
import { stageOffset } from '../src/staging.js';
import { kernels } from './kernels.js';

test('rows are staged far from where they come from and go to, modulo a page', () => {
  const arrays = arrayLayout(1000, 1, null);
  const distance = (a: number, b: number): number => (((a - b) % 4096) + 4096) % 4096;
  for (const kind of [Float32Array, Uint16Array]) {
    const array = new kind(new ArrayBuffer(2 ** 20), 4000);
    for (const at of [null, 0, 400, 2000, 4000, 6048, 6064, 8000, 9000]) {
      const gradient = at === null ? null : new kind(new ArrayBuffer(2 ** 20), at);
      for (let first = 0; first < 100; first += 7) {
        const offset = stageOffset(array, gradient, arrays, first);
        expect(offset % 16).toBe(0);
        expect(offset).toBeGreaterThanOrEqual(0);
        expect(offset).toBeLessThan(4096);
        // Rooms begin at half a page.
        for (const { byteOffset } of [array, gradient ?? array]) {
          const row = byteOffset + kind.BYTES_PER_ELEMENT * 1000 * first;
          const apart = distance(2048 + offset, row);
          expect(Math.min(apart, 4096 - apart)).toBeGreaterThanOrEqual(1024 - 16);
        }
      }
    }
  }
});

type Scores = Float32Array | Uint16Array;

/** The [inner, outer] blocks of an array as [outer, inner] ones. */
function transposed<A extends Scores>(array: A, outer: number, inner: number): A {
  const size = outer * inner;
  return array.map((_, i) => {
    const [at, start] = [i % size, i - (i % size)];
    return array[start + (at % inner) * outer + Math.floor(at / inner)] as number;
  }) as A;
}

const numbers = (length: number): Float32Array => Float32Array.from({ length }, (_, i) => 6 * Math.sin(i * i + 1));
const kinds: readonly (readonly [string, (length: number) => Scores])[] = [
  ['float32', numbers],
  ['float16', (length) => Uint16Array.from(numbers(length), toFloat16)],
];
// More positions than a stage holds, fewer, one class to a cache line, and more classes than a stage holds rows.
const shapes = [
  [2, 21, 2231],
  [3, 5, 7],
  [1, 32, 2048],
  [2, 40000, 3],
] as const;

describe.each(kernels.filter((kernel) => kernel !== 'js'))('arrays of kernel %s', (kernel) => {
  describe.each(kinds)('in %s', (_, draw) => {
    test.each(shapes)('[%i, %i, %i] with axis 1: the same bits as with the classes last', (n, classes, positions) => {
      const shape = [n, classes, positions];
      const logits = draw(n * classes * positions);
      const last = transposed(logits, positions, classes);
      const labels = Int32Array.from({ length: n * positions }, (_, i) => (i % 11 === 0 ? -100 : (7 * i) % classes));
      const dense = Float32Array.from(logits, (_, i) => (i % 13) / 13);
      const options = { labelSmoothing: 0.1, kernel, input: 'logits' } as const;
      const flat = createCrossEntropy({ ...options, classes });
      const criterion = createCrossEntropy({ ...options, shape, axis: 1 });
      for (const target of [labels, dense]) {
        const expected = flat.lossAndGradient(last, target === labels ? labels : transposed(dense, positions, classes));
        const { gradient, ...losses } = criterion.lossAndGradient(logits, target);
        expect({ ...losses, gradient: transposed(gradient, positions, classes) }).toEqual(expected);
        const copy = logits.slice();
        expect(criterion.lossAndGradient(copy, target, { out: copy }).gradient).toEqual(gradient);
      }
    });

    test('with classes that do not exist: the bits of arrays without them', () => {
      const [rows, classes] = [700, 101];
      const classMask = Array.from({ length: classes }, (_, k) => k % 3 !== 1 && k < 80);
      const weight = Array.from({ length: classes }, (_, k) => 1 + (k % 5));
      const only = <T>(values: ArrayLike<T>): T[] => Array.from(values).filter((_, i) => classMask[i % classes]);
      const logits = draw(rows * classes).map((x, i) => (classMask[i % classes] ? x : Number.NaN));
      const existing = logits.filter((_, i) => classMask[i % classes]);
      const labels = Int32Array.from({ length: rows }, (_, row) => (row % 9 === 0 ? -100 : 3 * (row % 26)));
      const places = labels.map((label) => (label < 0 ? label : only(classMask.map((_, k) => k)).indexOf(label)));
      const options = { labelSmoothing: 0.1, kernel, input: 'logits' } as const;
      const compact = createCrossEntropy({ ...options, classes: only(classMask).length, weight: only(weight) });
      const expected = compact.lossAndGradient(existing, places);
      const { gradient, ...losses } = createCrossEntropy({ ...options, classes, classMask, weight }).lossAndGradient(
        logits,
        labels,
      );
      expect({ ...losses, gradient: gradient.filter((_, i) => classMask[i % classes]) }).toEqual(expected);
      expect(gradient.every((g, i) => classMask[i % classes] || g === 0)).toBe(true);
    });
  });
});
