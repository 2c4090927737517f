import { createCrossEntropy } from '@label-smoothing/typed-array';
import { adamStep } from './adam.js';
import type { SparseRows } from './features.js';
import { type BatchRows, Network } from './network.js';
import { randomStream, shuffle } from './random.js';

/** Hashed names and their labels. */
export interface Samples {
  readonly features: SparseRows;
  readonly labels: Int32Array;
}

export interface Training {
  readonly labelSmoothing: number;
  readonly classes: number;
  readonly buckets: number;
  readonly hidden: number;
  readonly batch: number;
  readonly epochs: number;
  /** Adam's rate at the start; it falls to 0 along a cosine. */
  readonly rate: number;
  readonly seed: number;
  /** Called after every epoch with the mean training loss, in nats. */
  readonly onEpoch: (epoch: number, loss: number) => void;
}

/** A network trained with the library's loss and gradient: everything that knows of label smoothing is in this function. */
export function train(samples: Samples, options: Training): Network {
  const { classes, batch, epochs } = options;
  const random = randomStream(options.seed);
  const network = new Network(options.buckets, options.hidden, classes, batch, random);
  const criterion = createCrossEntropy({ classes, labelSmoothing: options.labelSmoothing });
  const logits = new Float32Array(batch * classes);
  const order = Uint32Array.from(samples.labels, (_, row) => row);
  const steps = Math.ceil(order.length / batch) * epochs;
  let step = 0;
  for (let epoch = 1; epoch <= epochs; epoch++) {
    let total = 0;
    shuffle(order, random);
    for (let start = 0; start < order.length; start += batch) {
      const rows = order.subarray(start, start + batch);
      const scores = logits.subarray(0, rows.length * classes);
      const inputs: BatchRows = { features: samples.features, rows };
      network.forward(inputs, scores);
      const labels = Int32Array.from(rows, (row) => samples.labels[row] as number);
      // The gradient takes the place of the logits: nothing else of this size is allocated.
      const { sum } = criterion.lossAndGradient(scores, labels, { out: scores });
      network.backward(inputs, scores);
      const rate = options.rate * 0.5 * (1 + Math.cos((Math.PI * step++) / steps));
      for (const parameter of network.parameters) adamStep(parameter, step, rate);
      total += sum;
    }
    options.onEpoch(epoch, total / order.length);
  }
  return network;
}
