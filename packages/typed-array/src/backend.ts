import type { LogitsArray } from '@label-smoothing/core';
import {
  type BackendV1,
  defineBackend,
  type LossRequest,
  type LossResult,
  targetOf,
} from '@label-smoothing/core/conformance';
import { crossEntropy } from './cross-entropy.js';
import { version } from './version.js';

/**
 * This package as a backend of the conformance kit; the kit tests `crossEntropy` through it.
 *
 * Formula: that of `crossEntropy`.
 *
 * @returns a backend for float32 and float64 that honours every option.
 *
 * Numerical note: conformant at level precise in both dtypes.
 *
 * @example
 * ```ts
 * import { createBackend } from '@label-smoothing/typed-array/backend';
 * console.log(createBackend().supports.dtypes); // [ 'float32', 'float64' ]
 * ```
 * Source: docs/conformance.md.
 */
export function createBackend(): BackendV1 {
  return defineBackend({
    name: '@label-smoothing/typed-array',
    version,
    device: 'cpu',
    supports: {
      dtypes: ['float32', 'float64'],
      reductions: ['none', 'sum', 'mean'],
      targets: ['labels', 'probabilities'],
      options: ['table'],
      arithmetic: 'ieee',
      gradient: true,
    },
    computeLoss,
  });
}

function computeLoss({ logits, target, options }: LossRequest): LossResult {
  const labelsOrProbabilities = target instanceof Float32Array ? target : targetOf(target);
  const { loss, gradient } = crossEntropy(logits as LogitsArray, labelsOrProbabilities, options);
  const losses = typeof loss === 'number' ? Float64Array.of(loss) : loss;
  return gradient === undefined ? { loss: losses } : { loss: losses, gradient };
}
