import type { CrossEntropyOptions, LogitsArray } from '@label-smoothing/core';
import { createCrossEntropy, type KernelName } from '@label-smoothing/typed-array';
import { createBackend } from '@label-smoothing/typed-array/backend';
import type { Backend, Criterion } from './backends.js';

/** Every kernel, whether it runs here or not. */
const kernels: Readonly<Record<KernelName, string>> = {
  js: 'JavaScript',
  simd: 'WebAssembly, SIMD',
  'relaxed-simd': 'WebAssembly, relaxed SIMD',
};
const names = Object.keys(kernels) as KernelName[];

const on =
  (kernel: KernelName) =>
  (options: CrossEntropyOptions): Criterion => {
    const criterion = createCrossEntropy({ ...options, kernel });
    let out: LogitsArray | undefined;
    return {
      compute(logits, labels) {
        out ??= logits.slice();
        return criterion.lossAndGradient(logits, labels, { out });
      },
      release: () => criterion.dispose(),
    };
  };

/** Typed arrays: float64, and float32 by each kernel. */
export const typedArray: readonly Backend[] = [
  { name: 'typed-array', dtype: 'float64', how: kernels.js, create: on('js') },
  ...names.map((kernel): Backend => {
    return { name: 'typed-array', dtype: 'float32', how: kernels[kernel], create: on(kernel) };
  }),
];

/** What float32 logits are computed with if nothing is asked for. */
export const fastestKernel: KernelName = createCrossEntropy({ classes: 2 }).kernel;

/** The kernels that run here, for the conformance kit: each has those before it. */
export const judgedTypedArray = names
  .slice(0, names.indexOf(fastestKernel) + 1)
  .map((kernel) => () => createBackend({ kernel }));
