import { crossEntropy } from '@label-smoothing/core';

/** A layer in float64: weights [features, classes] and a bias. */
export interface Layer {
  readonly weight: Float64Array;
  readonly bias: Float64Array;
}

/** A trainer that shares nothing with the graph: momentum SGD in float64 on given features. */
export function float64Trainer(features: Float32Array, labels: Int32Array, { weight, bias }: Layer) {
  const classes = bias.length;
  const size = weight.length / classes;
  const speed = { weight: new Float64Array(weight.length), bias: new Float64Array(classes) };
  return (rate: number, momentum: number, labelSmoothing: number): void => {
    const logits = new Float64Array(labels.length * classes);
    for (let i = 0; i < logits.length; i++) {
      const [row, k] = [Math.floor(i / classes), i % classes];
      let sum = bias[k] ?? 0;
      for (let f = 0; f < size; f++) sum += (features[row * size + f] ?? 0) * (weight[f * classes + k] ?? 0);
      logits[i] = sum;
    }
    const { gradient } = crossEntropy(logits, labels, { classes, labelSmoothing, gradient: true });
    const slope = { weight: new Float64Array(weight.length), bias: new Float64Array(classes) };
    gradient.forEach((g, i) => {
      const [row, k] = [Math.floor(i / classes), i % classes];
      slope.bias[k] = (slope.bias[k] ?? 0) + g;
      for (let f = 0; f < size; f++) {
        slope.weight[f * classes + k] = (slope.weight[f * classes + k] ?? 0) + g * (features[row * size + f] ?? 0);
      }
    });
    for (const [parameter, key] of [
      [weight, 'weight'],
      [bias, 'bias'],
    ] as const) {
      parameter.forEach((value, i) => {
        speed[key][i] = momentum * (speed[key][i] ?? 0) + (slope[key][i] ?? 0);
        parameter[i] = value - rate * (speed[key][i] ?? 0);
      });
    }
  };
}
