import { type CriterionOptions, createCrossEntropy } from '@label-smoothing/typed-array';
import { cells, drawPoints } from './cells.js';
import { logitsOf, newModel, step } from './model.js';

/** What to train with. */
export interface Training extends Pick<CriterionOptions, 'kernel' | 'threads'> {
  readonly labelSmoothing: number;
  readonly steps: number;
}

/** What really computes the loss. */
export interface Machine {
  readonly kernel: string;
  readonly threads: number;
}

/** Where the training is. */
export interface Progress {
  readonly step: number;
  readonly loss: number;
  /** The same without smoothing. */
  readonly nll: number;
  /** Least time of one loss with its gradient so far, in microseconds. */
  readonly microseconds: number;
}

/** Trains on the cells, and says after every step how far it is. */
export async function* train(
  { steps, ...options }: Training,
  onStart: (machine: Machine) => void,
): AsyncGenerator<Progress> {
  const criterion = createCrossEntropy({ classes: cells, ...options });
  try {
    await criterion.ready;
    onStart({ kernel: criterion.kernel, threads: criterion.threads });
    const { at, labels } = drawPoints(3000);
    const model = newModel();
    const logits = criterion.alloc(labels.length * cells);
    let least = Infinity;
    for (let i = 1; i <= steps; i++) {
      logitsOf(model, at, logits);
      const start = performance.now();
      // The gradient takes the place of the logits.
      const { loss, nll } = criterion.lossAndGradient(logits, labels, { out: logits });
      least = Math.min(least, performance.now() - start);
      step(model, at, logits);
      yield { step: i, loss, nll, microseconds: 1000 * least };
    }
  } finally {
    // Also where nobody wants the next step.
    criterion.dispose();
  }
}
