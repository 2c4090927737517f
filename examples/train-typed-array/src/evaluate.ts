import { crossEntropy } from '@label-smoothing/typed-array';
import type { Network } from './network.js';
import type { Samples } from './train.js';

export interface Evaluation {
  /** Part of the rows whose most probable class is the right one. */
  readonly accuracy: number;
  /** Mean −log p of the right class, in nats, without smoothing. */
  readonly nll: number;
  /** Mean probability of the most probable class. */
  readonly confidence: number;
}

/** How a network does on rows it has not seen. */
export function evaluate(network: Network, { features, labels }: Samples, batch: number): Evaluation {
  const { classes } = network;
  const logits = new Float32Array(labels.length * classes);
  const rows = Uint32Array.from(labels, (_, row) => row);
  for (let start = 0; start < rows.length; start += batch) {
    network.forward({ features, rows: rows.subarray(start, start + batch) }, logits.subarray(start * classes));
  }
  const { nll } = crossEntropy(logits, labels, { classes });
  const tops = Array.from(labels, (_, row) => top(logits.subarray(row * classes, (row + 1) * classes)));
  const right = tops.filter(({ index }, row) => index === labels[row]).length;
  return {
    accuracy: right / labels.length,
    nll: nll as number,
    confidence: tops.reduce((sum, { probability }) => sum + probability, 0) / labels.length,
  };
}

/** The most probable class of a row: p = e^{m − m} / Σ e^{x − m}. */
function top(logits: Float32Array): { readonly index: number; readonly probability: number } {
  const max = Math.max(...logits);
  const sum = logits.reduce((partial, logit) => partial + Math.exp(logit - max), 0);
  return { index: logits.indexOf(max), probability: 1 / sum };
}
