import type { Samples } from './samples.js';

/** What is learned, and the head of the table. */
export function header(seen: number, unseen: number, features: number, classes: number): string {
  return [
    `The country of a city from an embedding of its name: ${features} numbers, ${classes} countries`,
    `${seen} names to learn from, ${unseen} others to test on`,
    '',
    '          accuracy     NLL   mean confidence   confidence − accuracy',
  ].join('\n');
}

/** One line: how often the most probable class is the right one, and how probable it is on average. */
export function resultOf(
  labelSmoothing: number,
  nll: number,
  { x, labels }: Samples,
  weight: Float32Array,
  bias: Float32Array,
): string {
  const features = weight.length / bias.length;
  let [right, confidence] = [0, 0];
  labels.forEach((label, row) => {
    const logits = bias.map((own, k) => {
      let sum = own;
      for (let j = 0; j < features; j++) sum += x[row * features + j]! * weight[k * features + j]!;
      return sum;
    });
    const max = Math.max(...logits);
    if (logits.indexOf(max) === label) right++;
    confidence += 1 / logits.reduce((sum, logit) => sum + Math.exp(logit - max), 0);
  });
  const [accuracy, mean] = [right / labels.length, confidence / labels.length];
  const gap = `${mean < accuracy ? '−' : '+'}${percent(Math.abs(mean - accuracy))}`;
  const cells = [
    percent(accuracy).padStart(8),
    nll.toFixed(3).padStart(5),
    percent(mean).padStart(15),
    gap.padStart(21),
  ];
  return [`ε = ${labelSmoothing}`.padEnd(7), ...cells].join('   ');
}

function percent(part: number): string {
  return `${(100 * part).toFixed(1)} %`;
}
