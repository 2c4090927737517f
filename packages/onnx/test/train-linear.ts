import { crossEntropy } from '@label-smoothing/core';
import type { OptimizerOptions } from '@label-smoothing/onnx';

/** A linear classifier of 3 classes on rows of 4 features, and how to train it. */
export interface LinearTraining {
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** [4, 3] */
  readonly weights: Float64Array;
  readonly bias: Float64Array | null;
  readonly rate: number;
  readonly steps: number;
  readonly optimizer: OptimizerOptions;
  readonly labelSmoothing: number;
}

const [features, classes] = [4, 3];

/** The same training in float64, with the reference and `torch.optim`'s definitions: what the graph is compared with. */
export function trainLinear({ x, y, rate, steps, optimizer, labelSmoothing, ...start }: LinearTraining): {
  loss: number;
  weights: Float64Array;
  bias: Float64Array | null;
} {
  const [weights, bias] = [start.weights.slice(), start.bias?.slice() ?? null];
  const update = [weights, bias ?? new Float64Array()].map((parameter) => updater(parameter, optimizer, rate));
  let last = Number.NaN;
  for (let step = 1; step <= steps; step++) {
    const logits = Float64Array.from({ length: y.length * classes }, (_, i) => {
      const [row, k] = [Math.floor(i / classes), i % classes];
      let sum = bias?.[k] ?? 0;
      for (let f = 0; f < features; f++)
        sum += (x[row * features + f] as number) * (weights[f * classes + k] as number);
      return sum;
    });
    const { loss, gradient } = crossEntropy(logits, Int32Array.from(y), { classes, labelSmoothing, gradient: true });
    const slope = new Float64Array(weights.length);
    const biasSlope = new Float64Array(bias === null ? 0 : classes);
    gradient.forEach((g, i) => {
      const [row, k] = [Math.floor(i / classes), i % classes];
      if (bias !== null) biasSlope[k] = (biasSlope[k] as number) + g;
      for (let f = 0; f < features; f++)
        slope[f * classes + k] = (slope[f * classes + k] as number) + g * (x[row * features + f] as number);
    });
    update[0]?.(slope, step);
    update[1]?.(biasSlope, step);
    last = loss;
  }
  return { loss: last, weights, bias };
}

type Update = (slope: Float64Array, step: number) => void;

function updater(parameter: Float64Array, optimizer: OptimizerOptions, rate: number): Update {
  const [first, second] = [new Float64Array(parameter.length), new Float64Array(parameter.length)];
  if (optimizer.kind === 'sgd') {
    const { momentum = 0, nesterov = false, weightDecay = 0 } = optimizer;
    return (slope) =>
      parameter.forEach((p, i) => {
        const g = (slope[i] as number) + weightDecay * p;
        first[i] = momentum * (first[i] as number) + g;
        parameter[i] = p - rate * (nesterov ? g + momentum * (first[i] as number) : (first[i] as number));
      });
  }
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0.01 } = optimizer;
  return (slope, step) =>
    parameter.forEach((p, i) => {
      const g = slope[i] as number;
      first[i] = beta1 * (first[i] as number) + (1 - beta1) * g;
      second[i] = beta2 * (second[i] as number) + (1 - beta2) * g * g;
      const mean = (first[i] as number) / (1 - beta1 ** step);
      const root = Math.sqrt((second[i] as number) / (1 - beta2 ** step));
      parameter[i] = p * (1 - rate * weightDecay) - (rate * mean) / (root + epsilon);
    });
}
