export {
  aBoolean,
  aFloatArray,
  aNumberIn,
  anInteger,
  aWord,
  type FloatArray,
  isFloatArray,
  notDetached,
} from './assert.js';
export {
  type Batch,
  bindBatch,
  bindTarget,
  IGNORED,
  type LabelArray,
  type LogitsArray,
  refuseProbabilities,
  rowOffset,
  rowWeight,
  type TargetArray,
  type TargetBatch,
  targetKindOf,
} from './batch.js';
export {
  type BinaryCrossEntropyOptions,
  type BinaryDenominator,
  binaryCrossEntropy,
} from './binary.js';
export { type CrossEntropyResult, crossEntropy, type GradientOf, type LossOf, type ResultOf } from './cross-entropy.js';
export { type Dialect, type DialectOptions, dialects } from './dialects.js';
export { type CodedError, type ErrorCode, phrase, wrongType, wrongValue } from './errors.js';
export { fromFloat16, toFloat16 } from './float16.js';
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
export { batchDenominator, type ReducedLoss, reduceLoss, rowFactor } from './reduction.js';
export { knownOptions, optionNames, resolveOptions } from './resolve-options.js';
export { type Row, readRow } from './row.js';
export { labelTerms, type RowTarget, type RowTerms, rowCoefficients, rowTerms } from './row-terms.js';
export { smoothTargets } from './smooth-targets.js';
export { CompensatedSum } from './sum.js';
export { compileTargetTable, type TargetTable, withoutSmoothing } from './target-table.js';
export {
  convertSmoothing,
  lossFloor,
  optimalConfidence,
  optimalLogitGap,
  type SmoothingChoice,
  type SmoothingConversion,
} from './theory.js';
