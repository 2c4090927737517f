import type { CrossEntropyOptions, LogitsArray } from '@label-smoothing/core';
import { createCrossEntropy, type KernelName } from '@label-smoothing/typed-array';
import { createBackend } from '@label-smoothing/typed-array/backend';
import type { Backend, Criterion } from './backends.js';

/** Every kernel, whether it runs here or not. */
const kernels: Readonly<Record<KernelName, string>> = {
  js: 'JavaScript',
  simd: 'SIMD',
  'relaxed-simd': 'relaxed SIMD',
};
const names = Object.keys(kernels) as KernelName[];

const on =
  (kernel: KernelName, threads = 1) =>
  async (options: CrossEntropyOptions): Promise<Criterion> => {
    const criterion = createCrossEntropy({ ...options, kernel, threads });
    await criterion.ready;
    let out: LogitsArray | undefined;
    return {
      compute(logits, labels) {
        out ??= logits.slice();
        return criterion.lossAndGradient(logits, labels, { out });
      },
      release: () => criterion.dispose(),
    };
  };

/** What float32 logits are computed with if nothing is asked for. */
export const fastestKernel: KernelName = createCrossEntropy({ classes: 2 }).kernel;

const float32 = (how: string, create: Backend['create']): Backend => {
  return { name: 'typed-array', dtype: 'float32', how, create };
};

/** Typed arrays: float64, and float32 by each kernel; the fastest also on two threads. */
export const typedArray: readonly Backend[] = [
  { name: 'typed-array', dtype: 'float64', how: kernels.js, create: on('js') },
  ...names.map((kernel) => float32(kernels[kernel], on(kernel))),
  float32(`${kernels[fastestKernel]}, 2 threads`, on(fastestKernel, 2)),
];

/** The kernels that run here, for the conformance kit: each has those before it. */
export const judgedTypedArray = names
  .slice(0, names.indexOf(fastestKernel) + 1)
  .map((kernel) => () => createBackend({ kernel }));
