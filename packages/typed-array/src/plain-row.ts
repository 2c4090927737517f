import { type FloatArray, type LogitsArray, rowOffset } from '@label-smoothing/core';
import type { KernelTask } from './kernel.js';

// What labelled and dense rows share as long as every class is present and every logit an ordinary number: the loops.
// Float64 arithmetic whatever the dtype. Every sum over the classes carries what its additions lose (Knuth's TwoSum:
// no branch, and off the critical path beside an exp), or hundreds of equal logits would all be rounded the same way.

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
  { table }: KernelTask,
  { max, classes }: PlainRow,
  factor: number,
  mass: number,
): number | null {
  const { zLoss } = table.options;
  const pull = zLoss === 0 ? mass : mass + 2 * zLoss * (Math.abs(max) + Math.log(classes));
  const bound = Math.abs(factor) * pull;
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
  let sum = 0;
  let lost = 0;
  for (let k = 0, i = offset; k < classes; k++, i += stride) {
    const e = Math.exp((logits[i] as number) - max);
    if (store !== null) store[i] = amplitude * e;
    if (k === argmax) continue;
    const next = sum + e;
    const added = next - sum;
    lost += sum - (next - added) + (e - added);
    sum = next;
  }
  return sum + lost;
}

/** Σ_{k ≠ skipped} v_k·(max − x_k). */
export function profileDistance(
  { logits, offset, stride, classes, max }: PlainRow,
  profile: Profile,
  skipped: number,
): number {
  let sum = 0;
  let lost = 0;
  for (let k = 0, i = offset; k < classes; k++, i += stride) {
    if (k === skipped) continue;
    const term = profileAt(profile, k) * (max - (logits[i] as number));
    const next = sum + term;
    const added = next - sum;
    lost += sum - (next - added) + (term - added);
    sum = next;
  }
  return sum + lost;
}

/** Σ w_k·t_k·(max − x_k) for dense targets. */
export function targetDistance(
  { logits, offset, stride, classes, max }: PlainRow,
  targets: LogitsArray,
  weight: FloatArray | null,
): number {
  let sum = 0;
  let lost = 0;
  for (let k = 0, i = offset; k < classes; k++, i += stride) {
    const t = targets[i] as number;
    const term = (weight === null ? t : t * (weight[k] as number)) * (max - (logits[i] as number));
    const next = sum + term;
    const added = next - sum;
    lost += sum - (next - added) + (term - added);
    sum = next;
  }
  return sum + lost;
}
