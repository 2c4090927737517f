import type { LogitsArray } from '@label-smoothing/core';
import { rowOffset, rowWeight } from '@label-smoothing/core/adapter';
import { Coefficients } from './coefficients.js';
import { type ExponentialSums, exponentiate } from './exponential.js';
import { gradientFactor, type KernelTask } from './kernel.js';
import type { LossLists } from './row-losses.js';
import { Scores } from './scores.js';

/** Any rows of a task, one after another, with all digits of float64. */
export class ExactRows {
  private readonly task: KernelTask<LogitsArray>;
  private readonly lists: LossLists;
  private readonly scores: Scores;
  private readonly coefficients: Coefficients;
  private readonly sums: ExponentialSums = { rest: 0, spread: 0 };

  constructor(task: KernelTask<LogitsArray>, lists: LossLists) {
    this.task = task;
    this.lists = lists;
    this.scores = new Scores(task.batch, task.table.options);
    this.coefficients = new Coefficients(task, this.scores);
  }

  /** Computes a row whose losses come to place `i` of the lists. */
  compute(row: number, i: number): void {
    const { task, lists } = this;
    const { gradient } = task;
    const s = rowWeight(task.batch, row);
    if (s === 0) {
      lists.losses[i] = 0;
      lists.nlls[i] = 0;
      if (gradient !== null) this.clear(gradient, row);
      return;
    }
    const pull = this.writeLosses(row, s, i);
    if (gradient === null) return;
    const factor = gradientFactor(task, row, s);
    if (factor === 0) this.clear(gradient, row);
    else this.writeGradient(gradient, row, factor, pull);
  }

  /** Returns (mass + 2·zLoss·lse)/Σ e^{x − m}: times e^{x_k − m}, what pulls a class down. */
  private writeLosses(row: number, s: number, i: number): number {
    const { task, lists, scores, coefficients: c, sums } = this;
    const { zLoss, maskedLogits } = task.table.options;
    const ordinary = scores.read(row) && c.read(row);
    if (!ordinary) c.readDefinition(row);
    exponentiate(scores.x, task.batch.classes, scores.max, sums);
    // Excluded classes are gone, so a row of nothing but −inf is one whose target was masked: loss +inf, p = 0.
    if (scores.max === -Infinity) sums.rest = maskedLogits === 'propagate' ? Number.NaN : 0;
    const logSum = Math.log1p(sums.rest);
    // A row of nothing but −inf has lse = −inf; its z-loss is left out so that the gradient stays the target's pull.
    const lse = zLoss > 0 && scores.max !== -Infinity ? scores.shift + scores.max + logSum : 0;
    const even = c.list === null && c.even > 0 ? c.even * sums.spread : 0;
    lists.losses[i] = s * (c.mass * logSum + even + c.distance + zLoss * lse * lse - c.floor);
    lists.nlls[i] = s * (c.hardMass * logSum + c.hardDistance);
    return (c.mass + 2 * zLoss * lse) / (1 + sums.rest);
  }

  private clear(gradient: LogitsArray, row: number): void {
    const { batch } = this.task;
    for (let k = 0, i = rowOffset(batch, row); k < batch.classes; k++, i += batch.stride) gradient[i] = 0;
  }

  private writeGradient(gradient: LogitsArray, row: number, factor: number, pull: number): void {
    const { batch, table } = this.task;
    const { x, top, absent, absences } = this.scores;
    const { list, even, hit, label } = this.coefficients;
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
}
