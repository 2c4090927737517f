// A Web Worker: computes a batch with the number of threads that it is told, and answers with what came of it.
import { createCrossEntropy } from '@label-smoothing/typed-array';

export const rows = 256;
export const classes = 1000;

export function batch(): { readonly logits: Float32Array; readonly labels: Int32Array } {
  return {
    logits: Float32Array.from({ length: rows * classes }, (_, i) => 6 * Math.sin(i) * Math.cos(i * i)),
    labels: Int32Array.from({ length: rows }, (_, row) => (7 * row) % classes),
  };
}

/** What came of it: numbers, or the error. */
export type Answer =
  | { readonly threads: number; readonly loss: Float64Array; readonly gradient: Float32Array }
  | { readonly code: string; readonly message: string };

const scope = globalThis as unknown as {
  onmessage: (event: { readonly data: number }) => void;
  postMessage(answer: Answer): void;
};

scope.onmessage = async ({ data: threads }) => {
  try {
    const criterion = createCrossEntropy({ classes, labelSmoothing: 0.1, reduction: 'none', threads });
    await criterion.ready;
    const { logits, labels } = batch();
    const { loss, gradient } = criterion.lossAndGradient(logits, labels);
    scope.postMessage({ threads: criterion.threads, loss, gradient });
    criterion.dispose();
  } catch (error) {
    const { code, message } = error as Error & { readonly code: string };
    scope.postMessage({ code, message });
  }
};
