import type { ResolvedOptions } from '@label-smoothing/core';
import { CompensatedSum, reduceSum } from '@label-smoothing/core/adapter';

/** What the row losses of a call come to. */
export interface ReducedLosses {
  readonly loss: number | Float64Array;
  readonly nll: number | Float64Array;
  readonly sum: number;
  readonly denominator: number;
}

/** The losses and nlls of a call's rows as a kernel gives them: their sums, and for reduction 'none' all of them. */
export class RowLosses {
  /** The row that comes next. Rows that are left out have a loss of 0. */
  next = 0;
  private readonly loss: CompensatedSum = new CompensatedSum();
  private readonly nll: CompensatedSum = new CompensatedSum();
  private readonly rows: { readonly loss: Float64Array; readonly nll: Float64Array } | null;

  constructor(rows: number, reduction: ResolvedOptions['reduction']) {
    this.rows = reduction === 'none' ? { loss: new Float64Array(rows), nll: new Float64Array(rows) } : null;
  }

  /** Takes those of the next rows from a list: losses from one index on, nlls from another. */
  add(list: Float64Array, losses: number, nlls: number, count: number): void {
    this.loss.addAll(list, losses, losses + count);
    this.nll.addAll(list, nlls, nlls + count);
    this.rows?.loss.set(list.subarray(losses, losses + count), this.next);
    this.rows?.nll.set(list.subarray(nlls, nlls + count), this.next);
    this.next += count;
  }

  reduce(
    options: Pick<ResolvedOptions, 'reduction' | 'onEmpty'>,
    denominator: number,
    hardDenominator: number,
  ): ReducedLosses {
    const sum = this.loss.value;
    if (this.rows !== null) return { ...this.rows, sum, denominator };
    const nll = reduceSum(options, this.nll.value, hardDenominator);
    return { loss: reduceSum(options, sum, denominator), nll, sum, denominator };
  }
}
