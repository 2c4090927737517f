import {
  type CrossEntropyOptions,
  type CrossEntropyResult,
  crossEntropy,
  type LogitsArray,
} from '@label-smoothing/core';
import { onnxruntime } from './onnxruntime.js';
import { typedArray } from './typed-array.js';

/** What one call answers. The gradient may be overwritten by the next call. */
export interface Answer {
  readonly loss: ArrayLike<number> | number;
  /** Where it comes with the loss. */
  readonly nll?: ArrayLike<number> | number;
  readonly gradient: LogitsArray;
}

/** A loss made for one set of options. */
export interface Criterion {
  compute(logits: LogitsArray, labels: Int32Array): Answer | Promise<Answer>;
  release?(): void | Promise<void>;
}

/** Something that computes the loss and its gradient. */
export interface Backend {
  readonly name: string;
  /** What its logits and its gradient are, and what its errors are counted in. */
  readonly dtype: 'float32' | 'float64';
  /** How it computes, in a few words. */
  readonly how: string;
  /** 'relaxed' on a GPU, whose exponentials are its own. */
  readonly arithmetic?: 'relaxed';
  create(options: CrossEntropyOptions): Criterion | Promise<Criterion>;
}

/** Every backend there is, the reference first. A new one is one more entry; one that does not open here is left out. */
export const backends: readonly Backend[] = [
  {
    name: 'reference',
    dtype: 'float64',
    how: 'core: plain loops',
    create: (options) => ({
      compute: (logits, labels) => withGradient(crossEntropy(logits, labels, { ...options, gradient: true })),
    }),
  },
  ...typedArray,
  ...onnxruntime,
];

function withGradient({ gradient, ...losses }: CrossEntropyResult): Answer {
  if (gradient === undefined) throw new Error('the reference was asked for a gradient and gave none');
  return { ...losses, gradient };
}
