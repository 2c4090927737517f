/** What an adapter needs beside the definition: checked arrays, rows, reductions, and the checks that throw coded errors. */
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
export { type Batch, bindBatch, type Rows, refuseProbabilities } from './batch.js';
export { phrase, wrongType, wrongValue } from './errors.js';
export { decodeFloat16, encodeFloat16, float16Bits, isFloat16Array } from './float16.js';
export { type StoredLogits, storedLogits } from './logits.js';
export { batchDenominator, notEmpty, type ReducedLoss, reduceLoss, reduceSum, rowFactor } from './reduction.js';
export { knownOptions, optionNames, withKnownNames } from './resolve-options.js';
export { type Row, readRow } from './row.js';
export { labelTerms } from './row-terms.js';
export { CompensatedSum } from './sum.js';
export {
  type AllWithin,
  allWithin,
  bindTarget,
  IGNORED,
  rowOffset,
  rowWeight,
  type TargetBatch,
  targetKindOf,
} from './target-batch.js';
export { withoutSmoothing } from './target-table.js';
