import type { BackendV1, LossRequest, LossResult } from './conformance/contract.js';
import { defineBackend } from './conformance/define-backend.js';
import { targetOf } from './conformance/request.js';
import { crossEntropy } from './cross-entropy.js';
import { version } from './version.js';

/**
 * The float64 reference as a backend of the conformance kit.
 *
 * Formula: that of `crossEntropy`; float16 and float32 inputs are computed in float64 and rounded once.
 *
 * @returns a backend that supports everything.
 *
 * Numerical note: conformant at level precise in every dtype.
 *
 * @example
 * ```ts
 * import { createBackend } from '@label-smoothing/core/backend';
 * console.log(createBackend().supports.options); // [ 'table' ]
 * ```
 * Source: docs/conformance.md.
 */
export function createBackend(): BackendV1 {
  return defineBackend({
    name: '@label-smoothing/core',
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
    computeLoss: reference,
  });
}

function reference({ logits, target, options }: LossRequest): LossResult {
  const { loss, gradient } = crossEntropy(logits, targetOf(target), options);
  const losses = typeof loss === 'number' ? Float64Array.of(loss) : loss;
  if (gradient === undefined) return { loss: losses };
  return { loss: losses, gradient };
}
