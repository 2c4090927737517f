import { cells } from './cells.js';

/** A linear model: for each cell, what x, y and 1 count for. Which site is nearest is linear in these. */
export interface Model {
  /** [3, cells]. */
  readonly weights: Float32Array;
  readonly velocity: Float32Array;
}

const rate = 2;
const momentum = 0.9;

/** A model that knows nothing yet. */
export function newModel(): Model {
  return { weights: new Float32Array(3 * cells), velocity: new Float32Array(3 * cells) };
}

/** Writes the logits of every point, [points, cells]. */
export function logitsOf({ weights }: Model, at: Float32Array, logits: Float32Array): void {
  for (let i = 0; i < at.length / 2; i++) {
    const [x, y] = [at[2 * i]!, at[2 * i + 1]!];
    for (let k = 0; k < cells; k++) {
      logits[i * cells + k] = x * weights[k]! + y * weights[cells + k]! + weights[2 * cells + k]!;
    }
  }
}

/** One step down the slope, with momentum. */
export function step({ weights, velocity }: Model, at: Float32Array, gradient: Float32Array): void {
  for (let j = 0; j < velocity.length; j++) velocity[j]! *= momentum;
  for (let i = 0; i < at.length / 2; i++) {
    const [x, y] = [rate * at[2 * i]!, rate * at[2 * i + 1]!];
    for (let k = 0; k < cells; k++) {
      const g = gradient[i * cells + k]!;
      velocity[k]! -= x * g;
      velocity[cells + k]! -= y * g;
      velocity[2 * cells + k]! -= rate * g;
    }
  }
  for (let j = 0; j < weights.length; j++) weights[j]! += velocity[j]!;
}
