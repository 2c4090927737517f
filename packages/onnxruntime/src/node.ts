import * as ort from 'onnxruntime-node';
import { type CrossEntropyCriterion, createCrossEntropy as create } from './criterion.js';
import type { CriterionOptions } from './plan.js';

export type { CrossEntropyCriterion } from './criterion.js';

/** `createCrossEntropy` of the package's root on onnxruntime-node, which has to be installed. */
export function createCrossEntropy(options: CriterionOptions): Promise<CrossEntropyCriterion<ort.Tensor>> {
  return create(ort, options);
}
