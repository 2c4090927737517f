import { CompensatedSum, type FloatArray, type LogitsArray, rowOffset } from '@label-smoothing/core';
import type { KernelTask } from './kernel.js';

// What labelled and dense rows share as long as every class is present and every logit an ordinary number: the loops.
// Float64 arithmetic whatever the dtype. Sums are plain inside a block and compensated from block to block, so that
// their error does not grow with K.

const block = 128;
/** Larger logits, and larger factors on a gradient, are left to the general row: nothing here may overflow float32. */
const largest = 2 ** 100;

/** Where a row lies and where its maximum is; class k is at offset + k·stride. */
export interface PlainRow {
  readonly logits: LogitsArray;
  readonly offset: number;
  readonly stride: number;
  readonly classes: number;
  readonly argmax: number;
  readonly max: number;
}

/** v_k = factor_k·prior_k, each 1 where it is absent. */
export interface Profile {
  readonly factor: FloatArray | null;
  /** K×K, of which the row that starts at `first` counts. */
  readonly prior: FloatArray | null;
  readonly first: number;
}

/** What is left of a row after its first sweep. */
export interface Softmax {
  /** ℓ: log Σ e^{x − max}. */
  readonly logSum: number;
  /** m + ℓ. */
  readonly lse: number;
  /** factor·(mass + 2·zLoss·lse)/Σ e^{x − max}: times e^{x_k − max}, what pulls class k down. */
  readonly pull: number;
  /** The same for what {@link sweep} left in the gradient. */
  readonly share: number;
}

/** v of class k. */
export function profileAt({ factor, prior, first }: Profile, k: number): number {
  const v = factor === null ? 1 : (factor[k] as number);
  return prior === null ? v : v * (prior[first + k] as number);
}

/** The row with its maximum; null where a logit is NaN, infinite or beyond what these loops compute. */
export function plainRow({ batch }: KernelTask, row: number): PlainRow | null {
  const { logits, classes, stride } = batch;
  const offset = rowOffset(batch, row);
  let argmax = -1;
  let max = -largest;
  for (let k = 0, i = offset; k < classes; k++, i += stride) {
    const x = logits[i] as number;
    if (x > max) {
      max = x;
      argmax = k;
    } else if (!(x >= -largest)) return null;
  }
  return argmax >= 0 && max < largest ? { logits, offset, stride, classes, argmax, max } : null;
}

/**
 * A bound on what the gradient's first sweep stores: amplitude·e^d, at least as large as what it will become, so that
 * a probability too small for float32 is not lost where a large factor brings it back. null where it is out of range.
 */
export function amplitudeOf(
  { gradient, table }: KernelTask,
  { max, classes }: PlainRow,
  factor: number,
  mass: number,
): number | null {
  if (gradient === null) return 0;
  const bound = Math.abs(factor) * (mass + 2 * table.options.zLoss * (Math.abs(max) + Math.log(classes)));
  return bound < largest ? bound : null;
}

/** The first sweep: sums the exponentials, and stores them where a gradient is wanted. Not before all else is read. */
export function sweep(
  { gradient, table }: KernelTask,
  row: PlainRow,
  factor: number,
  mass: number,
  amplitude: number,
): Softmax {
  const rest = sumExponentials(row, gradient, amplitude);
  const logSum = Math.log1p(rest);
  const lse = row.max + logSum;
  const pull = (factor * (mass + 2 * table.options.zLoss * lse)) / (1 + rest);
  return { logSum, lse, pull, share: amplitude === 0 ? 0 : pull / amplitude };
}

/** Σ_{k ≠ argmax} e^{x_k − max}; `store`, which may be the logits, receives amplitude·e^{x_k − max}. */
function sumExponentials(
  { logits, offset, stride, classes, argmax, max }: PlainRow,
  store: LogitsArray | null,
  amplitude: number,
): number {
  const total = new CompensatedSum();
  for (let start = 0; start < classes; start += block) {
    const end = Math.min(start + block, classes);
    let partial = 0;
    for (let k = start, i = offset + start * stride; k < end; k++, i += stride) {
      const e = Math.exp((logits[i] as number) - max);
      if (k !== argmax) partial += e;
      if (store !== null) store[i] = amplitude * e;
    }
    total.add(partial);
  }
  return total.value;
}

/** Σ_{k ≠ skipped} v_k·(max − x_k). */
export function profileDistance(
  { logits, offset, stride, classes, max }: PlainRow,
  profile: Profile,
  skipped: number,
): number {
  const total = new CompensatedSum();
  for (let start = 0; start < classes; start += block) {
    const end = Math.min(start + block, classes);
    let partial = 0;
    for (let k = start, i = offset + start * stride; k < end; k++, i += stride) {
      if (k !== skipped) partial += profileAt(profile, k) * (max - (logits[i] as number));
    }
    total.add(partial);
  }
  return total.value;
}

/** Σ w_k·t_k·(max − x_k) for dense targets. */
export function targetDistance(
  { logits, offset, stride, classes, max }: PlainRow,
  targets: LogitsArray,
  weight: FloatArray | null,
): number {
  const total = new CompensatedSum();
  for (let start = 0; start < classes; start += block) {
    const end = Math.min(start + block, classes);
    let partial = 0;
    for (let k = start, i = offset + start * stride; k < end; k++, i += stride) {
      const t = targets[i] as number;
      partial += (weight === null ? t : t * (weight[k] as number)) * (max - (logits[i] as number));
    }
    total.add(partial);
  }
  return total.value;
}
