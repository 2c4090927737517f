import { aFloatArray, type FloatArray, notDetached } from './assert.js';
import { phrase, wrongType, wrongValue } from './errors.js';
import { isFloat16Array, type NativeFloat16Array } from './float16.js';
import type { LogitsArray } from './logits.js';
import type { ResolvedOptions, TargetKind } from './options.js';

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

/**
 * Whether all numbers are in [0, most], which is what labels and dense targets are looked at for before anything else is. false
 * where one may not be: numbers that are not, a NaN among them, are then looked for one by one.
 */
export type AllWithin = (numbers: LogitsArray | Int32Array, most: number) => boolean;

/** Labels up to which a loop costs less than the calls that spare it. */
const few = 256;

/** Stands for a row that is ignored in {@link TargetRows.labels}. */
export const IGNORED = -1;

/** Rows with their targets, after every check. Class k of row r is at `rowOffset(batch, r) + k·stride`. */
export interface TargetRows {
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

/** All rows of a call. */
export interface TargetBatch extends TargetRows {
  /** How many rows are not ignored. */
  readonly valid: number;
}

const otherIntegerArrays = [
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
 * Numerical note: no length is looked at; `bindBatch` refuses a length that does not fit the kind.
 *
 * @example
 * ```ts
 * import { targetKindOf } from '@label-smoothing/core/adapter';
 * console.log(targetKindOf(Int32Array.of(3, 1))); // labels
 * ```
 * Source: docs/spec.md S9.
 */
export function targetKindOf(target: unknown): TargetKind {
  // The likeliest first: what an array is costs less to see than what it is not.
  if (target instanceof Int32Array || Array.isArray(target)) return 'labels';
  const isReal = target instanceof Float32Array || target instanceof Float64Array || isFloat16Array(target);
  if (isReal) return 'probabilities';
  for (const type of otherIntegerArrays) if (target instanceof type) return 'labels';
  return wrongType('LS_DTYPE', 'target', 'labels (integers) or probabilities (Float32Array or Float64Array)', target);
}

/**
 * The target's part of `bindBatch`, for logits that are elsewhere, such as on a GPU.
 *
 * Formula: as there.
 *
 * @param target - labels [rows], or t in the logits' layout. @param rows - how many rows the logits have.
 * @param options - resolved for the target's kind. @param sampleWeight - a call's own; that of the options.
 * @param room - labels of a call before, which become those of this one where there are as many.
 * @returns what `bindBatch` returns, without the logits.
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
export function bindTarget(
  target: TargetArray,
  rows: number,
  options: ResolvedOptions,
  sampleWeight: FloatArray | null = options.sampleWeight,
  room: Int32Array | null = null,
): TargetBatch {
  return bindRows(null, target, rows, options, sampleWeight, room);
}

/** Targets beside the logits they belong to, in one object. */
export function bindRows<L>(
  logits: L,
  target: TargetArray,
  rows: number,
  options: ResolvedOptions,
  sampleWeight: FloatArray | null,
  room: Int32Array | null,
  look: AllWithin = allWithin,
): TargetBatch & { readonly logits: L } {
  const { classes, shape, axis } = options;
  const dense = targetKindOf(target) === 'probabilities';
  notDetached(target, 'target');
  const stride = shape === null ? 1 : product(shape.slice(axis + 1));
  if (sampleWeight !== null) aFloatArray(sampleWeight, 'sampleWeight', [rows], Infinity, 'LS_SAMPLE_WEIGHT');
  if (dense) {
    const targets = target as LogitsArray;
    const batch = { rows, valid: rows, classes, stride, labels: null, targets, sampleWeight, logits };
    checkTargets(batch, options, look);
    return batch;
  }
  if (target.length !== rows) refuseCount(target as LabelArray, rows, options);
  const labels = room?.length === rows ? room : new Int32Array(rows);
  const valid = readLabels(target as LabelArray, labels, options, look);
  return { rows, valid, classes, stride, labels, targets: null, sampleWeight, logits };
}

/** How many values a shape has. */
export function product(sizes: readonly number[]): number {
  return sizes.reduce((a, b) => a * b, 1);
}

/** Where row r of a batch starts. */
export function rowOffset({ classes, stride }: TargetRows, row: number): number {
  const inner = row % stride;
  return (row - inner) * classes + inner;
}

/** A row's sample weight; 0 for a row that must not be read. */
export function rowWeight({ labels, sampleWeight }: TargetRows, row: number): number {
  if (labels !== null && labels[row] === IGNORED) return 0;
  return sampleWeight === null ? 1 : (sampleWeight[row] as number);
}

function refuseCount(target: LabelArray, rows: number, { classes }: ResolvedOptions): never {
  const hint = target.length === rows * classes ? '; for distributions pass Float32Array or Float64Array' : '';
  return wrongValue('LS_SHAPE', 'target', `${rows} labels, one per row${hint}`, phrase(`${target.length} labels`));
}

/** Fills a list with labels. Returns how many of them are not ignored. */
function readLabels(target: LabelArray, labels: Int32Array, options: ResolvedOptions, look: AllWithin): number {
  const { classes } = options;
  const plain = isPlain(options);
  const rows = labels.length;
  if (plain && target instanceof Int32Array && copyClasses(target, labels, classes, look)) return rows;
  let ignored = 0;
  for (let row = 0; row < rows; row++) {
    const value: unknown = target[row];
    if (plain && typeof value === 'number' && value >>> 0 === value && value < classes) labels[row] = value;
    else {
      const label = readLabel(value, row, options);
      labels[row] = label;
      if (label === IGNORED) ignored++;
    }
  }
  return rows - ignored;
}

/** Copies labels if all are classes: one look at each, where a look that can say what is wrong costs three times that. */
function copyClasses(target: Int32Array, labels: Int32Array, classes: number, look: AllWithin): boolean {
  const last = classes - 1;
  if (labels.length > few) {
    labels.set(target);
    return look(labels, last);
  }
  let signs = 0;
  for (let row = 0; row < labels.length; row++) {
    const label = target[row] as number;
    labels[row] = label;
    signs |= label | (last - label);
  }
  return signs >= 0;
}

/** Whether every class is a label that counts, so that its number alone decides. */
function isPlain({ classes, classMask, ignoreIndex }: ResolvedOptions): boolean {
  for (const index of ignoreIndex) if (index >= 0 && index < classes) return false;
  return classMask === null;
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

function checkTargets(batch: TargetRows, options: ResolvedOptions, look: AllWithin): void {
  const { rows, classes, stride } = batch;
  const targets = batch.targets as LogitsArray;
  if (targets.length !== rows * classes) {
    const expected = `${rows * classes} probabilities, or labels as integers`;
    wrongValue('LS_SHAPE', 'target', expected, targets);
  }
  const others = options.smoothingMode === 'others';
  if (options.classMask === null && look(targets, others ? 1 : Number.MAX_VALUE)) return;
  for (let row = 0; row < rows; row++) {
    if (rowWeight(batch, row) === 0) continue;
    for (let k = 0, i = rowOffset(batch, row); k < classes; k++, i += stride) {
      const t = targets[i] as number;
      const expected = targetFault(t, others, options.classMask?.[k] ?? true);
      if (expected !== null) wrongValue('LS_TARGET', `target[${i}] (row ${row}, class ${k})`, expected, t);
    }
  }
}

/**
 * Whether all numbers are in [0, most]: one look at each, where a look that can say what is wrong costs four times that.
 *
 * Formula: 0 ≤ x ≤ most for every x.
 *
 * @param numbers - any, NaN among them. @param most - the largest that may be there. @returns false for a NaN.
 *
 * Numerical note: −0 is 0.
 *
 * @example
 * ```ts
 * import { allWithin } from '@label-smoothing/core/adapter';
 * console.log(allWithin(Float32Array.of(0, 0.3, 1), 1)); // true
 * ```
 * Source: docs/spec.md S9.
 */
export function allWithin(numbers: LogitsArray | Int32Array, most: number): boolean {
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
