import { createCrossEntropy } from '@label-smoothing/typed-array';
import { describe, expect, test } from 'vitest';
import { errorsOf } from './agreement.js';
import { kernels } from './kernels.js';

let state = 1;
function uniform(): number {
  state = (Math.imul(state, 1664525) + 1013904223) | 0;
  return (state >>> 0) / 2 ** 32;
}
const normal = (): number => Math.sqrt(-2 * Math.log(uniform() + 2 ** -33)) * Math.cos(2 * Math.PI * uniform());

interface Data {
  readonly name: string;
  readonly draw: () => number;
}
const data: readonly Data[] = [
  { name: 'N(0, 3)', draw: () => 3 * normal() },
  { name: 'N(0, 30), outside the fast range', draw: () => 30 * normal() },
  { name: '10 % −inf', draw: () => (uniform() < 0.1 ? -Infinity : normal()) },
  { name: 'all alike', draw: () => 0.3 },
];
const shapes = [
  [512, 3],
  [256, 10],
  [64, 64],
  [32, 300],
  [16, 1000],
  [2, 32000],
  [1, 128256],
] as const;

// What level precise asks for is 4 ULP for the loss and 8 for the gradient, at any size.
describe.each(kernels)('accuracy of kernel %s', (kernel) => {
  test.each(data)('$name', ({ draw }) => {
    for (const [rows, classes] of shapes) {
      const logits = new Float32Array(rows * classes).map(draw);
      const target = new Int32Array(rows).map(() => Math.floor(uniform() * classes));
      const options = { classes, labelSmoothing: 0.1, reduction: 'none' } as const;
      const call = { logits, target, options, rows, classes };
      const errors = errorsOf(call, createCrossEntropy({ ...options, kernel }).lossAndGradient(logits, target));
      expect({ classes, errors, loss: errors.loss <= (classes >= 1000 ? 1 : 4) }).toMatchObject({ loss: true });
      expect({ classes, errors, gradient: errors.gradient <= 5 }).toMatchObject({ gradient: true });
    }
  });

  // Beside a class with e^0, others of e^-16 to e^-18 vanish in float32 where they are added one by one.
  test('many small exponentials beside a large one', () => {
    const rows = 600;
    for (const classes of [5, 10, 16]) {
      const logits = Float32Array.from({ length: rows * classes }, (_, i) => {
        const row = Math.floor(i / classes);
        // Where log Σ e^x is near 0, as in every other row, a loss may be small: a sum of its own.
        const top = row % 2 === 0 ? -0.4 : (row % 240) / 10 - 12;
        return i % classes === row % classes ? top : top - 15 - row / 200;
      });
      for (const step of [0, 1]) {
        const target = new Int32Array(rows).map((_, row) => (row + step) % classes);
        const options = { classes, labelSmoothing: 0.1, reduction: 'none' } as const;
        const call = { logits, target, options, rows, classes };
        const errors = errorsOf(call, createCrossEntropy({ ...options, kernel }).lossAndGradient(logits, target));
        expect({ classes, errors, precise: errors.loss <= 4 && errors.gradient <= 5 }).toMatchObject({ precise: true });
      }
    }
  });
});
