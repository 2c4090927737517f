import { type FloatArray, notDetached } from './assert.js';
import { phrase, wrongValue } from './errors.js';
import { type AnyLogitsArray, type LogitsArray, logitAt, type StoredLogits, storedLogits } from './logits.js';
import type { ResolvedOptions } from './options.js';
import { maskPredicate } from './spread.js';
import {
  type AllWithin,
  bindRows,
  product,
  rowOffset,
  rowWeight,
  type TargetArray,
  type TargetBatch,
  type TargetRows,
} from './target-batch.js';

/** Rows with their logits and targets, after every check: what a kernel walks. */
export interface Rows<L extends StoredLogits = LogitsArray> extends TargetRows {
  readonly logits: L;
}

/** One call's arrays after every check. */
export interface Batch<L extends StoredLogits = LogitsArray> extends TargetBatch {
  readonly logits: L;
}

/**
 * Checks one call's arrays against the options and against each other, before anything is computed or written.
 *
 * Formula: rows = logits.length / classes; row r starts at ⌊r/stride⌋·K·stride + r mod stride.
 *
 * @param logits - Float32Array, Float64Array or float16, [rows, classes] or `options.shape`.
 * @param target - labels [rows], or t in the logits' layout. @param options - resolved for the target's kind.
 * @param sampleWeight - a call's own; that of the options.
 * @param room - labels of a call before, which become those of this one where there are as many.
 * @param look - a caller's own {@link allWithin}, for labels and dense targets: a faster one.
 * @returns the arrays with labels as Int32Array, and float16 logits as their bits.
 * @throws LS_DTYPE, LS_DETACHED, LS_SHAPE, LS_LABEL, LS_TARGET, LS_SAMPLE_WEIGHT, LS_LOGITS.
 *
 * Numerical note: rows that are ignored or have sample weight 0 are not looked at.
 *
 * @example
 * ```ts
 * import { resolveOptions } from '@label-smoothing/core';
 * import { bindBatch } from '@label-smoothing/core/adapter';
 * const batch = bindBatch(new Float32Array(6), [2, -100], resolveOptions({ classes: 3 }, 'labels'));
 * console.log(batch.rows, batch.labels); // 2 Int32Array(2) [ 2, -1 ]
 * ```
 * Source: docs/spec.md S6, S9 and S11.
 */
export function bindBatch<L extends AnyLogitsArray>(
  logits: L,
  target: TargetArray,
  options: ResolvedOptions,
  sampleWeight?: FloatArray | null,
  room?: Int32Array | null,
  look?: AllWithin,
): Batch<L extends LogitsArray ? L : Uint16Array>;
export function bindBatch(
  array: AnyLogitsArray,
  target: TargetArray,
  options: ResolvedOptions,
  sampleWeight: FloatArray | null = options.sampleWeight,
  room: Int32Array | null = null,
  look?: AllWithin,
): Batch<StoredLogits> {
  notDetached(array, 'logits');
  const logits = storedLogits(array);
  const { classes, shape } = options;
  if (shape !== null && product(shape) !== logits.length) {
    wrongValue(
      'LS_SHAPE',
      'logits',
      `the ${product(shape)} values of shape [${shape}]`,
      phrase(`${logits.length} values`),
    );
  }
  const rows = logits.length / classes;
  if (!Number.isInteger(rows)) {
    wrongValue('LS_SHAPE', 'logits', `a multiple of ${classes} classes`, phrase(`${logits.length} values`));
  }
  const batch = bindRows(logits, target, rows, options, sampleWeight, room, look);
  if (options.input === 'probabilities') checkProbabilities(batch, options);
  return batch;
}

/** Rows that look like softmax output before any is taken for it. */
const leastSigns = 3;

/**
 * Refuses softmax output passed as logits: the commonest silent error there is.
 *
 * Formula: K ≥ 2, three or more rows that count, and every one of them ≥ 0 with a sum within 1e-5 of 1.
 *
 * @param batch - from {@link bindBatch}. @param options - resolved. Call it only where the caller did not write `input`.
 * @throws LS_PROBABILITIES_AS_LOGITS.
 *
 * Numerical note: stops where a row can no longer be a distribution, so logits cost a few reads.
 *
 * @example
 * ```ts
 * import { crossEntropy } from '@label-smoothing/core';
 * const softmaxOutput = Float32Array.of(0.7, 0.3, 0.1, 0.9, 0.5, 0.5);
 * const { loss } = crossEntropy(softmaxOutput, [0, 1, 0], { classes: 2, input: 'probabilities' });
 * console.log(loss.toFixed(4)); // 0.3851
 * ```
 * Source: docs/spec.md S11.
 */
export function refuseProbabilities(batch: Batch<StoredLogits>, { classMask }: ResolvedOptions): void {
  // One class of logit 1 in every row is no sign of a softmax.
  const counted = batch.classes === 1 || batch.rows < leastSigns ? 0 : distributions(batch, classMask);
  if (counted < leastSigns) return;
  wrongValue(
    'LS_PROBABILITIES_AS_LOGITS',
    'logits',
    "unnormalised scores; write input: 'probabilities' for softmax output, or input: 'logits' if these really are logits",
    phrase(`${counted} rows that are each ≥ 0 and sum to 1`),
  );
}

/** How many rows count, if each of them is a distribution; else 0. */
function distributions(batch: Batch<StoredLogits>, classMask: ResolvedOptions['classMask']): number {
  let counted = 0;
  for (let row = 0; row < batch.rows; row++) {
    if (rowWeight(batch, row) === 0) continue;
    const start = rowOffset(batch, row);
    // Gradients that are used as logits again are ≥ 0 everywhere else, and with a small sum: a long walk.
    if (batch.labels !== null && logitAt(batch.logits, start + (batch.labels[row] as number) * batch.stride) < 0)
      return 0;
    let sum = 0;
    for (let k = 0, i = start; k < batch.classes; k++, i += batch.stride) {
      const x = classMask === null || classMask[k] ? logitAt(batch.logits, i) : 0;
      sum += x;
      if (!(x >= 0 && sum - 1 <= 1e-5)) return 0;
    }
    if (1 - sum > 1e-5) return 0;
    counted++;
  }
  return counted;
}

function checkProbabilities(batch: Batch<StoredLogits>, options: ResolvedOptions): void {
  const exists = maskPredicate(options);
  for (let row = 0; row < batch.rows; row++) {
    if (rowWeight(batch, row) === 0) continue;
    for (let k = 0, i = rowOffset(batch, row); k < batch.classes; k++, i += batch.stride) {
      const p = logitAt(batch.logits, i);
      if (p < 0 && exists(k)) wrongValue('LS_LOGITS', `logits[${i}] (row ${row}, class ${k})`, 'a probability ≥ 0', p);
    }
  }
}
