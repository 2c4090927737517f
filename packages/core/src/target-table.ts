import type { FloatArray } from './assert.js';
import type { ResolvedOptions } from './options.js';
import { labelTerms } from './row-terms.js';
import { at, maskPredicate, restSumsByLabel } from './spread.js';

/**
 * What a loss needs to know of its target, compiled from {@link ResolvedOptions} once.
 *
 * For label y and a row in which every class of `classMask` exists: c_k = base[y]·v_k + hit[y]·[k = y], with
 * v_k = (profile ? profile[k] : 1)·(conditionalPrior ? conditionalPrior[y·K + k] : 1). Arrays are float64 of length K,
 * or of length 1 where the value is the same for every class. Rows with dense targets or with classes of their own
 * masked call `rowTerms`. `hit` is negative only in mode 'others' with ε above (K − 1)/K; c_y is then a small difference
 * of two large numbers, and `rowTerms` has it exactly.
 */
export interface TargetTable {
  readonly options: ResolvedOptions;
  /** f·w_y·keep: what the label's own class has beyond the smoothing mass. */
  readonly hit: Float64Array;
  /** f·base: the smoothing mass on a class of v = 1. */
  readonly base: Float64Array;
  /** Σ c_k. */
  readonly mass: Float64Array;
  /** H(q) in nats with `subtractEntropy`, else 0. */
  readonly floor: Float64Array;
  /** What a row of this label adds to the denominator, before its sample weight. */
  readonly denominator: Float64Array;
  /** v = w·u for every class, [K]; null where it is 1 everywhere. */
  readonly profile: FloatArray | null;
  /** Row y is the prior of class y, flat [K×K]; null for any other mode. */
  readonly conditionalPrior: FloatArray | null;
}

/**
 * Compiles options into the table that every kernel and graph reads; dialects, modes, priors and weights end here.
 *
 * Formula: the closed forms of `rowTerms` for every label, with all classes of `classMask` present.
 *
 * @param options - from `resolveOptions`.
 * @returns float64 columns of length K or 1 and the profile; O(1) work where all classes are alike, else O(K), and O(K²)
 * reads for a K×K prior.
 *
 * Numerical note: a K×K prior is kept by reference; it is copied, once, only if a class mask leaves nothing of one of
 * its rows.
 *
 * @example
 * ```ts
 * import { compileTargetTable, resolveOptions } from '@label-smoothing/core';
 * const table = compileTargetTable(resolveOptions({ classes: 10, labelSmoothing: 0.1 }, 'labels'));
 * console.log(table.hit, table.base); // Float64Array(1) [ 0.9 ] Float64Array(1) [ 0.01 ]
 * ```
 * Source: docs/spec.md S1 to S4.
 */
export function compileTargetTable(options: ResolvedOptions): TargetTable {
  const { classes, prior } = options;
  const conditional = prior !== null && prior.length > classes;
  const restOf = restSumsByLabel(options);
  const length = isPerLabel(options) ? classes : 1;
  const column = (): Float64Array => new Float64Array(length);
  const [hit, base, mass, floor, denominator] = [column(), column(), column(), column(), column()];
  // A label that exists stands for all where all are alike; the row of a label that does not exist is never read.
  const first = options.classMask?.indexOf(true) ?? 0;
  const spent: number[] = [];
  for (let i = 0; i < length; i++) {
    const label = length === 1 ? first : i;
    const rest = restOf(label);
    const terms = labelTerms(options, label, rest);
    if (conditional && rest.uniform) spent.push(label);
    hit[i] = terms.rowScale * (options.weightMode === 'perClass' ? at(options.weight, label) : 1) * terms.keep;
    base[i] = terms.rowScale * terms.base;
    mass[i] = terms.mass;
    floor[i] = terms.floor;
    denominator[i] = terms.denominator;
  }
  return {
    options,
    hit,
    base,
    mass,
    floor,
    denominator,
    profile: profileOf(options, conditional || restOf(first).uniform),
    conditionalPrior: conditional ? withUniformRows(prior, classes, spent) : null,
  };
}

/** The same options for the unsmoothed loss; where only its own mean is empty, it is NaN beside a loss that is not. */
export function withoutSmoothing(options: ResolvedOptions): ResolvedOptions {
  const onEmpty = options.onEmpty === 'throw' ? 'nan' : options.onEmpty;
  const plain = { labelSmoothing: 0, smoothingMode: 'uniform', prior: null, zLoss: 0, subtractEntropy: false } as const;
  return { ...options, ...plain, onEmpty };
}

function isPerLabel({ weight, labelSmoothing, prior, classes, subtractEntropy }: ResolvedOptions): boolean {
  if (weight !== null || typeof labelSmoothing !== 'number') return true;
  return prior !== null && (prior.length > classes || subtractEntropy);
}

/** v = w·u with absent classes at 0. A K×K prior stays apart, so u counts as 1 there. */
function profileOf(options: ResolvedOptions, uniform: boolean): FloatArray | null {
  const weight = options.weightMode === 'perClass' ? options.weight : null;
  const prior = uniform ? null : options.prior;
  if (options.classMask === null) {
    if (prior === null) return weight;
    if (weight === null) return prior;
  }
  const present = maskPredicate(options);
  return Float64Array.from({ length: options.classes }, (_, k) => (present(k) ? at(weight, k) * at(prior, k) : 0));
}

function withUniformRows(prior: FloatArray, classes: number, rows: readonly number[]): FloatArray {
  if (rows.length === 0) return prior;
  const copy = Float64Array.from(prior);
  for (const row of rows) copy.fill(1, row * classes, (row + 1) * classes);
  return copy;
}
