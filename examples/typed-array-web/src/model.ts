import { arms, randomNumbers } from './spiral.js';

/** A linear model of waves over the plane, in random directions and of random lengths. */
export interface Model {
  /** [points, width]. */
  readonly features: Float32Array;
  /** [width, arms]. */
  readonly weights: Float32Array;
  readonly velocity: Float32Array;
}

const width = 64;
const rate = 0.02;
const momentum = 0.9;

/** A new model for these points. */
export function newModel(at: Float32Array): Model {
  const random = randomNumbers(5);
  const waves = Array.from({ length: width }, () => [
    10 * (random() - 0.5),
    10 * (random() - 0.5),
    2 * Math.PI * random(),
  ]);
  const features = new Float32Array((at.length / 2) * width);
  waves.forEach(([u, v, phase], j) => {
    for (let i = 0; i < at.length / 2; i++) {
      features[i * width + j] = Math.cos(2 * (u! * at[2 * i]! + v! * at[2 * i + 1]!) + phase!);
    }
  });
  return { features, weights: new Float32Array(width * arms), velocity: new Float32Array(width * arms) };
}

/** Writes the logits of every point, [points, arms]. */
export function logitsOf({ features, weights }: Model, logits: Float32Array): void {
  for (let i = 0; i < logits.length / arms; i++) {
    for (let k = 0; k < arms; k++) {
      let sum = 0;
      for (let j = 0; j < width; j++) sum += features[i * width + j]! * weights[j * arms + k]!;
      logits[i * arms + k] = sum;
    }
  }
}

/** One step down the slope, with momentum. */
export function step({ features, weights, velocity }: Model, gradient: Float32Array): void {
  velocity.forEach((v, at) => (velocity[at] = momentum * v));
  for (let i = 0; i < gradient.length / arms; i++) {
    for (let j = 0; j < width; j++) {
      const feature = rate * features[i * width + j]!;
      for (let k = 0; k < arms; k++) velocity[j * arms + k]! -= feature * gradient[i * arms + k]!;
    }
  }
  velocity.forEach((v, at) => (weights[at]! += v));
}
