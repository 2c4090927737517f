import * as ort from 'onnxruntime-node';
import { type CrossEntropyCriterion, createCrossEntropy as create } from './criterion.js';
import type { CriterionOptions } from './plan.js';

export type { CrossEntropyCriterion } from './criterion.js';

/** `createCrossEntropy` of the package's root on onnxruntime-node, which has to be installed. */
export function createCrossEntropy<const O extends CriterionOptions>(
  options: O,
): Promise<CrossEntropyCriterion<ort.Tensor, O>> {
  return create(ort, options);
}
