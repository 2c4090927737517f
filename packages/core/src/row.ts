import type { Rows } from './batch.js';
import { logitAt, type StoredLogits } from './logits.js';
import type { ResolvedOptions } from './options.js';
import type { RowTarget } from './row-terms.js';
import { maskPredicate, type Presence } from './spread.js';
import { rowOffset, type TargetRows } from './target-batch.js';

/** One row of a batch as the definition sees it. */
export interface Row {
  /** The label, or t by class. */
  readonly target: RowTarget;
  /** What the caller passed for class k: a logit or a probability. */
  readonly score: (k: number) => number;
  /** The logit of class k in float64: the score itself, or the log of a probability. */
  readonly logit: (k: number) => number;
  /** Whether class k exists in this row. */
  readonly present: Presence;
}

/**
 * One row of a batch: its target, its logits and which classes exist in it.
 *
 * Formula: present_k = classMask_k and (x_k ≠ −inf, or t_k > 0, or maskedLogits is 'propagate').
 *
 * @param batch - from `bindBatch`. @param row - its index. @param options - resolved.
 * @returns accessors by class; nothing of size K is allocated.
 *
 * Numerical note: a class of probability 0 has logit −inf.
 *
 * @example
 * ```ts
 * import { resolveOptions } from '@label-smoothing/core';
 * import { bindBatch, readRow } from '@label-smoothing/core/adapter';
 * const options = resolveOptions({ classes: 3 }, 'labels');
 * const row = readRow(bindBatch(Float32Array.of(1, -Infinity, 2), [0], options), 0, options);
 * console.log([0, 1, 2].map(row.present)); // [ true, false, true ]
 * ```
 * Source: docs/spec.md S8 and S11.
 */
export function readRow(batch: Rows<StoredLogits>, row: number, options: ResolvedOptions): Row {
  const { logits, stride } = batch;
  const offset = rowOffset(batch, row);
  const score = (k: number): number => logitAt(logits, offset + k * stride);
  const logit = options.input === 'logits' ? score : (k: number) => Math.log(score(k));
  const target = rowTarget(batch, row);
  const exists = maskPredicate(options);
  if (options.maskedLogits === 'propagate') return { target, score, logit, present: exists };
  const masked = options.input === 'logits' ? -Infinity : 0;
  const targeted = typeof target === 'number' ? (k: number) => k === target : (k: number) => target(k) > 0;
  return { target, score, logit, present: (k) => exists(k) && (score(k) !== masked || targeted(k)) };
}

/** A row's label, or its t by class. */
export function rowTarget(batch: TargetRows, row: number): RowTarget {
  const { labels, targets, stride } = batch;
  const offset = rowOffset(batch, row);
  return labels !== null ? (labels[row] as number) : (k) => targets?.[offset + k * stride] as number;
}
