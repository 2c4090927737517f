import {
  type Batch,
  CompensatedSum,
  type LogitsArray,
  type Row,
  readRow,
  rowCoefficients,
  rowOffset,
  rowTerms,
  type TargetTable,
} from '@label-smoothing/core';
import type { KernelTask } from './kernel.js';

// Any row at all: dense targets, masked classes, infinities, NaN, probabilities as input. Exponentials are computed
// again for the gradient instead of stored, so an element is read just before it is overwritten and never after.

/** The row's maximum and what the other classes add to it. */
interface Peak {
  /** The largest score: a logit or a probability. */
  readonly score: number;
  /** Its logit. */
  readonly max: number;
  /** Σ_{k ≠ argmax} e^{x_k − max}. */
  readonly rest: number;
}

/** One row by the definition: loss, nll and gradient. */
export function generalRow(task: KernelTask, row: number, s: number, factor: number): void {
  const { batch, table, hard, losses, nll, gradient } = task;
  const view = readRow(batch, row, table.options);
  const smooth = rowMass(table, view);
  const plain = rowMass(hard, view);
  const peak = findPeak(table, view);
  const logSum = Math.log1p(peak.rest);
  const loss = new CompensatedSum();
  const hardLoss = new CompensatedSum();
  for (let k = 0; k < batch.classes; k++) {
    if (!view.present(k)) continue;
    const d = distance(view.logit(k), peak.max);
    const c = smooth.coefficient(k);
    const h = plain.coefficient(k);
    if (c !== 0) loss.add(-c * d);
    if (h !== 0) hardLoss.add(-h * d);
  }
  loss.add(smooth.mass * logSum);
  hardLoss.add(plain.mass * logSum);
  const { zLoss } = table.options;
  // A row of nothing but −inf has lse = −inf; its z-loss is left out so that the gradient stays the target's pull.
  const lse = zLoss > 0 && peak.max !== -Infinity ? peak.max + logSum : 0;
  loss.add(zLoss * lse ** 2 - smooth.floor);
  losses[row] = s * loss.value;
  nll[row] = s * hardLoss.value;
  if (gradient === null) return;
  if (factor === 0) clearRow(gradient, batch, row);
  else writeGradient(gradient, batch, row, factor, slopes(table, view, smooth, peak, smooth.mass + 2 * zLoss * lse));
}

interface RowMass {
  readonly mass: number;
  readonly floor: number;
  readonly coefficient: (k: number) => number;
}

function rowMass(table: TargetTable, { target, present }: Row): RowMass {
  const terms = rowTerms(table, target, present);
  return { mass: terms.mass, floor: terms.floor, coefficient: rowCoefficients(table, target, terms) };
}

function findPeak({ options }: TargetTable, { score, logit, present }: Row): Peak {
  const { classes, input, maskedLogits } = options;
  let argmax = -1;
  for (let k = 0; k < classes; k++) {
    if (!present(k)) continue;
    const x = score(k);
    if (argmax < 0 || x > score(argmax) || Number.isNaN(x)) argmax = k;
    if (Number.isNaN(x)) break;
  }
  const top = argmax < 0 ? 0 : score(argmax);
  const max = argmax < 0 ? -Infinity : logit(argmax);
  if (!(max < Infinity)) return { score: top, max, rest: Number.NaN };
  // Excluded classes are gone, so a row of nothing but −inf is one whose target was masked: loss +inf, p = 0.
  if (max === -Infinity) return { score: top, max, rest: maskedLogits === 'propagate' ? Number.NaN : 0 };
  const rest = new CompensatedSum();
  for (let k = 0; k < classes; k++) {
    if (k === argmax || !present(k)) continue;
    rest.add(input === 'logits' ? Math.exp(score(k) - top) : score(k) / top);
  }
  return { score: top, max, rest: rest.value };
}

/** ∂loss/∂score by class, before the row's factor; null for a class that does not exist. */
function slopes(
  { options }: TargetTable,
  { score, present }: Row,
  { coefficient }: RowMass,
  { score: top, max, rest }: Peak,
  pull: number,
): (k: number) => number {
  if (options.input === 'logits') {
    return (k) => (present(k) ? (pull * Math.exp(distance(score(k), max))) / (1 + rest) - coefficient(k) : 0);
  }
  // Where every probability is 0 there is no share to take: only the pull of the target is left.
  const common = top === 0 ? rest : pull / (top * (1 + rest));
  return (k) => {
    if (!present(k)) return 0;
    const c = coefficient(k);
    return c === 0 ? common : common - c / score(k);
  };
}

function writeGradient(
  gradient: LogitsArray,
  batch: Batch,
  row: number,
  factor: number,
  slope: (k: number) => number,
): void {
  const { classes, stride } = batch;
  for (let k = 0, i = rowOffset(batch, row); k < classes; k++, i += stride) gradient[i] = factor * slope(k);
}

/** Writes zeros over a row's gradient. */
export function clearRow(gradient: LogitsArray, batch: Batch, row: number): void {
  const { classes, stride } = batch;
  for (let k = 0, i = rowOffset(batch, row); k < classes; k++, i += stride) gradient[i] = 0;
}

/** d = x − m, with −inf − (−inf) = −inf: a class of probability 0 stays one. */
function distance(logit: number, max: number): number {
  return logit === -Infinity ? -Infinity : logit - max;
}
