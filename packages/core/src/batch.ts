import { aFloatArray, type FloatArray, notDetached } from './assert.js';
import { phrase, wrongType, wrongValue } from './errors.js';
import { isFloat16Array, type NativeFloat16Array } from './float16.js';
import { type AnyLogitsArray, type LogitsArray, logitAt, type StoredLogits, storedLogits } from './logits.js';
import type { ResolvedOptions, TargetKind } from './options.js';
import { maskPredicate } from './spread.js';

/** Arrays of class indices, one per row. */
export type LabelArray =
  | readonly number[]
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;
/** Labels, one per row, or a distribution per row in the layout of the logits. A Uint16Array is labels. */
export type TargetArray = LabelArray | LogitsArray | NativeFloat16Array;

/** Stands for a row that is ignored in {@link Batch.labels}. */
export const IGNORED = -1;

/** A call's targets after every check. Class k of row r is at `rowOffset(batch, r) + k·stride`. */
export interface TargetBatch {
  readonly rows: number;
  readonly classes: number;
  /** Distance between two classes of a row: 1, or the product of the sizes behind `axis`. */
  readonly stride: number;
  /** Class per row, {@link IGNORED} where the row is ignored; null for dense targets. */
  readonly labels: Int32Array | null;
  /** t in the logits' layout; null for labels. */
  readonly targets: LogitsArray | null;
  readonly sampleWeight: FloatArray | null;
}

/** One call's arrays after every check: what a kernel walks. */
export interface Batch<L extends StoredLogits = LogitsArray> extends TargetBatch {
  readonly logits: L;
}

/** The likeliest first. */
const integerArrays = [
  Int32Array,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
] as const;

/**
 * Whether a target is labels or dense, by its type alone: integer typed arrays and `number[]` are labels; Float32Array,
 * Float64Array and Float16Array are probabilities.
 *
 * @param target - any value. @returns 'labels' or 'probabilities'.
 * @throws LS_DTYPE for anything else.
 *
 * Numerical note: no length is looked at; {@link bindBatch} refuses a length that does not fit the kind.
 *
 * @example
 * ```ts
 * import { targetKindOf } from '@label-smoothing/core/adapter';
 * console.log(targetKindOf(Int32Array.of(3, 1))); // labels
 * ```
 * Source: docs/spec.md S9.
 */
export function targetKindOf(target: unknown): TargetKind {
  const isReal = target instanceof Float32Array || target instanceof Float64Array || isFloat16Array(target);
  if (isReal) return 'probabilities';
  if (Array.isArray(target) || integerArrays.some((type) => target instanceof type)) return 'labels';
  return wrongType('LS_DTYPE', 'target', 'labels (integers) or probabilities (Float32Array or Float64Array)', target);
}

/**
 * Checks one call's arrays against the options and against each other, before anything is computed or written.
 *
 * Formula: rows = logits.length / classes; row r starts at ⌊r/stride⌋·K·stride + r mod stride.
 *
 * @param logits - Float32Array, Float64Array or float16, [rows, classes] or `options.shape`.
 * @param target - labels [rows], or t in the logits' layout. @param options - resolved for the target's kind.
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
): Batch<L extends LogitsArray ? L : Uint16Array>;
export function bindBatch(array: AnyLogitsArray, target: TargetArray, options: ResolvedOptions): Batch<StoredLogits> {
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
  if (logits.length % classes !== 0) {
    wrongValue('LS_SHAPE', 'logits', `a multiple of ${classes} classes`, phrase(`${logits.length} values`));
  }
  const { rows, stride, labels, targets, sampleWeight } = bindTarget(target, logits.length / classes, options);
  // Written out: copies by `...` have no shape that an engine knows, and every row reads from this object.
  const batch = { rows, classes, stride, labels, targets, sampleWeight, logits };
  if (options.input === 'probabilities') checkProbabilities(batch, options);
  return batch;
}

/**
 * The target's part of {@link bindBatch}, for logits that are elsewhere, such as on a GPU.
 *
 * Formula: as there.
 *
 * @param target - labels [rows], or t in the logits' layout. @param rows - how many rows the logits have.
 * @param options - resolved for the target's kind.
 * @returns what {@link bindBatch} returns, without the logits.
 * @throws LS_DTYPE, LS_DETACHED, LS_SHAPE, LS_LABEL, LS_TARGET, LS_SAMPLE_WEIGHT.
 *
 * Numerical note: dense targets of rows with sample weight 0 are not looked at.
 *
 * @example
 * ```ts
 * import { resolveOptions } from '@label-smoothing/core';
 * import { bindTarget } from '@label-smoothing/core/adapter';
 * const { labels } = bindTarget([2, -100], 2, resolveOptions({ classes: 3 }, 'labels'));
 * console.log(labels); // Int32Array(2) [ 2, -1 ]
 * ```
 * Source: docs/spec.md S6, S9 and S11.
 */
export function bindTarget(target: TargetArray, rows: number, options: ResolvedOptions): TargetBatch {
  const { classes, shape, axis } = options;
  const dense = targetKindOf(target) === 'probabilities';
  notDetached(target, 'target');
  const stride = shape === null ? 1 : product(shape.slice(axis + 1));
  const sampleWeight =
    options.sampleWeight === null
      ? null
      : aFloatArray(options.sampleWeight, 'sampleWeight', [rows], Infinity, 'LS_SAMPLE_WEIGHT');
  const labels = dense ? null : readLabels(target as LabelArray, rows, options);
  const targets = dense ? (target as LogitsArray) : null;
  const batch = { rows, classes, stride, labels, targets, sampleWeight };
  if (dense) checkTargets(batch, options);
  return batch;
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((a, b) => a * b, 1);
}

/** Where row r of a batch starts. */
export function rowOffset({ classes, stride }: TargetBatch, row: number): number {
  const inner = row % stride;
  return (row - inner) * classes + inner;
}

/** A row's sample weight; 0 for a row that must not be read. */
export function rowWeight({ labels, sampleWeight }: TargetBatch, row: number): number {
  if (labels !== null && labels[row] === IGNORED) return 0;
  return sampleWeight === null ? 1 : (sampleWeight[row] as number);
}

/**
 * Refuses softmax output passed as logits: the commonest silent error there is.
 *
 * Formula: K ≥ 2, three or more rows that count, and every one of them ≥ 0 with a sum within 1e-5 of 1.
 *
 * @param batch - from {@link bindBatch}. @param options - resolved. Call it only where the caller did not write `input`.
 * @throws LS_PROBABILITIES_AS_LOGITS.
 *
 * Numerical note: stops at the first row that cannot be a distribution, so logits cost a few reads.
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
export function refuseProbabilities(batch: Batch<StoredLogits>, options: ResolvedOptions): void {
  const exists = maskPredicate(options);
  // One class of logit 1 in every row is no sign of a softmax.
  if (batch.classes === 1) return;
  let counted = 0;
  for (let row = 0; row < batch.rows; row++) {
    if (rowWeight(batch, row) === 0) continue;
    let sum = 0;
    for (let k = 0, i = rowOffset(batch, row); k < batch.classes; k++, i += batch.stride) {
      const x = exists(k) ? logitAt(batch.logits, i) : 0;
      if (!(x >= 0)) return;
      sum += x;
    }
    if (!(Math.abs(sum - 1) <= 1e-5)) return;
    counted++;
  }
  if (counted < 3) return;
  wrongValue(
    'LS_PROBABILITIES_AS_LOGITS',
    'logits',
    "unnormalised scores; write input: 'probabilities' for softmax output, or input: 'logits' if these really are logits",
    phrase(`${counted} rows that are each ≥ 0 and sum to 1`),
  );
}

function readLabels(target: LabelArray, rows: number, options: ResolvedOptions): Int32Array {
  const { classes, classMask } = options;
  if (target.length !== rows) {
    const hint = target.length === rows * classes ? '; for distributions pass Float32Array or Float64Array' : '';
    wrongValue('LS_SHAPE', 'target', `${rows} labels, one per row${hint}`, phrase(`${target.length} labels`));
  }
  // Where it is, a class is a label that counts, and its number alone decides.
  const plain = classMask === null && !options.ignoreIndex.some((index) => index >= 0 && index < classes);
  const labels = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    const value: unknown = target[row];
    const isClass = plain && typeof value === 'number' && value >= 0 && value < classes && Number.isInteger(value);
    labels[row] = isClass ? value : readLabel(value, row, options);
  }
  return labels;
}

function readLabel(value: unknown, row: number, options: ResolvedOptions): number {
  const { classes, classMask, ignoreIndex } = options;
  const label = typeof value === 'bigint' ? Number(value) : (value as number);
  if (ignoreIndex.includes(label)) return IGNORED;
  const isClass = Number.isInteger(label) && label >= 0 && label < classes;
  return isClass && (classMask?.[label] ?? true) ? label : refuseLabel(value, label, row, options);
}

function refuseLabel(value: unknown, label: number, row: number, { classes, ignoreIndex }: ResolvedOptions): never {
  const argument = `target[${row}]`;
  if (typeof value !== 'number' && typeof value !== 'bigint') wrongType('LS_LABEL', argument, 'a label', value);
  if (label >= 0 && label < classes && Number.isInteger(label)) {
    wrongValue('LS_LABEL', argument, 'a class that exists by classMask', value);
  }
  const ignored = ignoreIndex.length > 0 ? ` or ignoreIndex ${ignoreIndex.join(', ')}` : '';
  return wrongValue('LS_LABEL', argument, `an integer in [0, ${classes})${ignored}`, value);
}

function checkTargets(batch: TargetBatch, options: ResolvedOptions): void {
  const { rows, classes, stride } = batch;
  const targets = batch.targets as LogitsArray;
  if (targets.length !== rows * classes) {
    const expected = `${rows * classes} probabilities, or labels as integers`;
    wrongValue('LS_SHAPE', 'target', expected, targets);
  }
  const others = options.smoothingMode === 'others';
  if (options.classMask === null && allWithin(targets, others ? 1 : Number.MAX_VALUE)) return;
  for (let row = 0; row < rows; row++) {
    if (rowWeight(batch, row) === 0) continue;
    for (let k = 0, i = rowOffset(batch, row); k < classes; k++, i += stride) {
      const t = targets[i] as number;
      const expected = targetFault(t, others, options.classMask?.[k] ?? true);
      if (expected !== null) wrongValue('LS_TARGET', `target[${i}] (row ${row}, class ${k})`, expected, t);
    }
  }
}

/** Whether all numbers are in [0, most]: one look at each, where a look that can say what is wrong costs four times that. */
function allWithin(numbers: LogitsArray, most: number): boolean {
  for (let i = 0; i < numbers.length; i++) {
    const value = numbers[i] as number;
    if (!(value >= 0 && value <= most)) return false;
  }
  return true;
}

/** What was expected of a dense target's entry where it is at fault, else null. */
function targetFault(t: number, others: boolean, exists: boolean): string | null {
  if (!(t >= 0 && t < Infinity)) return 'a finite probability ≥ 0';
  if (others && t > 1) return "at most 1 in smoothingMode 'others'";
  return t > 0 && !exists ? '0 on a class that does not exist by classMask' : null;
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
