import { classes, type Points } from './points.js';

/** 1, x, y, x², y², xy: classes are told apart by curves of the second degree. */
const width = 6;

function features(x: number, y: number): readonly number[] {
  return [1, x, y, x * x, y * y, x * y];
}

/** The weights of a new model, [width, classes]. */
export function newWeights(): Float64Array {
  return new Float64Array(width * classes);
}

/** Logits of every point, [points, classes]. */
export function logitsOf({ at }: Pick<Points, 'at'>, weights: Float64Array): Float32Array {
  const logits = new Float32Array((at.length / 2) * classes);
  for (let i = 0; i < at.length / 2; i++) {
    features(at[2 * i] as number, at[2 * i + 1] as number).forEach((value, j) => {
      for (let k = 0; k < classes; k++) logits[i * classes + k]! += value * weights[j * classes + k]!;
    });
  }
  return logits;
}

/** One step down the slope: the chain rule from the gradient of the logits to that of the weights. */
export function descend({ at }: Pick<Points, 'at'>, weights: Float64Array, gradient: Float32Array, rate: number): void {
  for (let i = 0; i < at.length / 2; i++) {
    features(at[2 * i] as number, at[2 * i + 1] as number).forEach((value, j) => {
      for (let k = 0; k < classes; k++) weights[j * classes + k]! -= rate * value * gradient[i * classes + k]!;
    });
  }
}

/** Softmax of one row. */
export function probabilities(logits: Float32Array, row: number): readonly number[] {
  const own = Array.from(logits.subarray(row * classes, (row + 1) * classes));
  const exponentials = own.map((x) => Math.exp(x - Math.max(...own)));
  const sum = exponentials.reduce((a, b) => a + b);
  return exponentials.map((x) => x / sum);
}
