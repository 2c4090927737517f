import {
  type BackendV1,
  defineBackend,
  type LossRequest,
  type LossResult,
  targetOf,
} from '@label-smoothing/core/conformance';
import { createCrossEntropy } from './criterion.js';
import { version } from './version.js';
import type { KernelName } from './wasm.js';

/**
 * This package as a backend of the conformance kit; the kit tests `createCrossEntropy` through it.
 *
 * Formula: that of `crossEntropy`.
 *
 * @param options - `kernel`: what computes float16 and float32 logits, as for `createCrossEntropy`.
 * @returns a backend for float16, float32 and float64 that honours every option; its name says which kernel it is.
 * @throws LS_OPTION, LS_KERNEL: when it is made, not when it is used.
 *
 * Numerical note: conformant at level precise in every dtype, with every kernel.
 *
 * @example
 * ```ts
 * import { createBackend } from '@label-smoothing/typed-array/backend';
 * console.log(createBackend({ kernel: 'js' }).supports.dtypes); // [ 'float16', 'float32', 'float64' ]
 * ```
 * Source: docs/conformance.md.
 */
export function createBackend(options: { readonly kernel?: string } = {}): BackendV1 {
  const { kernel } = createCrossEntropy({ classes: 2, kernel: (options.kernel ?? 'auto') as 'auto' });
  return defineBackend({
    name: `@label-smoothing/typed-array (${kernel})`,
    version,
    device: 'cpu',
    supports: {
      dtypes: ['float16', 'float32', 'float64'],
      reductions: ['none', 'sum', 'mean'],
      targets: ['labels', 'probabilities'],
      options: ['table'],
      arithmetic: 'ieee',
      gradient: true,
    },
    computeLoss: (request) => computeLoss(request, kernel),
  });
}

function computeLoss({ logits, target, options, gradient }: LossRequest, kernel: KernelName): LossResult {
  const labelsOrProbabilities = target instanceof Float32Array ? target : targetOf(target);
  const criterion = createCrossEntropy({ ...options, kernel });
  const listed = (loss: number | Float64Array): Float64Array =>
    typeof loss === 'number' ? Float64Array.of(loss) : loss;
  if (!gradient) return { loss: listed(criterion.forward(logits, labelsOrProbabilities).loss) };
  const result = criterion.lossAndGradient(logits, labelsOrProbabilities);
  return { loss: listed(result.loss), gradient: result.gradient };
}
