import type { TargetTable } from '@label-smoothing/core';
import { rowOffset, rowWeight } from '@label-smoothing/core/adapter';
import { gradientFactor, type KernelTask } from './kernel.js';
import type { LossLists } from './row-losses.js';

// Rows of float32 logits with a label, in float64 that is exact to 38 bits. Exponentials are those of differences to the
// label's own logit: no row is searched for its largest, and the loss of a label that has a good part of the mass is a sum
// that hardly cancels. Each phase goes over all rows of a block, so that no row waits for the logarithm of the one before.

/** Entries of the table in one doubling, and how many doublings it has on either side of 1. */
const steps = 16;
const doublings = 256;
/** Where the table has 1. */
const one = steps * doublings;

/** 2^((i − one)/16) at index i. */
const powers = new Float64Array(2 * one + 1);
for (let i = 0; i < steps; i++) powers[i] = 2 ** (i / steps - doublings);
for (let i = steps; i < powers.length; i++) powers[i] = 2 * (powers[i - steps] as number);

/**
 * What makes e^d, within 2^-38 of itself, of the entry nearest to it: entries in an e-folding; what rounds to an integer when
 * it is added and subtracted; the polynomial whose largest relative error on half a step is least, but for its 1; and the
 * widest d: so many e^160 as there can be classes still have an entry. A list, which is read before a loop: numbers that are
 * written out in one are made anew for each element.
 */
const exponential = Float64Array.of(
  steps / Math.LN2,
  1.5 * 2 ** 52,
  0.043321698760302334,
  0.0009383847936060457,
  1.3551204511958798e-5,
  1.4675925071077441e-7,
  160,
);

/** What is known of the rows of a block. */
interface Exponentials {
  /** e^{x_k − x_y} by row and class; y is the row's label. */
  readonly values: Float64Array;
  /** Their sums by row; NaN for a row that is not fast. */
  readonly sums: Float64Array;
  /** Σ x_y − x_k by row. */
  readonly distances: Float64Array;
}

const roomOf = (elements: number, rows: number): Exponentials => ({
  values: new Float64Array(elements),
  sums: new Float64Array(rows),
  distances: new Float64Array(rows),
});
/** Room for the rows of one block, kept for the next. */
let room = roomOf(0, 0);

/** Whether a task can have fast rows. */
export function isForFastRows(task: KernelTask): task is KernelTask<Float32Array> {
  const { input, classMask, zLoss, subtractEntropy } = task.table.options;
  const { logits, labels } = task.batch;
  // What is left of larger numbers, as beside an entropy, has fewer digits than they have.
  const plain = input === 'logits' && classMask === null && zLoss === 0 && !subtractEntropy;
  return plain && labels !== null && logits instanceof Float32Array;
}

/**
 * Computes the fast rows of a block. The losses of the others are NaN then, and their gradient is untouched. Returns how many
 * others there are.
 */
export function computeFastRows(
  task: KernelTask<Float32Array>,
  first: number,
  count: number,
  lists: LossLists,
): number {
  const { classes } = task.batch;
  if (room.values.length < count * classes || room.sums.length < count) room = roomOf(count * classes, count);
  let others = 0;
  for (let i = sumRows(task, first, 0, count, room); i < count; i = sumRows(task, first, i + 1, count, room)) {
    room.sums[i] = Number.NaN;
    others++;
  }
  writeLosses(task, first, count, room, lists);
  if (task.gradient !== null) writeGradient(task, task.gradient, first, count, room);
  return others;
}

/** Sums up a block's rows from one on. Returns where it ended: `count`, or a row that is not fast. */
function sumRows(
  { batch, table }: KernelTask<Float32Array>,
  first: number,
  from: number,
  count: number,
  { values, sums, distances }: Exponentials,
): number {
  const { logits, classes, stride, sampleWeight } = batch;
  const labels = batch.labels as Int32Array;
  const [perStep, rounder] = [exponential[0] as number, exponential[1] as number];
  const [c1, c2] = [exponential[2] as number, exponential[3] as number];
  const [c3, c4] = [exponential[4] as number, exponential[5] as number];
  const widest = exponential[6] as number;
  const alike = table.mass.length === 1 && suits(table, 0);
  for (let i = from; i < count; i++) {
    const row = first + i;
    const label = labels[row] as number;
    if (label < 0 || sampleWeight?.[row] === 0 || !(alike || suits(table, label))) return i;
    const offset = rowOffset(batch, row);
    const own = logits[offset + label * stride] as number;
    const end = (i + 1) * classes;
    let sum = 0;
    let distance = 0;
    for (let j = end - classes, k = offset; j < end; j++, k += stride) {
      const d = (logits[k] as number) - own;
      // Ends it all: a loop that may go on in two ways is a quarter slower.
      if (!(Math.abs(d) <= widest)) return i;
      const place = d * perStep;
      const n = place + rounder - rounder;
      const r = place - n;
      const e = (powers[(n | 0) + one] as number) * (1 + r * (c1 + r * (c2 + r * (c3 + r * c4))));
      values[j] = e;
      sum += e;
      distance -= d;
    }
    sums[i] = sum;
    distances[i] = distance;
  }
  return count;
}

/** Whether a label has a good part of the mass, and all other classes the same part. */
function suits({ hit, mass, base, profile, conditionalPrior }: TargetTable, label: number): boolean {
  const at = mass.length === 1 ? 0 : label;
  const even = base[at] === 0 || (profile === null && conditionalPrior === null);
  return even && (hit[at] as number) >= 0.25 * (mass[at] as number);
}

function writeLosses(
  { batch, table, hard }: KernelTask<Float32Array>,
  first: number,
  count: number,
  { values, sums, distances }: Exponentials,
  { losses, nlls }: LossLists,
): void {
  const { classes } = batch;
  const labels = batch.labels as Int32Array;
  const { base, mass } = table;
  for (let i = 0; i < count; i++) {
    losses[i] = Number.NaN;
    if (Number.isNaN(sums[i])) continue;
    const label = labels[first + i] as number;
    const at = mass.length === 1 ? 0 : label;
    const s = rowWeight(batch, first + i);
    let rest = (sums[i] as number) - 1;
    // Digits that went into the label's 1.
    if (rest < 2 ** -12) rest = sumOthers(values, i * classes, classes, label);
    const logSum = log1p(rest);
    losses[i] = s * ((mass[at] as number) * logSum + (base[at] as number) * (distances[i] as number));
    nlls[i] = s * (hard.mass[hard.mass.length === 1 ? 0 : label] as number) * logSum;
  }
}

/** Σ of a row's exponentials without that of its label. */
function sumOthers(values: Float64Array, offset: number, classes: number, label: number): number {
  let sum = 0;
  for (let k = 0; k < classes; k++) if (k !== label) sum += values[offset + k] as number;
  return sum;
}

function writeGradient(
  task: KernelTask<Float32Array>,
  gradient: Float32Array,
  first: number,
  count: number,
  { values, sums }: Exponentials,
): void {
  const { batch, table } = task;
  const { classes, stride } = batch;
  const labels = batch.labels as Int32Array;
  const { base, hit, mass } = table;
  for (let i = 0; i < count; i++) {
    const row = first + i;
    const sum = sums[i] as number;
    if (Number.isNaN(sum)) continue;
    const label = labels[row] as number;
    const at = mass.length === 1 ? 0 : label;
    const factor = gradientFactor(task, row, rowWeight(batch, row));
    const share = (factor * (mass[at] as number)) / sum;
    const even = factor * (base[at] as number);
    const offset = rowOffset(batch, row);
    const end = (i + 1) * classes;
    for (let j = end - classes, k = offset; j < end; j++, k += stride) {
      gradient[k] = share * (values[j] as number) - even;
    }
    gradient[offset + label * stride] = share - even - factor * (hit[at] as number);
  }
}

const parts = 128;
/** Reciprocals of what is in the middle of each part of [1, 2), and their logarithms with the other sign. */
const reciprocals = Float64Array.from({ length: parts }, (_, j) => parts / (parts + j + 0.5));
const logs = reciprocals.map((r) => -Math.log(r));
const number = new Float64Array(1);
const words = new Int32Array(number.buffer);

/** ln(1 + x) for x from 0 to 2^255, within 2^-36 of it. */
function log1p(x: number): number {
  if (x < 1 / 64) return x * (1 - x * (1 / 2 - x * (1 / 3 - x * (1 / 4 - x * (1 / 5 - x * (1 / 6 - x * (1 / 7)))))));
  number[0] = 1 + x;
  const high = words[1] as number;
  const exponent = (high >> 20) - 1023;
  const j = (high >> 13) & (parts - 1);
  const r = (1 + x) * (powers[one - steps * exponent] as number) * (reciprocals[j] as number) - 1;
  return exponent * Math.LN2 + (logs[j] as number) + r * (1 - r * (1 / 2 - r * (1 / 3 - r * (1 / 4))));
}
