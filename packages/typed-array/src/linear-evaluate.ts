import type { LogitsArray, TargetTable } from '@label-smoothing/core';
import {
  type Batch,
  batchDenominator,
  type FloatArray,
  reduceLoss,
  rowFactor,
  rowWeight,
  type TargetBatch,
} from '@label-smoothing/core/adapter';
import type { CriterionKernel } from './choose-kernel.js';
import type { HeadArrays, HeadGradients, HeadSize } from './linear-arrays.js';
import { multiply } from './matrix.js';

/** A head's work, after every check. */
export interface HeadTask {
  readonly kernel: CriterionKernel;
  readonly table: TargetTable;
  readonly hard: TargetTable;
  readonly size: HeadSize;
  readonly arrays: HeadArrays;
  readonly target: TargetBatch;
  readonly upstream: number | FloatArray;
}

/** What a head's rows come to. */
export interface HeadLosses {
  readonly loss: number | Float64Array;
  readonly nll: number | Float64Array;
  readonly sum: number;
  readonly denominator: number;
}

/** So many logits fit into the second-level cache; fewer rows than `leastRows` would read the weights too often. */
const cachedLogits = 2 ** 18;
const leastRows = 32;
/** Bytes for a chunk: its logits, twice where a kernel has its own memory, its features, and their gradient in float64. */
const mostBytes = 12 * 2 ** 20;

/** Room for the rows of one chunk, kept for the next call. */
export class HeadRoom {
  private readonly kernel: CriterionKernel;
  private readonly size: HeadSize;
  private x: LogitsArray = new Float64Array(0);
  private logits: LogitsArray = new Float64Array(0);

  constructor(kernel: CriterionKernel, size: HeadSize) {
    this.kernel = kernel;
    this.size = size;
  }

  /** Room for that many rows, or for as many as there may be at once. */
  take(
    like: LogitsArray,
    count: number,
  ): { readonly rows: number; readonly x: LogitsArray; readonly logits: LogitsArray } {
    const { classes, features } = this.size;
    const rowBytes = (2 * classes + features) * like.BYTES_PER_ELEMENT + 8 * features;
    const cached = Math.max(leastRows, Math.floor(cachedLogits / Math.max(classes, features)));
    const rows = Math.max(1, Math.min(cached, Math.floor(mostBytes / rowBytes), count));
    const single = like instanceof Float32Array;
    if (this.x.BYTES_PER_ELEMENT !== like.BYTES_PER_ELEMENT || this.x.length < rows * features) {
      this.x = single ? new Float32Array(rows * features) : new Float64Array(rows * features);
      this.logits = single ? this.kernel.alloc(rows * classes) : new Float64Array(rows * classes);
    }
    return { rows, x: this.x, logits: this.logits };
  }
}

/** A few rows that count, and what belongs to them. */
interface Chunk {
  /** Their places in the batch. */
  readonly rows: Int32Array;
  /** [rows, features], a copy: rows that do not count are left out, and never read. */
  readonly x: LogitsArray;
  /** Their logits, later the gradient of these. */
  readonly batch: Batch;
}

/** Computes a head chunk by chunk; only one chunk's logits exist at a time. */
export class LinearHead {
  private readonly task: HeadTask;
  private readonly counted: Int32Array;
  private readonly room: ReturnType<HeadRoom['take']>;

  constructor(task: HeadTask, room: HeadRoom) {
    const { target, arrays } = task;
    this.task = task;
    const rows = Int32Array.from({ length: target.rows }, (_, row) => row);
    this.counted = rows.filter((row) => rowWeight(target, row) !== 0);
    this.room = room.take(arrays.x, this.counted.length);
  }

  /** What 'mean' divides by. Only weights expected over the classes of each row need its logits, which −inf may mask. */
  denominator(table: TargetTable): number {
    const { target } = this.task;
    const { weight, denominator, maskedLogits, normalizer } = table.options;
    const byRow = weight !== null && denominator === 'expected' && maskedLogits === 'exclude' && normalizer === null;
    if (!byRow) return batchDenominator(table, { ...target, logits: new Float32Array(0) });
    let sum = 0;
    const unchecked = { ...table, options: { ...table.options, onEmpty: 'nan' as const } };
    this.forEachChunk(({ batch }) => {
      sum += batchDenominator(unchecked, batch);
    });
    return batchDenominator(
      { ...table, options: { ...table.options, normalizer: sum } },
      { ...target, logits: this.room.logits },
    );
  }

  /** Losses, and gradients where there is a place for them. */
  run(gradients: HeadGradients | null): HeadLosses {
    const { kernel, table, hard, target, upstream } = this.task;
    const denominator = this.denominator(table);
    const hardDenominator = this.denominator(hard);
    const losses = new Float64Array(target.rows);
    const nll = new Float64Array(target.rows);
    const dBias = new Float64Array(this.task.size.classes);
    gradients?.dx?.fill(0);
    gradients?.dWeight.fill(0);
    this.forEachChunk(({ rows, x, batch }) => {
      const chunk = { losses: new Float64Array(batch.rows), nll: new Float64Array(batch.rows) };
      const own = typeof upstream === 'number' ? upstream : Float64Array.from(rows, (row) => upstream[row] as number);
      const gradient = gradients === null ? null : batch.logits;
      kernel.run({ batch, table, hard, ...chunk, gradient, denominator, upstream: own });
      rows.forEach((row, i) => {
        losses[row] = chunk.losses[i] as number;
        nll[row] = chunk.nll[i] as number;
        // A factor of 0 gives zeros, also for features that are no numbers.
        if (this.factor(row, denominator) === 0)
          x.fill(0, i * this.task.size.features, (i + 1) * this.task.size.features);
      });
      if (gradients !== null) this.addGradients(gradients, dBias, rows, x, batch);
    });
    gradients?.dBias?.set(dBias);
    const { options } = table;
    return { ...reduceLoss(options, losses, denominator), nll: reduceLoss(options, nll, hardDenominator).loss };
  }

  private factor(row: number, denominator: number): number {
    const { table, target, upstream } = this.task;
    const own = typeof upstream === 'number' ? upstream : (upstream[row] as number);
    return rowFactor(table.options, rowWeight(target, row), denominator) * own;
  }

  private forEachChunk(work: (chunk: Chunk) => void): void {
    for (let first = 0; first < this.counted.length; first += this.room.rows) {
      work(this.readChunk(this.counted.subarray(first, first + this.room.rows)));
    }
  }

  private readChunk(rows: Int32Array): Chunk {
    const { arrays, size, target } = this.task;
    const { classes, features } = size;
    const { weight, bias } = arrays;
    const x = this.room.x.subarray(0, rows.length * features);
    const logits = this.room.logits.subarray(0, rows.length * classes);
    rows.forEach((row, i) =>
      x.set(arrays.x.subarray(row * features, (row + 1) * features) as Float32Array, i * features),
    );
    for (let i = 0; i < logits.length; i++) logits[i] = bias === null ? 0 : (bias[i % classes] as number);
    multiply(
      { data: x, rowStep: features, columnStep: 1 },
      { data: weight, rowStep: 1, columnStep: features },
      { data: logits, rowStep: classes, columnStep: 1 },
      { rows: rows.length, inner: features, columns: classes },
    );
    const { labels, targets, sampleWeight } = target;
    const batch = {
      rows: rows.length,
      classes,
      stride: 1,
      labels: labels && Int32Array.from(rows, (row) => labels[row] as number),
      targets: targets && gather(targets, rows, classes),
      sampleWeight: sampleWeight && Float64Array.from(rows, (row) => sampleWeight[row] as number),
      logits,
    };
    return { rows, x, batch };
  }

  private addGradients(
    { dx, dWeight }: HeadGradients,
    dBias: Float64Array,
    rows: Int32Array,
    x: LogitsArray,
    { logits }: Batch,
  ): void {
    const { classes, features } = this.task.size;
    const inner = rows.length;
    const gradient = { data: logits, rowStep: classes, columnStep: 1 };
    multiply(
      { data: logits, rowStep: 1, columnStep: classes },
      { data: x, rowStep: features, columnStep: 1 },
      { data: dWeight, rowStep: features, columnStep: 1 },
      { rows: classes, inner, columns: features },
    );
    for (let i = 0, k = 0; i < logits.length; i++, k = k + 1 === classes ? 0 : k + 1) {
      dBias[k] = (dBias[k] as number) + (logits[i] as number);
    }
    if (dx === null) return;
    const sums = new Float64Array(inner * features);
    const weight = { data: this.task.arrays.weight, rowStep: features, columnStep: 1 };
    multiply(
      gradient,
      weight,
      { data: sums, rowStep: features, columnStep: 1 },
      { rows: inner, inner: classes, columns: features },
    );
    rows.forEach((row, i) => dx.set(sums.subarray(i * features, (i + 1) * features), row * features));
  }
}

function gather(from: LogitsArray, rows: Int32Array, width: number): LogitsArray {
  const to =
    from instanceof Float32Array ? new Float32Array(rows.length * width) : new Float64Array(rows.length * width);
  rows.forEach((row, i) => to.set(from.subarray(row * width, (row + 1) * width) as Float32Array, i * width));
  return to;
}
