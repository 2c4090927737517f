import type { Tensor } from 'onnxruntime-web';
import { type CrossEntropyCriterion, createCrossEntropy as create } from './criterion.js';
import { nameOf } from './open-session.js';
import type { CriterionOptions } from './plan.js';
import { providersOf } from './settings.js';

export type { CrossEntropyCriterion } from './criterion.js';

/**
 * `createCrossEntropy` of the package's root on onnxruntime-web, which has to be installed: its entry `/webgpu` where
 * that provider is listed, else its root, which is smaller.
 */
export async function createCrossEntropy<const O extends CriterionOptions>(
  options: O,
): Promise<CrossEntropyCriterion<Tensor, O>> {
  const executionProviders = providersOf(options, 'wasm');
  const ort = executionProviders.map(nameOf).includes('webgpu')
    ? await import('onnxruntime-web/webgpu')
    : await import('onnxruntime-web');
  return create(ort, { ...options, executionProviders } as O);
}
