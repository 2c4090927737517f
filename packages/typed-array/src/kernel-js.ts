import { type LogitsArray, readRow, rowFactor, rowOffset, rowWeight } from '@label-smoothing/core';
import { Coefficients } from './coefficients.js';
import { ABSENT, type ExponentialSums, exponentiate } from './exponential.js';
import type { Kernel, KernelTask } from './kernel.js';
import { Scores } from './scores.js';

/**
 * Plain loops in JavaScript: runs everywhere, and is what faster kernels are compared with. A row is read whole before
 * any of it is written, so the gradient may take the place of the logits; each of its elements is rounded once.
 */
export const jsKernel: Kernel = {
  run(task) {
    const { batch, table, losses, nll, gradient, denominator, upstream } = task;
    const { zLoss, input } = table.options;
    const scores = new Scores(batch, table.options);
    const c = new Coefficients(task, scores);
    const sums: ExponentialSums = { rest: 0, spread: 0 };
    for (let row = 0; row < batch.rows; row++) {
      const s = rowWeight(batch, row);
      losses[row] = 0;
      nll[row] = 0;
      let factor = 0;
      let pull = 0;
      if (s !== 0) {
        const ordinary = scores.read(row) && c.read(row);
        if (!ordinary) c.readDefinition(row);
        exponentiate(scores.x, batch.classes, scores.max, sums);
        if (!ordinary) mendSums(task, row, scores, sums);
        const logSum = Math.log1p(sums.rest);
        // A row of nothing but −inf has lse = −inf; its z-loss is left out so that the gradient stays the target's pull.
        const lse = zLoss > 0 && scores.max !== -Infinity ? scores.shift + scores.max + logSum : 0;
        const even = c.even === 0 ? 0 : c.even * sums.spread;
        losses[row] = s * (c.mass * logSum + even + c.distance + zLoss * lse * lse - c.floor);
        nll[row] = s * (c.hardMass * logSum + c.hardDistance);
        factor =
          rowFactor(table.options, s, denominator) *
          (typeof upstream === 'number' ? upstream : (upstream[row] as number));
        pull = (c.mass + 2 * zLoss * lse) / (1 + sums.rest);
      }
      if (gradient === null) continue;
      if (factor === 0) clearRow(task, gradient, row);
      else if (input === 'logits') writeGradient(task, gradient, row, scores, c, factor, pull);
      else {
        // Divided by Σp; where every probability is 0 there is no share to take: only the pull of the target is left.
        writeOfProbabilities(task, gradient, row, scores, c, factor, scores.top === 0 ? sums.rest : pull / scores.top);
      }
    }
  },
};

/** What the exponentials of a row that is not ordinary leave open: a −inf that counts, or nothing else. */
function mendSums({ batch, table }: KernelTask, row: number, { x, max }: Scores, sums: ExponentialSums): void {
  const { present } = readRow(batch, row, table.options);
  for (let k = 0; k < batch.classes; k++) if (x[k] === ABSENT && present(k)) x[k] = 0;
  // Excluded classes are gone, so a row of nothing but −inf is one whose target was masked: loss +inf, p = 0.
  if (max === -Infinity) sums.rest = table.options.maskedLogits === 'propagate' ? Number.NaN : 0;
}

function clearRow({ batch }: KernelTask, gradient: LogitsArray, row: number): void {
  for (let k = 0, i = rowOffset(batch, row); k < batch.classes; k++, i += batch.stride) gradient[i] = 0;
}

function writeGradient(
  { batch }: KernelTask,
  gradient: LogitsArray,
  row: number,
  { x }: Scores,
  { list, even, hit, label }: Coefficients,
  factor: number,
  pull: number,
): void {
  const { classes, stride } = batch;
  const offset = rowOffset(batch, row);
  for (let k = 0, i = offset; k < classes; k++, i += stride) {
    const e = x[k] as number;
    gradient[i] = e < 0 ? 0 : factor * (pull * e - (list === null ? even : (list[k] as number)));
  }
  if (list === null) gradient[offset + label * stride] = factor * (pull * (x[label] as number) - (even + hit));
}

function writeOfProbabilities(
  { batch }: KernelTask,
  gradient: LogitsArray,
  row: number,
  { x }: Scores,
  { list }: Coefficients,
  factor: number,
  common: number,
): void {
  for (let k = 0, i = rowOffset(batch, row); k < batch.classes; k++, i += batch.stride) {
    const c = (list as Float64Array)[k] as number;
    const slope = c === 0 ? common : common - c / (batch.logits[i] as number);
    gradient[i] = (x[k] as number) < 0 ? 0 : factor * slope;
  }
}
