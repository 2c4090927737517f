import type { LogitsArray } from '@label-smoothing/core';
import type { KernelTask } from './kernel.js';
import { amplitudeOf, type PlainRow, type Profile, plainRow, profileAt, profileDistance, sweep } from './plain-row.js';

/** A labelled row with every class present and its terms in the tables. false, and nothing written, for any other. */
export function labelRow(task: KernelTask, row: number, s: number, factor: number): boolean {
  const { batch, table, hard, losses, nll, gradient } = task;
  const plain = plainRow(task, row);
  if (plain === null) return false;
  const label = batch.labels?.[row] as number;
  // There the table has the label's coefficient as a difference of two larger numbers.
  if (entry(table.hit, label) < 0) return false;
  const mass = entry(table.mass, label);
  const amplitude = amplitudeOf(task, plain, factor, mass);
  if (amplitude === null) return false;

  const profile = { factor: table.profile, prior: table.conditionalPrior, first: label * batch.classes };
  const base = entry(table.base, label);
  const own = base * profileAt(profile, label) + entry(table.hit, label);
  const distance = plain.max - (batch.logits[plain.offset + label * plain.stride] as number);
  const spread = base === 0 ? 0 : profileDistance(plain, profile, label);
  const { logSum, lse, pull, share } = sweep(task, plain, factor, mass, amplitude);
  const zLoss = table.options.zLoss * lse * lse;
  losses[row] = s * (mass * logSum + base * spread + own * distance + zLoss - entry(table.floor, label));
  nll[row] = s * (entry(hard.mass, label) * logSum + entry(hard.hit, label) * distance);
  if (gradient === null) return true;
  subtractProfile(gradient, plain, profile, share, factor * base);
  gradient[plain.offset + label * plain.stride] = pull * Math.exp(-distance) - factor * own;
  return true;
}

/** A table's column has one entry where all classes share it. */
function entry(column: Float64Array, label: number): number {
  return column[column.length === 1 ? 0 : label] as number;
}

function subtractProfile(
  gradient: LogitsArray,
  { offset, stride, classes }: PlainRow,
  profile: Profile,
  share: number,
  even: number,
): void {
  for (let k = 0, i = offset; k < classes; k++, i += stride) {
    gradient[i] = share * (gradient[i] as number) - even * profileAt(profile, k);
  }
}
