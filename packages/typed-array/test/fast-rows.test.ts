import { createCrossEntropy } from '@label-smoothing/typed-array';
import { describe, expect, test } from 'vitest';
import { errorsOf } from './agreement.js';
import type { RandomCall } from './arbitrary.js';

let state = 1;
function uniform(): number {
  state = (Math.imul(state, 1664525) + 1013904223) | 0;
  return (state >>> 0) / 2 ** 32;
}
const uniformLogits = (length: number, most: number): Float32Array =>
  new Float32Array(length).map(() => most * (2 * uniform() - 1));
const randomLabels = (rows: number, classes: number): Int32Array =>
  new Int32Array(rows).map(() => (uniform() < 0.1 ? -100 : Math.floor(uniform() * classes)));

/** The kernel works in float64: a loss is exact to float32's digits, and a gradient one rounding from the reference's. */
function expectNearlyExact(call: RandomCall): void {
  const criterion = createCrossEntropy({ ...call.options, kernel: 'js' });
  const errors = errorsOf(call, criterion.lossAndGradient(call.logits, call.target));
  const near = errors.loss <= 1 / 16 && errors.nll <= 1 / 16 && errors.gradient <= 1;
  expect({ call: call.options, errors, near }).toMatchObject({ near: true });
}

const kinds = [
  { labelSmoothing: 0.1 },
  { labelSmoothing: 0 },
  { labelSmoothing: 0.7, smoothingMode: 'others' },
  // The label has less than a quarter of the mass.
  { labelSmoothing: 0.9 },
] as const;

describe('float32 logits in JavaScript', () => {
  // Differences up to 2, 20, 160 and some above, and mostly above.
  test.each([1e-6, 1, 10, 80, 90, 300])('logits from −%f to as much', (most) => {
    for (const classes of [1, 2, 3, 7, 10, 128, 1000, 2049]) {
      const rows = Math.ceil(4000 / classes);
      const logits = uniformLogits(rows * classes, most);
      const target = randomLabels(rows, classes);
      for (const kind of kinds) {
        expectNearlyExact({ logits, target, options: { classes, reduction: 'none', ...kind }, rows, classes });
      }
    }
  });

  test('labels that have nearly all of the probability keep the digits of their losses', () => {
    const [rows, classes] = [300, 10];
    const target = Int32Array.from({ length: rows }, (_, row) => row % classes);
    const logits = uniformLogits(rows * classes, 1);
    for (let row = 0; row < rows; row++) logits[row * classes + (row % classes)] = row / 2;
    expectNearlyExact({ logits, target, options: { classes, reduction: 'none' }, rows, classes });
  });

  test.each([
    ['of classes', { weight: Float64Array.of(1, 0, 3, 0.5, 2) }],
    ['of classes, without smoothing', { weight: Float64Array.of(1, 0, 3, 0.5, 2), labelSmoothing: 0 }],
    ['of targets', { weight: Float64Array.of(1, 0, 3, 0.5, 2), weightMode: 'target' }],
    ['of rows', { sampleWeight: Float64Array.from({ length: 600 }, (_, row) => row % 4) }],
  ] as const)('weights %s, with the classes on axis 1', (_, weights) => {
    const shape = [3, 5, 200] as const;
    const options = { classes: 5, shape, axis: 1, labelSmoothing: 0.1, ...weights } as const;
    expectNearlyExact({ logits: uniformLogits(3000, 4), target: randomLabels(600, 5), options, rows: 600, classes: 5 });
  });

  test('a row has the same bits whatever rows it is with, in place too', () => {
    const [rows, classes] = [500, 10];
    const logits = uniformLogits(rows * classes, 3);
    const target = randomLabels(rows, classes);
    const odd = [Number.NaN, Infinity, -Infinity, 1000, -3e38];
    for (let row = 3; row < rows; row += 7) logits[row * classes + (row % classes)] = odd[row % 5] as number;
    const criterion = createCrossEntropy({ classes, labelSmoothing: 0.1, reduction: 'none', kernel: 'js' });
    const all = criterion.lossAndGradient(logits, target);
    for (let row = 0; row < rows; row++) {
      const own = logits.subarray(row * classes, (row + 1) * classes);
      const { loss, gradient } = criterion.lossAndGradient(own, target.subarray(row, row + 1));
      expect(loss[0]).toBe(all.loss[row]);
      expect(gradient).toEqual(all.gradient.subarray(row * classes, (row + 1) * classes));
    }
    expect(criterion.lossAndGradient(logits, target, { out: logits })).toEqual(all);
  });
});
