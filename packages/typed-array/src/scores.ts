import type { LogitsArray, ResolvedOptions } from '@label-smoothing/core';
import { type Rows, rowOffset } from '@label-smoothing/core/adapter';

/** Differences of larger logits, and what they add up to, could overflow. */
const largest = 2 ** 1000;

interface Room {
  readonly x: Float64Array;
  readonly list: Float64Array;
  readonly absent: Int32Array;
}

const roomOf = (classes: number): Room => ({
  x: new Float64Array(classes),
  list: new Float64Array(classes),
  absent: new Int32Array(classes),
});
let room = roomOf(0);

/** Room for one row, kept for the next call; what is in it is anyone's until a row is read into it. */
export function roomFor(classes: number): Room {
  if (room.x.length < classes) room = roomOf(classes);
  return room;
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
  /** The classes whose x is −inf, as many as `absences`. */
  readonly absent: Int32Array;
  absences = 0;
  /** How many of them the mask has. */
  missing = 0;
  /** How many classes the mask has. */
  readonly existing: number;
  private readonly batch: Rows;
  private readonly mask: readonly boolean[] | null;
  private readonly probabilities: boolean;

  constructor(batch: Rows, { classMask, input }: ResolvedOptions) {
    this.batch = batch;
    this.mask = classMask;
    this.existing = classMask === null ? batch.classes : classMask.filter(Boolean).length;
    this.probabilities = input === 'probabilities';
    ({ x: this.x, absent: this.absent } = roomFor(batch.classes));
  }

  /** Reads a row. false where it has something other than −inf and ordinary numbers: sums over it may overflow. */
  read(row: number): boolean {
    const { x, mask, probabilities } = this;
    const { logits, classes, stride } = this.batch;
    const none = probabilities ? 0 : -Infinity;
    const least = probabilities ? Number.MIN_VALUE : -largest;
    let offset = rowOffset(this.batch, row);
    if (mask === null) this.scan(logits, offset, stride, none, least);
    else {
      for (let k = 0; k < classes; k++, offset += stride) x[k] = mask[k] ? (logits[offset] as number) : none;
      this.scan(x, 0, 1, none, least);
    }
    const ordinary = this.max > least && this.max < largest;
    if (!ordinary) this.max = peak(x, classes, none);
    this.top = this.max;
    this.shift = 0;
    if (probabilities) this.toLogits();
    return ordinary;
  }

  /** Copies a row, finds its largest number, NaN where not all are ordinary, and where it is `none`. */
  private scan(from: LogitsArray, offset: number, stride: number, none: number, least: number): void {
    const { x, absent } = this;
    const { classes } = this.batch;
    let max = least;
    let absences = 0;
    for (let k = 0, i = offset; k < classes; k++, i += stride) {
      const score = from[i] as number;
      x[k] = score;
      if (score > max) max = score;
      else if (!(score >= least)) {
        if (score === none) absent[absences++] = k;
        else max = Number.NaN;
      }
    }
    this.max = max;
    this.absences = absences;
    this.missing = absences + this.existing - classes;
  }

  /** Takes a class off the list of those that are absent: its −inf counts. */
  keepAbsent(isAbsent: (k: number) => boolean): void {
    const kept = this.absent.subarray(0, this.absences).filter(isAbsent);
    this.absent.set(kept);
    this.absences = kept.length;
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
