import { createCrossEntropy } from '@label-smoothing/onnxruntime/web';
import { descend, logitsOf, newWeights, probabilities } from './model.js';
import { classes, type Points } from './points.js';

/** What to train with. */
export interface TrainerOptions {
  readonly labelSmoothing: number;
  /** Tried in this order. */
  readonly executionProviders: readonly string[];
}

/** A model in training. */
export interface Trainer {
  readonly weights: Float64Array;
  /** What the loss really runs on. */
  readonly executionProvider: string;
  /** One step over all points; the loss before it. */
  step(): Promise<number>;
  /** Mean probability of the right class. */
  confidence(): number;
  release(): Promise<void>;
}

/** Trains on the points: ONNX Runtime computes the loss and its gradient, the rest is a few loops. */
export async function createTrainer(points: Points, options: TrainerOptions): Promise<Trainer> {
  const criterion = await createCrossEntropy({ classes, gradient: true, ...options });
  const weights = newWeights();
  return {
    weights,
    executionProvider: criterion.executionProvider,
    async step() {
      const { loss, gradient } = await criterion.run(logitsOf(points, weights), points.labels);
      descend(points, weights, gradient, 0.3);
      return loss;
    },
    confidence() {
      const logits = logitsOf(points, weights);
      const own = Array.from(points.labels, (label, row) => probabilities(logits, row)[label] as number);
      return own.reduce((a, b) => a + b) / own.length;
    },
    release: () => criterion.release(),
  };
}
