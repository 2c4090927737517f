export type { CallOptions, TargetData } from './bind.js';
export {
  type ArrayResult,
  type CrossEntropyCriterion,
  createCrossEntropy,
  type TensorResult,
} from './criterion.js';
export type { RealArray } from './elements.js';
export type { ExecutionProvider, Ort, OrtData, OrtSession, OrtTensor, OrtType } from './ort.js';
export type { CriterionOptions } from './plan.js';
