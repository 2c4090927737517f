import { type Batch, type ResolvedOptions, rowOffset } from '@label-smoothing/core';

/** Differences of larger logits, and what they add up to, could overflow. */
const largest = 2 ** 1000;

const rooms = [new Float64Array(0), new Float64Array(0)];

/** Room for one row of numbers, the first or the second, kept for the next call; what is in it is anyone's. */
export function roomFor(classes: number, which: 0 | 1): Float64Array {
  const room = rooms[which] as Float64Array;
  if (room.length >= classes) return room;
  rooms[which] = new Float64Array(classes);
  return rooms[which];
}

/** The logits of one row after another: in float64, next to each other, whatever the dtype, layout, input and mask. */
export class Scores {
  /** [classes]; −inf for a class of the mask, or of the probability 0. */
  readonly x: Float64Array;
  /** The largest x; NaN where the row has NaN or +inf. */
  max = 0;
  /** What was subtracted from every x: 0, or the log of the largest probability. */
  shift = 0;
  /** The largest score as it was passed: a logit or a probability. */
  top = 0;
  /** How many x are −inf though the mask has the class. */
  missing = 0;
  private readonly batch: Batch;
  private readonly mask: readonly boolean[] | null;
  private readonly masked: number;
  private readonly probabilities: boolean;

  constructor(batch: Batch, { classMask, input }: ResolvedOptions) {
    this.batch = batch;
    this.mask = classMask;
    this.masked = classMask === null ? 0 : classMask.filter((exists) => !exists).length;
    this.probabilities = input === 'probabilities';
    this.x = roomFor(batch.classes, 0);
  }

  /** Reads a row. false where it has something other than −inf and ordinary numbers: sums over it may overflow. */
  read(row: number): boolean {
    const { x, mask, probabilities } = this;
    const { logits, classes, stride } = this.batch;
    const none = probabilities ? 0 : -Infinity;
    const least = probabilities ? Number.MIN_VALUE : -largest;
    let max = least;
    let missing = 0;
    let ordinary = true;
    for (let k = 0, i = rowOffset(this.batch, row); k < classes; k++, i += stride) {
      const score = mask === null || mask[k] ? (logits[i] as number) : none;
      x[k] = score;
      if (score > max) max = score;
      else if (!(score >= least)) {
        if (score === none) missing++;
        else ordinary = false;
      }
    }
    this.missing = missing - this.masked;
    this.top = max;
    if (!(ordinary && max > least && max < largest)) {
      ordinary = false;
      this.top = peak(x, classes, none);
    }
    this.max = this.top;
    this.shift = 0;
    if (probabilities) this.toLogits();
    return ordinary;
  }

  /** log p less that of the largest p: a quotient first, so that equal probabilities differ by exactly 0. */
  private toLogits(): void {
    const { x, top, batch } = this;
    for (let k = 0; k < batch.classes; k++) x[k] = x[k] === 0 ? -Infinity : Math.log((x[k] as number) / top);
    this.shift = top === 0 ? 0 : Math.log(top);
    this.max = top === 0 ? -Infinity : top - top;
  }
}

function peak(x: Float64Array, classes: number, none: number): number {
  let max = none;
  for (let k = 0; k < classes; k++) {
    const score = x[k] as number;
    if (!(score < Infinity)) return Number.NaN;
    if (score > max) max = score;
  }
  return max;
}
