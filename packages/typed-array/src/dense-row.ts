import { type FloatArray, type LogitsArray, rowTerms } from '@label-smoothing/core';
import type { KernelTask } from './kernel.js';
import {
  amplitudeOf,
  type PlainRow,
  type Profile,
  plainRow,
  profileAt,
  profileDistance,
  sweep,
  targetDistance,
} from './plain-row.js';

/** A row of probabilities with every class present. false, and nothing written, for any other. */
export function denseRow(task: KernelTask, row: number, s: number, factor: number): boolean {
  const { batch, table, hard, losses, nll, gradient } = task;
  const targets = batch.targets as LogitsArray;
  const plain = plainRow(task, row);
  if (plain === null) return false;
  const t = (k: number): number => targets[plain.offset + k * plain.stride] as number;
  const terms = rowTerms(table, t);
  const hardTerms = rowTerms(hard, t);
  const amplitude = amplitudeOf(task, plain, factor, terms.mass);
  // Where `keep` is negative ('others', ε near 1) its sum would cancel against that of the profile.
  if (amplitude === null || terms.keep < 0) return false;

  const { weight, weightMode, zLoss } = table.options;
  const own = weightMode === 'perClass' ? weight : null;
  const profile = { factor: table.profile, prior: null, first: 0 };
  const base = terms.rowScale * terms.base;
  const keep = terms.rowScale * terms.keep;
  const spread = base === 0 ? 0 : profileDistance(plain, profile, -1);
  const hits = targetDistance(plain, targets, own);
  const { logSum, lse, share } = sweep(task, plain, factor, terms.mass, amplitude);
  losses[row] = s * (terms.mass * logSum + base * spread + keep * hits + zLoss * lse * lse - terms.floor);
  nll[row] = s * (hardTerms.mass * logSum + hardTerms.rowScale * hits);
  if (gradient === null) return true;
  subtractTargets(gradient, plain, targets, own, profile, share, factor * base, factor * keep);
  return true;
}

function subtractTargets(
  gradient: LogitsArray,
  { offset, stride, classes }: PlainRow,
  targets: LogitsArray,
  weight: FloatArray | null,
  profile: Profile,
  share: number,
  even: number,
  keep: number,
): void {
  for (let k = 0, i = offset; k < classes; k++, i += stride) {
    const t = targets[i] as number;
    const c = even * profileAt(profile, k) + keep * (weight === null ? t : t * (weight[k] as number));
    gradient[i] = share * (gradient[i] as number) - c;
  }
}
