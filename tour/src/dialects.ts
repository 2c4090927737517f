import { type DialectName, type Reduction, resolveOptions } from '@label-smoothing/core';
import { crossEntropy } from '@label-smoothing/typed-array';
import type { Sample } from './sample.js';

/** What some frameworks answer for the sample with class weights, and why it is not what the others answer. */
export interface DialectAnswer {
  readonly dialects: readonly DialectName[];
  readonly reduction: Reduction;
  /** What the call returns; for reduction 'none' the mean of the row losses. */
  readonly loss: number;
  readonly why: string;
}

interface Group {
  readonly dialects: readonly [DialectName, ...DialectName[]];
  readonly why: string;
}

/** Dialects that give the same number for rows with class weights and no ignored label stand together. */
const groups: readonly Group[] = [
  {
    dialects: ['pytorch', 'liger'],
    why: "Spreads ε over all classes. Every class's term has that class's weight; the sum is divided by the weights of the labels.",
  },
  {
    dialects: ['huggingface', 'flash-attention'],
    why: 'The same row losses, divided by the number of rows instead of their weights.',
  },
  {
    dialects: ['keras', 'tf1', 'tfjs'],
    why: "A row is weighted as a whole, by its label's weight, and the sum is divided by the number of rows.",
  },
  { dialects: ['mlx', 'optax'], why: 'The row losses of Keras, returned one by one: the mean is up to the caller.' },
  { dialects: ['onnx'], why: 'The row losses of Keras, divided by the weights of the labels: a weighted mean.' },
  {
    dialects: ['paddle'],
    why: 'A row is weighted by the mean weight of its smoothed target, a little of every class; so is the divisor.',
  },
  {
    dialects: ['fairseq'],
    why: 'Spreads ε over the other classes only, so the same ε smooths more, and sums the rows.',
  },
  { dialects: ['megatron'], why: 'The row losses of fairseq, returned one by one.' },
  {
    dialects: ['t5x'],
    why: 'The row losses of fairseq less the entropy of the target, a constant: a perfect model has loss 0.',
  },
];

/** The same logits, labels, ε and class weights under every dialect. */
export function compareDialects(
  { logits, labels, languages, weight }: Sample,
  labelSmoothing: number,
): DialectAnswer[] {
  return groups.map(({ dialects, why }) => {
    const [dialect] = dialects;
    const options = { dialect, classes: languages.length, labelSmoothing, weight };
    const { reduction } = resolveOptions(options, 'labels');
    const { loss, sum } = crossEntropy(logits, labels, options);
    return { dialects, reduction, loss: typeof loss === 'number' ? loss : sum / labels.length, why };
  });
}
