export {
  type BinaryCrossEntropyOptions,
  type BinaryDenominator,
  binaryCrossEntropy,
} from './binary.js';
export { type CrossEntropyResult, crossEntropy, type GradientOf, type LossOf, type ResultOf } from './cross-entropy.js';
export { type Dialect, type DialectOptions, dialects } from './dialects.js';
export type { CodedError, ErrorCode } from './errors.js';
export { fromFloat16, type HalfArray, type NativeFloat16Array, toFloat16 } from './float16.js';
export type { AnyLogitsArray, LogitsArray } from './logits.js';
export type {
  CrossEntropyOptions,
  Denominator,
  DialectName,
  InputKind,
  MaskedLogits,
  OnEmpty,
  Reduction,
  ResolvedOptions,
  SmoothingMode,
  TargetKind,
  WeightMode,
} from './options.js';
export { resolveOptions } from './resolve-options.js';
export { type RowTarget, type RowTerms, rowCoefficients, rowTerms } from './row-terms.js';
export { smoothTargets } from './smooth-targets.js';
export type { LabelArray, TargetArray } from './target-batch.js';
export { compileTargetTable, type TargetTable } from './target-table.js';
export {
  convertSmoothing,
  lossFloor,
  optimalConfidence,
  optimalLogitGap,
  type SmoothingChoice,
  type SmoothingConversion,
} from './theory.js';
