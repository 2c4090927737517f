import type { Batch } from './batch.js';
import { wrongValue } from './errors.js';
import type { StoredLogits } from './logits.js';
import type { ResolvedOptions } from './options.js';
import { readRow } from './row.js';
import { rowTerms } from './row-terms.js';
import { CompensatedSum } from './sum.js';
import { rowWeight } from './target-batch.js';
import type { TargetTable } from './target-table.js';

/** A loss as every adapter returns it. */
export interface ReducedLoss {
  /** In nats: a number, or one per row for reduction 'none'. */
  readonly loss: number | Float64Array;
  /** Σ of the row losses, for every reduction. */
  readonly sum: number;
  /** What 'mean' divides by, for every reduction. */
  readonly denominator: number;
}

/**
 * What 'mean' divides by: the normalizer, or the sum of what each row adds.
 *
 * Formula: weights Σ s·w_y (dense: Σ s·Σ t_k·w_k), expected Σ s·Σ w_k·q_k, valid: rows not ignored, rows: all rows,
 * nonzeroWeights: rows not ignored with s ≠ 0. Without `weight` a row weighs 1.
 *
 * @param table - the compiled options. @param batch - from `bindBatch`.
 * @param normalizer - a call's own, which makes the reduction a mean; that of the options.
 * @returns the denominator (float64, ≥ 0), for every reduction.
 * @throws LS_EMPTY where it is 0, the reduction is 'mean' and `onEmpty` is 'throw'.
 *
 * Numerical note: known before a gradient is written, so that each gradient is rounded once.
 *
 * @example
 * ```ts
 * import { compileTargetTable, resolveOptions } from '@label-smoothing/core';
 * import { batchDenominator, bindBatch } from '@label-smoothing/core/adapter';
 * const options = resolveOptions({ classes: 2, weight: [1, 3] }, 'labels');
 * const batch = bindBatch(new Float32Array(6), [0, 1, -100], options);
 * console.log(batchDenominator(compileTargetTable(options), batch)); // 4
 * ```
 * Source: docs/spec.md S5.
 */
export function batchDenominator(
  table: TargetTable,
  batch: Batch<StoredLogits>,
  normalizer: number | null = table.options.normalizer,
): number {
  if (normalizer === null) return notEmpty(table.options, sumDenominator(table, batch));
  return notEmpty({ reduction: 'mean', onEmpty: table.options.onEmpty }, normalizer);
}

/** Throws LS_EMPTY where a mean would divide by 0 and `onEmpty` is 'throw'; else returns the denominator. */
export function notEmpty(
  { reduction, onEmpty }: Pick<ResolvedOptions, 'reduction' | 'onEmpty'>,
  denominator: number,
): number {
  if (denominator === 0 && reduction === 'mean' && onEmpty === 'throw') {
    wrongValue('LS_EMPTY', 'target', "a denominator above 0 where onEmpty is 'throw'", denominator);
  }
  return denominator;
}

/**
 * Row losses to the result that callers see.
 *
 * Formula: mean = Σ rows / denominator; a denominator of 0 gives NaN or 0 as `onEmpty` says, one that overflowed NaN.
 *
 * @param options - resolved. @param rows - row losses in nats. @param denominator - from {@link batchDenominator}.
 * @returns loss, sum and denominator.
 *
 * Numerical note: the sum is compensated, so its error does not grow with the number of rows.
 *
 * @example
 * ```ts
 * import { resolveOptions } from '@label-smoothing/core';
 * import { reduceLoss } from '@label-smoothing/core/adapter';
 * const options = resolveOptions({ classes: 2, onEmpty: 'zero' }, 'labels');
 * console.log(reduceLoss(options, new Float64Array(0), 0).loss); // 0
 * ```
 * Source: docs/spec.md S5.
 */
export function reduceLoss(
  options: Pick<ResolvedOptions, 'reduction' | 'onEmpty'>,
  rows: Float64Array,
  denominator: number,
): ReducedLoss {
  const total = new CompensatedSum();
  total.addAll(rows, 0, rows.length);
  const sum = total.value;
  return { loss: options.reduction === 'none' ? rows : reduceSum(options, sum, denominator), sum, denominator };
}

/** What 'sum' or 'mean' makes of the sum of the row losses: {@link reduceLoss} where the rows are not kept. */
export function reduceSum(
  { reduction, onEmpty }: Pick<ResolvedOptions, 'reduction' | 'onEmpty'>,
  sum: number,
  denominator: number,
): number {
  if (reduction !== 'mean') return sum;
  if (denominator === 0) return onEmpty === 'zero' ? 0 : Number.NaN;
  return Number.isFinite(denominator) ? sum / denominator : Number.NaN;
}

/**
 * What the reduction makes of a row's factor s: the factor on the row's gradient.
 *
 * Formula: s/denominator for 'mean' (0 for an empty mean), else s.
 *
 * @param options - resolved. @param s - the row's sample weight, times anything else that scales the row.
 * @param denominator - from {@link batchDenominator}.
 * @returns the factor; NaN where the denominator overflowed, as the loss is.
 *
 * Numerical note: a quotient, not s·(1/denominator): the reciprocal of a tiny denominator overflows.
 *
 * @example
 * ```ts
 * import { resolveOptions } from '@label-smoothing/core';
 * import { rowFactor } from '@label-smoothing/core/adapter';
 * console.log(rowFactor(resolveOptions({ classes: 2 }, 'labels'), 1e-310, 2e-310)); // 0.5
 * ```
 * Source: docs/spec.md S5.
 */
export function rowFactor({ reduction }: Pick<ResolvedOptions, 'reduction'>, s: number, denominator: number): number {
  if (reduction !== 'mean') return s;
  if (denominator === 0) return 0;
  return Number.isFinite(denominator) ? s / denominator : Number.NaN;
}

function sumDenominator(table: TargetTable, batch: Batch<StoredLogits>): number {
  const { denominator, weight } = table.options;
  if (denominator === 'rows') return batch.rows;
  const weighs = weight !== null || batch.sampleWeight !== null;
  if (denominator === 'valid' || !weighs) return batch.valid;
  const sum = new CompensatedSum();
  for (let row = 0; row < batch.rows; row++) {
    const s = rowWeight(batch, row);
    if (s === 0) continue;
    if (denominator === 'nonzeroWeights') sum.add(1);
    else sum.add(weight === null ? s : s * readDenominator(table, batch, row));
  }
  return sum.value;
}

/** The table knows a label's denominator; only dense targets, and 'expected' over classes masked by row, need the row. */
function readDenominator(table: TargetTable, batch: Batch<StoredLogits>, row: number): number {
  const { options } = table;
  const byLabel = options.denominator === 'weights' || options.maskedLogits === 'propagate';
  if (batch.labels !== null && byLabel) {
    const column = table.denominator;
    return column[column.length === 1 ? 0 : (batch.labels[row] as number)] as number;
  }
  const { target, present } = readRow(batch, row, options);
  return rowTerms(table, target, present).denominator;
}
