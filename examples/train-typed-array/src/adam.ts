/** Numbers to learn, with their gradient and Adam's two moments. */
export interface Parameter {
  readonly value: Float32Array;
  readonly gradient: Float32Array;
  readonly mean: Float32Array;
  readonly square: Float32Array;
}

/** Uniform in [−bound, bound]. */
export function parameter(length: number, bound: number, random: () => number): Parameter {
  return {
    value: Float32Array.from({ length }, () => (2 * random() - 1) * bound),
    gradient: new Float32Array(length),
    mean: new Float32Array(length),
    square: new Float32Array(length),
  };
}

const decayMean = 0.9;
const decaySquare = 0.999;

/** One step of Adam, the `step`-th from 1 on; leaves the gradient 0 for the next batch. */
export function adamStep({ value, gradient, mean, square }: Parameter, step: number, rate: number): void {
  const correctedRate = (rate * Math.sqrt(1 - decaySquare ** step)) / (1 - decayMean ** step);
  for (let i = 0; i < value.length; i++) {
    const g = gradient[i]!;
    const m = decayMean * mean[i]! + (1 - decayMean) * g;
    const s = decaySquare * square[i]! + (1 - decaySquare) * g * g;
    mean[i] = m;
    square[i] = s;
    value[i]! -= (correctedRate * m) / (Math.sqrt(s) + 1e-8);
    gradient[i] = 0;
  }
}
