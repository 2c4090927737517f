import type { CrossEntropyResult, LogitsArray, TargetTable } from '@label-smoothing/core';
import {
  type Batch,
  batchDenominator,
  type FloatArray,
  notEmpty,
  rowFactor,
  rowWeight,
  type TargetBatch,
} from '@label-smoothing/core/adapter';
import type { CriterionKernel } from './choose-kernel.js';
import type { Terms } from './evaluate.js';
import type { HeadArrays, HeadGradients, HeadSize } from './linear-arrays.js';
import { forEachRun, type HeadProducts } from './linear-products.js';
import { RowLosses } from './row-losses.js';

/** A head's work, after every check. */
export interface HeadTask {
  readonly kernel: CriterionKernel;
  readonly products: HeadProducts;
  readonly table: TargetTable;
  readonly hard: TargetTable;
  readonly terms: Terms;
  readonly size: HeadSize;
  readonly arrays: HeadArrays;
  readonly target: TargetBatch;
  readonly upstream: number | FloatArray;
}

/** Computes a head chunk by chunk; only one chunk's logits exist at a time. */
export class LinearHead {
  private readonly task: HeadTask;
  private readonly counted: Int32Array;

  constructor(task: HeadTask) {
    const { target } = task;
    this.task = task;
    const rows = new Int32Array(target.rows);
    let count = 0;
    for (let row = 0; row < rows.length; row++) {
      if (rowWeight(target, row) !== 0) rows[count++] = row;
    }
    this.counted = rows.subarray(0, count);
  }

  /** What 'mean' divides by. Only weights expected over the classes of each row need its logits, which −inf may mask. */
  private denominator(table: TargetTable, most: number): number {
    const { target, terms } = this.task;
    const { weight, denominator, maskedLogits } = table.options;
    const { normalizer } = terms;
    const byRow = weight !== null && denominator === 'expected' && maskedLogits === 'exclude' && normalizer === null;
    const logits = new Float32Array(0);
    if (!byRow) return batchDenominator(table, { ...target, logits }, normalizer);
    let sum = 0;
    const unchecked = { ...table, options: { ...table.options, onEmpty: 'nan' as const } };
    this.forEachChunk(most, (rows, scores) => {
      this.forEachBatch(rows, scores, (batch) => {
        sum += batchDenominator(unchecked, batch);
      });
    });
    return notEmpty(terms, sum);
  }

  /** Losses, and gradients where there is a place for them. */
  run(gradients: HeadGradients | null): CrossEntropyResult<number | Float64Array> {
    const { kernel, products, arrays, table, hard, terms, target } = this.task;
    const most = products.open(arrays, gradients, this.counted.length);
    const denominator = this.denominator(table, most);
    const hardDenominator = this.denominator(hard, most);
    const losses = new RowLosses();
    losses.begin(target.rows, terms.reduction);
    gradients?.dx?.fill(0);
    gradients?.dWeight.fill(0);
    this.forEachChunk(most, (rows, logits) => {
      this.forEachBatch(rows, logits, (batch, first) => {
        losses.next = first;
        const upstream = this.upstreamOf(first, first + batch.rows);
        const gradient = gradients && batch.logits;
        kernel.run({ batch, table, hard, losses, gradient, reduction: terms.reduction, denominator, upstream });
      });
      if (gradients === null) return;
      // A factor of 0 gives zeros, also for features that are no numbers.
      for (let i = 0; i < rows.length; i++) {
        if (this.factor(rows[i] as number, denominator) === 0) products.clear(i);
      }
      products.addGradients();
    });
    products.close();
    return { ...losses.reduced(terms, denominator, hardDenominator), denominator };
  }

  private upstreamOf(first: number, end: number): number | FloatArray {
    const { upstream } = this.task;
    return typeof upstream === 'number' ? upstream : upstream.slice(first, end);
  }

  private factor(row: number, denominator: number): number {
    const { terms, target, upstream } = this.task;
    const own = typeof upstream === 'number' ? upstream : (upstream[row] as number);
    return rowFactor(terms, rowWeight(target, row), denominator) * own;
  }

  /** Calls back with the rows of each chunk, of those that count, and with their logits. */
  private forEachChunk(most: number, visit: (rows: Int32Array, logits: LogitsArray) => void): void {
    for (let first = 0; first < this.counted.length; first += most) {
      const rows = this.counted.subarray(first, first + most);
      visit(rows, this.task.products.score(rows));
    }
  }

  /** Calls back for each run of a chunk's rows, whose targets need no copy, with the place of its first row. */
  private forEachBatch(rows: Int32Array, logits: LogitsArray, visit: (batch: Batch, first: number) => void): void {
    const { classes } = this.task.size;
    const { labels, targets, sampleWeight } = this.task.target;
    forEachRun(rows, (first, count, at) => {
      const end = first + count;
      const batch = {
        rows: count,
        valid: count,
        classes,
        stride: 1,
        labels: labels?.subarray(first, end) ?? null,
        targets: targets?.subarray(first * classes, end * classes) ?? null,
        sampleWeight: sampleWeight?.slice(first, end) ?? null,
        logits: logits.subarray(at * classes, (at + count) * classes),
      };
      visit(batch, first);
    });
  }
}
