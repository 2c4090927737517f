import type { Dtype } from './ulp.js';

/** 'standard': does it compute the right thing? 'precise': is it as good as the dtype allows? */
export type Level = 'standard' | 'precise';
/** 'relaxed': fast-math exp and log, subnormals may be flushed to zero. */
export type Arithmetic = 'ieee' | 'relaxed';
/** ULP at scale that a loss and a gradient may be off by: constant + perRootClass·√K. */
export interface Budget {
  readonly loss: BudgetTerm;
  readonly gradient: BudgetTerm;
}
/** See {@link Budget}. */
export interface BudgetTerm {
  readonly constant: number;
  readonly perRootClass: number;
}

const term = (constant: number, perRootClass = 0): BudgetTerm => ({ constant, perRootClass });
const standard: Budget = { loss: term(10, 6), gradient: term(10, 6) };
const relaxed: Budget = { loss: term(64, 8), gradient: term(64, 8) };
const fourEight: Budget = { loss: term(4), gradient: term(8) };
const half: Budget = { loss: term(1), gradient: term(1) };

/**
 * Every tolerance of the kit: one table, by arithmetic, level and dtype. Nothing else decides whether an answer passes.
 *
 * Formula: budget = constant + perRootClass·√K, in ULP of the dtype at scale.
 *
 * Numerical note: `docs/tolerances.md` derives 'standard' from exp and log within 2 ULP and float32 sums in any order;
 * 'precise' was set once from the measured reference and typed-array kernels.
 *
 * @example
 * ```ts
 * import { budgets } from '@label-smoothing/core/conformance';
 * console.log(budgets.ieee.precise.float32.gradient.constant); // 8
 * ```
 * Source: docs/tolerances.md.
 */
export const budgets: Readonly<Record<Arithmetic, Readonly<Record<Level, Readonly<Record<Dtype, Budget>>>>>> = {
  ieee: {
    standard: { float16: standard, float32: standard, float64: standard },
    precise: { float16: half, float32: fourEight, float64: fourEight },
  },
  relaxed: {
    standard: { float16: relaxed, float32: relaxed, float64: relaxed },
    precise: { float16: half, float32: fourEight, float64: fourEight },
  },
};

/**
 * The budget of one output for K classes.
 *
 * Formula: constant + perRootClass·√K.
 *
 * @param budget - a term of {@link budgets}. @param classes - K. @returns ULP at scale.
 *
 * Numerical note: a sum of K terms that are each rounded wanders by √K roundings, not K.
 *
 * @example
 * ```ts
 * import { budgetFor, budgets } from '@label-smoothing/core/conformance';
 * console.log(budgetFor(budgets.ieee.standard.float32.loss, 100)); // 70
 * ```
 * Source: docs/tolerances.md.
 */
export function budgetFor({ constant, perRootClass }: BudgetTerm, classes: number): number {
  return constant + perRootClass * Math.sqrt(classes);
}
