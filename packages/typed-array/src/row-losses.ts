import type { CrossEntropyResult, ResolvedOptions } from '@label-smoothing/core';
import { CompensatedSum, reduceSum } from '@label-smoothing/core/adapter';

type Reducing = Pick<ResolvedOptions, 'reduction' | 'onEmpty'>;

/** Where a kernel writes the losses and the nlls of some rows. */
export interface LossLists {
  readonly losses: Float64Array;
  readonly nlls: Float64Array;
}

/** The losses and nlls of a call's rows as a kernel gives them: their sums, and for reduction 'none' all of them. */
export class RowLosses {
  /** The row that comes next. Rows that are left out have a loss of 0. */
  next = 0;
  private readonly losses: CompensatedSum = new CompensatedSum();
  private readonly nlls: CompensatedSum = new CompensatedSum();
  /** Sums of rows, apart from those that come one by one: when these come depends on the number of threads. */
  private readonly sums: CompensatedSum = new CompensatedSum();
  private readonly nllSums: CompensatedSum = new CompensatedSum();
  private rows: { readonly loss: Float64Array; readonly nll: Float64Array } | null = null;

  /** Begins a call of so many rows. */
  begin(rows: number, reduction: ResolvedOptions['reduction']): void {
    if (reduction === 'none') this.rows = { loss: new Float64Array(rows), nll: new Float64Array(rows) };
  }

  /** Forgets the call. */
  clear(): void {
    this.next = 0;
    this.losses.clear();
    this.nlls.clear();
    this.sums.clear();
    this.nllSums.clear();
    this.rows = null;
  }

  /** Takes those of the next rows from a list: losses from one index on, nlls from another. */
  add(list: Float64Array, losses: number, nlls: number, count: number): void {
    this.losses.addAll(list, losses, losses + count);
    this.nlls.addAll(list, nlls, nlls + count);
    this.keep(list, losses, nlls, count);
  }

  /** Takes only the rows; their sums are told by {@link addSums}. */
  keep(list: Float64Array, losses: number, nlls: number, count: number): void {
    this.rows?.loss.set(list.subarray(losses, losses + count), this.next);
    this.rows?.nll.set(list.subarray(nlls, nlls + count), this.next);
    this.next += count;
  }

  /** Takes, from a list, sums of losses from one index on, and those of nlls from another. */
  addSums(list: Float64Array, sums: number, nllSums: number, count: number): void {
    this.sums.addAll(list, sums, sums + count);
    this.nllSums.addAll(list, nllSums, nllSums + count);
  }

  /** What a caller sees of them, where a mean of the losses and one of the nlls divide by these. */
  reduced(
    options: Reducing,
    denominator: number,
    hardDenominator: number,
  ): Pick<CrossEntropyResult<number | Float64Array>, 'loss' | 'nll' | 'sum'> {
    const sum = this.losses.value + this.sums.value;
    if (this.rows !== null) return { ...this.rows, sum };
    const loss = reduceSum(options, sum, denominator);
    const nll = reduceSum(options, this.nlls.value + this.nllSums.value, hardDenominator);
    return { loss, nll, sum };
  }
}
