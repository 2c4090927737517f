import { rowFactor, rowOffset } from '@label-smoothing/core/adapter';
import { exponential, log1p, widest } from './float32-math.js';
import type { KernelTask } from './kernel.js';
import type { LossLists } from './row-losses.js';

// Rows of float32 logits with a label, in float64 that is exact to 29 bits. Exponentials are those of differences to the
// label's own logit: no row is searched for its largest, and the loss of a label that has a good part of the mass is a sum
// that hardly cancels. Each phase goes over all rows of a block, so that no row waits for the logarithm of the one before.

/** What is known of the rows of a block. */
interface Sums {
  /** e^{x_k − x_y}, row by row. */
  readonly exponentials: Float64Array;
  /** Σ e^{x_k − x_y}; NaN for a row that is left as it is. */
  readonly sums: Float64Array;
  /** Σ x_y − x_k. */
  readonly distances: Float64Array;
}

const roomOf = (elements: number, rows: number): Sums => ({
  exponentials: new Float64Array(elements),
  sums: new Float64Array(rows),
  distances: new Float64Array(rows),
});
let room = roomOf(0, 0);

/** Whether some rows of a task are likely to be among them. */
export function isForFastRows(task: KernelTask): task is KernelTask<Float32Array> {
  const { input, classMask, zLoss, subtractEntropy } = task.table.options;
  const { logits, labels } = task.batch;
  // What is left of larger numbers, as beside an entropy, has fewer digits than they have.
  const plain = input === 'logits' && classMask === null && zLoss === 0 && !subtractEntropy;
  return plain && labels !== null && logits instanceof Float32Array;
}

/** Computes the rows of a block that are fast ones. The losses of the others are NaN then, and their gradient untouched. */
export function computeFastRows(task: KernelTask<Float32Array>, first: number, count: number, lists: LossLists): void {
  const { classes } = task.batch;
  if (room.exponentials.length < count * classes || room.sums.length < count) room = roomOf(count * classes, count);
  sumUp(task, first, count, room);
  writeLosses(task, first, count, room, lists);
  if (task.gradient !== null) writeGradient(task, task.gradient, first, count, room);
}

function sumUp({ batch, table }: KernelTask<Float32Array>, first: number, count: number, room: Sums): void {
  const { logits, classes, stride, sampleWeight } = batch;
  const labels = batch.labels as Int32Array;
  const { hit, mass, base } = table;
  const { exponentials, sums, distances } = room;
  const even = table.profile === null && table.conditionalPrior === null;
  for (let i = 0; i < count; i++) {
    const row = first + i;
    const label = labels[row] as number;
    const at = mass.length === 1 ? 0 : label;
    const suits =
      label >= 0 &&
      sampleWeight?.[row] !== 0 &&
      (hit[at] as number) >= 0.25 * (mass[at] as number) &&
      (even || base[at] === 0);
    let sum = suits ? 0 : Number.NaN;
    let distance = 0;
    if (suits) {
      const offset = rowOffset(batch, row);
      const own = logits[offset + label * stride] as number;
      const end = (i + 1) * classes;
      for (let j = end - classes, k = offset; j < end; j++, k += stride) {
        const d = (logits[k] as number) - own;
        if (!(Math.abs(d) <= widest)) {
          sum = Number.NaN;
          break;
        }
        const e = exponential(d);
        exponentials[j] = e;
        sum += e;
        distance -= d;
      }
    }
    sums[i] = sum;
    distances[i] = distance;
  }
}

function writeLosses(
  { batch, table, hard }: KernelTask<Float32Array>,
  first: number,
  count: number,
  { exponentials, sums, distances }: Sums,
  { losses, nlls }: LossLists,
): void {
  const { classes, sampleWeight } = batch;
  const labels = batch.labels as Int32Array;
  const { base, mass } = table;
  for (let i = 0; i < count; i++) {
    const label = labels[first + i] as number;
    const at = mass.length === 1 ? 0 : label;
    const s = sampleWeight === null ? 1 : (sampleWeight[first + i] as number);
    let rest = (sums[i] as number) - 1;
    // Digits that went into the label's 1.
    if (rest < 2 ** -12) rest = sumOthers(exponentials, i * classes, classes, label);
    const logSum = log1p(rest);
    losses[i] = s * ((mass[at] as number) * logSum + (base[at] as number) * (distances[i] as number));
    nlls[i] = s * (hard.mass[hard.mass.length === 1 ? 0 : label] as number) * logSum;
  }
}

/** Σ of a row's exponentials without that of its label. */
function sumOthers(exponentials: Float64Array, offset: number, classes: number, label: number): number {
  let sum = 0;
  for (let k = 0; k < classes; k++) if (k !== label) sum += exponentials[offset + k] as number;
  return sum;
}

function writeGradient(
  task: KernelTask<Float32Array>,
  gradient: Float32Array,
  first: number,
  count: number,
  { exponentials, sums }: Sums,
): void {
  const { batch, table, denominator, upstream } = task;
  const { classes, stride, sampleWeight } = batch;
  const labels = batch.labels as Int32Array;
  const { base, hit, mass } = table;
  for (let i = 0; i < count; i++) {
    const row = first + i;
    const sum = sums[i] as number;
    if (Number.isNaN(sum)) continue;
    const label = labels[row] as number;
    const at = mass.length === 1 ? 0 : label;
    const s = sampleWeight === null ? 1 : (sampleWeight[row] as number);
    const factor =
      rowFactor(task, s, denominator) * (typeof upstream === 'number' ? upstream : (upstream[row] as number));
    const share = (factor * (mass[at] as number)) / sum;
    const even = factor * (base[at] as number);
    const offset = rowOffset(batch, row);
    const end = (i + 1) * classes;
    for (let j = end - classes, k = offset; j < end; j++, k += stride) {
      gradient[k] = share * (exponentials[j] as number) - even;
    }
    gradient[offset + label * stride] = share - even - factor * (hit[at] as number);
  }
}
