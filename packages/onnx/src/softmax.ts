import type { GraphBuilder } from './builder.js';
import type { LossPlan } from './options.js';
import { isMinusInfinity, plus, type Term, where } from './term.js';

/** Scores with their maximum taken off; row values have 1 along the class axis. */
export interface Shifted {
  /** The logits, −inf on classes that `classMask` takes away. */
  readonly scores: string;
  /** m: the row's maximum, 0 where every class is excluded. */
  readonly max: string;
  /** d = x − m. */
  readonly distances: string;
  /** Whether every class of the row is excluded; null where classes are not excluded. */
  readonly empty: string | null;
}

/** Subtracts each row's maximum. */
export function shift(g: GraphBuilder, logits: string, plan: LossPlan): Shifted {
  const { classMask, maskedLogits } = plan.options;
  const scores = classMask === null ? logits : where(g, maskConstant(g, plan), logits, -Infinity, 'existing_logits');
  const top = g.reduce('ReduceMax', scores, [plan.axis], 'max');
  const empty = maskedLogits === 'exclude' ? isMinusInfinity(g, top, 'is_empty') : null;
  // −inf less −inf is NaN; less 0 it stays what it is.
  const max = empty === null ? top : where(g, empty, 0, top, 'finite_max');
  return { scores, max, distances: g.op('Sub', [scores, max], 'distances'), empty };
}

/** `classMask` as booleans that broadcast along the class axis. */
export function maskConstant(g: GraphBuilder, plan: LossPlan): string {
  return g.constant(
    (plan.options.classMask as readonly boolean[]).map(Number),
    alongClasses(plan),
    'bool',
    'class_mask',
  );
}

/** Dims of a [K] constant that broadcasts over the logits. */
export function alongClasses({ classes, shape, axis }: LossPlan): readonly number[] {
  return [classes as number, ...shape.slice(axis + 1).map(() => 1)];
}

/** Σ e^d and its logarithm. */
export interface LogSum {
  /** 1 where the row is empty. */
  readonly sum: string;
  /** ℓ = log Σ e^d. */
  readonly log: string;
}

/**
 * ℓ = log(rest + own), as exact as log1p(rest) where `own` is the 1 of the row's maximum: what the addition rounds away
 * is put back to first order.
 */
export function logSum(g: GraphBuilder, rest: string, own: string, empty: string | null): LogSum {
  const raw = g.op('Add', [rest, own], 'sum_of_exponentials');
  const lost = g.op('Sub', [rest, g.op('Sub', [raw, own], 'rest_in_sum')], 'lost_in_sum');
  const sum = empty === null ? raw : where(g, empty, 1, raw, 'sum_of_exponentials');
  const log = g.op('Add', [g.op('Log', [sum], 'log_of_sum'), g.op('Div', [lost, sum], 'log_correction')], 'log_sum');
  return { sum, log };
}

/** lse = m + ℓ where z-loss needs it; 0 in rows that are not read. */
export function logSumExp(g: GraphBuilder, max: string, log: string, dead: string | null, plan: LossPlan): Term {
  if (plan.options.zLoss === 0) return 0;
  const lse = plus(g, max, log, 'log_sum_exp') as string;
  return dead === null ? lse : where(g, dead, 0, lse, 'read_log_sum_exp');
}
