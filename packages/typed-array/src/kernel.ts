import type { ResolvedOptions, TargetTable } from '@label-smoothing/core';
import {
  type AllWithin,
  type FloatArray,
  type Rows,
  rowFactor,
  type StoredLogits,
} from '@label-smoothing/core/adapter';
import type { RowLosses } from './row-losses.js';

/** One call's work, after every check: nothing in it can fail any more. */
export interface KernelTask<L extends StoredLogits = StoredLogits> {
  readonly batch: Rows<L>;
  /** What the loss and the gradient follow, whatever the call says of sample weights, normalizer and reduction. */
  readonly table: TargetTable;
  /** What the nll follows: the same options without smoothing. */
  readonly hard: TargetTable;
  /** Where the row losses go, in order. */
  readonly losses: RowLosses;
  /** Where ∂loss/∂logits goes, every element of it; may be the logits themselves. null: forward only. */
  readonly gradient: L | null;
  readonly reduction: ResolvedOptions['reduction'];
  /** What 'mean' divides by. */
  readonly denominator: number;
  /** Factor on the gradient: one number, or one per row. */
  readonly upstream: number | FloatArray;
}

/**
 * A way to compute a batch. It walks [rows, classes] with two tables and knows no dialect, no reduction and no error.
 *
 * Rows that are ignored or of sample weight 0 are never read: their loss, nll and gradient are 0.
 */
export interface Kernel {
  /** Computes every row of the task. */
  run(task: KernelTask): void;
  /** The fastest look at labels and dense targets that there is. */
  readonly allWithin: AllWithin;
}

/** What a row's gradient is multiplied by, where its sample weight is `s`. */
export function gradientFactor(task: KernelTask, row: number, s: number): number {
  const { denominator, upstream } = task;
  return rowFactor(task, s, denominator) * (typeof upstream === 'number' ? upstream : (upstream[row] as number));
}
