export {
  type AnyLogitsArray,
  type BinaryCrossEntropyOptions,
  binaryCrossEntropy,
  type CrossEntropyOptions,
  type CrossEntropyResult,
  type GradientOf,
  type HalfArray,
  type LogitsArray,
  type NativeFloat16Array,
  type TargetArray,
} from '@label-smoothing/core';
export {
  type CallOptions,
  type CriterionOptions,
  type CrossEntropyCriterion,
  createCrossEntropy,
  type GradientCallOptions,
  type LossAndGradient,
} from './criterion.js';
export { crossEntropy } from './cross-entropy.js';
export {
  createLinearCrossEntropy,
  type LinearCallOptions,
  type LinearCrossEntropy,
  type LinearCrossEntropyOptions,
  type LinearGradients,
  type LinearLoss,
} from './linear-cross-entropy.js';
export type { KernelName } from './wasm.js';
