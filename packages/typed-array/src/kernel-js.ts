import type { LogitsArray } from '@label-smoothing/core';
import { rowFactor, rowOffset, rowWeight } from '@label-smoothing/core/adapter';
import { Coefficients } from './coefficients.js';
import { type ExponentialSums, exponentiate } from './exponential.js';
import type { Kernel, KernelTask } from './kernel.js';
import { isHalf, runHalf } from './kernel-js-half.js';
import { Scores } from './scores.js';

/**
 * Plain loops in JavaScript: runs everywhere, and is what faster kernels are compared with. A row is read whole before
 * any of it is written, so the gradient may take the place of the logits; each of its elements is rounded once, to float16
 * from float32.
 */
export const jsKernel: Kernel = {
  run(task) {
    if (isHalf(task)) runHalf(task, runRows);
    else runRows(task as KernelTask<LogitsArray>);
  },
};

function runRows(task: KernelTask<LogitsArray>): void {
  const { batch, table, gradient, denominator, upstream } = task;
  const scores = new Scores(batch, table.options);
  const coefficients = new Coefficients(task, scores);
  const sums: ExponentialSums = { rest: 0, spread: 0 };
  const lists = new Float64Array(2 * batch.rows);
  for (let row = 0; row < batch.rows; row++) {
    const s = rowWeight(batch, row);
    if (s === 0) {
      if (gradient !== null) clearRow(task, gradient, row);
      continue;
    }
    const pull = writeLosses(task, row, s, scores, coefficients, sums, lists);
    if (gradient === null) continue;
    const own = typeof upstream === 'number' ? upstream : (upstream[row] as number);
    const factor = rowFactor(task, s, denominator) * own;
    if (factor === 0) clearRow(task, gradient, row);
    else writeGradient(task, gradient, row, scores, coefficients, factor, pull);
  }
  task.losses.add(lists, 0, batch.rows, batch.rows);
}

/**
 * The row's losses, in a list of all rows' losses and then their nlls. Returns (mass + 2·zLoss·lse)/Σ e^{x − m}: times
 * e^{x_k − m}, what pulls a class down.
 */
function writeLosses(
  task: KernelTask<LogitsArray>,
  row: number,
  s: number,
  scores: Scores,
  c: Coefficients,
  sums: ExponentialSums,
  lists: Float64Array,
): number {
  const { zLoss } = task.table.options;
  const ordinary = scores.read(row) && c.read(row);
  if (!ordinary) c.readDefinition(row);
  exponentiate(scores.x, task.batch.classes, scores.max, sums);
  // Excluded classes are gone, so a row of nothing but −inf is one whose target was masked: loss +inf, p = 0.
  if (scores.max === -Infinity) sums.rest = task.table.options.maskedLogits === 'propagate' ? Number.NaN : 0;
  const logSum = Math.log1p(sums.rest);
  // A row of nothing but −inf has lse = −inf; its z-loss is left out so that the gradient stays the target's pull.
  const lse = zLoss > 0 && scores.max !== -Infinity ? scores.shift + scores.max + logSum : 0;
  const even = c.list === null && c.even > 0 ? c.even * sums.spread : 0;
  lists[row] = s * (c.mass * logSum + even + c.distance + zLoss * lse * lse - c.floor);
  lists[task.batch.rows + row] = s * (c.hardMass * logSum + c.hardDistance);
  return (c.mass + 2 * zLoss * lse) / (1 + sums.rest);
}

function clearRow({ batch }: KernelTask<LogitsArray>, gradient: LogitsArray, row: number): void {
  for (let k = 0, i = rowOffset(batch, row); k < batch.classes; k++, i += batch.stride) gradient[i] = 0;
}

function writeGradient(
  { batch, table }: KernelTask<LogitsArray>,
  gradient: LogitsArray,
  row: number,
  { x, top, absent, absences }: Scores,
  { list, even, hit, label }: Coefficients,
  factor: number,
  pull: number,
): void {
  const { classes, stride } = batch;
  const offset = rowOffset(batch, row);
  if (table.options.input === 'probabilities') {
    // Divided by Σp; where every probability is 0 there is no share to take: only the pull of the target is left.
    const common = top === 0 ? pull - pull : pull / top;
    for (let k = 0, i = offset; k < classes; k++, i += stride) {
      const c = (list as Float64Array)[k] as number;
      gradient[i] = factor * (c === 0 ? common : common - c / (batch.logits[i] as number));
    }
  } else if (list !== null) {
    for (let k = 0, i = offset; k < classes; k++, i += stride) {
      gradient[i] = factor * (pull * (x[k] as number) - (list[k] as number));
    }
  } else {
    for (let k = 0, i = offset; k < classes; k++, i += stride) {
      gradient[i] = factor * (pull * (x[k] as number) - even);
    }
    gradient[offset + label * stride] = factor * (pull * (x[label] as number) - (even + hit));
  }
  for (let j = 0; j < absences; j++) gradient[offset + (absent[j] as number) * stride] = 0;
}
