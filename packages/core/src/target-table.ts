import type { FloatArray } from './assert.js';
import type { ResolvedOptions } from './options.js';
import { CompensatedSum } from './sum.js';

/**
 * What a loss needs to know of its target, compiled from {@link ResolvedOptions} once.
 *
 * For label y and a row in which every class of `classMask` exists: c_k = base[y]·v_k + hit[y]·[k = y], with
 * v_k = (profile ? profile[k] : 1)·(conditionalPrior ? conditionalPrior[y·K + k] : 1). Arrays are float64 of length K,
 * or of length 1 where the value is the same for every class. Rows with dense targets or with classes of their own
 * masked call {@link rowTerms}.
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

/** A row's target: its label, or t_k by class. */
export type RowTarget = number | ((k: number) => number);

/** The terms of one row: c_k = rowScale·w_k·(keep·t_k + base·u_k) on present classes, 0 elsewhere. */
export interface RowTerms {
  readonly keep: number;
  readonly base: number;
  /** f: 1, the target's weight, or the expected weight. */
  readonly rowScale: number;
  /** Σ c_k. */
  readonly mass: number;
  /** H(q) in nats with `subtractEntropy`, else 0. */
  readonly floor: number;
  /** What the row adds to the denominator, before its sample weight. */
  readonly denominator: number;
  /** true where nothing of the prior is left on the present classes: u is then 1 on each of them. */
  readonly uniform: boolean;
}

/** Σ over the present classes of u, of u·weight and of u·log u; `uniform` as in {@link RowTerms}. */
interface ProfileSums {
  readonly z: number;
  readonly weighted: number;
  readonly uLogU: number;
  readonly uniform: boolean;
}

/** Σ of t, Σ of t·weight, and the row's ε: all that the target itself contributes. */
interface TargetSums {
  readonly total: number;
  readonly weighted: number;
  readonly smoothing: number;
}

const xLogX = (x: number): number => (x > 0 ? x * Math.log(x) : 0);

/**
 * The terms of one row from the definition: for dense targets, for rows in which classes are missing, and for anyone
 * who wants to see what a {@link TargetTable} holds.
 *
 * Formula: Z = Σ_present u, base = ε/(Z − o) (0 where Z = o), keep = 1 − ε − o·base, q_k = keep·t_k + base·u_k,
 * c_k = f·w_k·q_k, mass = Σ c_k; o is 1 in mode 'others'.
 *
 * @param table - the compiled options.
 * @param target - the row's label, or a function from a class to its t (float64, ≥ 0).
 * @param present - whether class k exists in this row; a class with t > 0 must. Default: the class mask.
 * @returns keep, base, rowScale, mass, floor (nats), denominator and uniform, all for this row.
 *
 * Numerical note: float64, no array is allocated; 'others' with one present class has base 0.
 *
 * @example
 * ```ts
 * import { compileTargetTable, resolveOptions, rowTerms } from '@label-smoothing/core';
 * const table = compileTargetTable(resolveOptions({ classes: 4, labelSmoothing: 0.3 }, 'labels'));
 * const threePresent = rowTerms(table, 0, (k) => k !== 3);
 * console.log(threePresent.base.toFixed(3)); // 0.100
 * ```
 * Source: docs/spec.md S1.
 */
export function rowTerms(
  table: TargetTable,
  target: RowTarget,
  present: (k: number) => boolean = maskPredicate(table.options),
): RowTerms {
  const { options } = table;
  if (typeof target === 'number') {
    const profile = profileSums(options, target, present);
    return termsOf(options, profile, labelSums(options, target), () => labelEntropy(options, profile, target));
  }
  const profile = profileSums(options, 0, present);
  return termsOf(options, profile, denseSums(options, target), ({ keep, base }) => {
    const entropy = new CompensatedSum();
    for (let k = 0; k < options.classes; k++) {
      if (present(k)) entropy.add(-xLogX(keep * target(k) + base * shapeOf(options, 0, profile.uniform, k)));
    }
    return entropy.value;
  });
}

/**
 * The coefficients c_k of one row as a function of the class, for classes that are present.
 *
 * Formula: c_k = rowScale·w_k·(keep·t_k + base·u_k).
 *
 * @param table - the compiled options; @param target - what `terms` was made from; @param terms - from {@link rowTerms}.
 * @returns class → c_k (float64, ≥ 0).
 *
 * Numerical note: exactly 0 where nothing is on the class, so that 0·∞ can be skipped.
 *
 * @example
 * ```ts
 * import { compileTargetTable, resolveOptions, rowCoefficients, rowTerms } from '@label-smoothing/core';
 * const table = compileTargetTable(resolveOptions({ classes: 4, labelSmoothing: 0.4 }, 'labels'));
 * const c = rowCoefficients(table, 2, rowTerms(table, 2));
 * console.log([0, 1, 2, 3].map((k) => c(k).toFixed(1)).join(' ')); // 0.1 0.1 0.7 0.1
 * ```
 * Source: docs/spec.md S1.
 */
export function rowCoefficients(table: TargetTable, target: RowTarget, terms: RowTerms): (k: number) => number {
  const { options } = table;
  const { keep, base, rowScale, uniform } = terms;
  const weight = options.weightMode === 'perClass' ? options.weight : null;
  const label = typeof target === 'number' ? target : 0;
  const t = typeof target === 'number' ? (k: number) => (k === target ? 1 : 0) : target;
  return (k) => rowScale * at(weight, k) * (keep * t(k) + base * shapeOf(options, label, uniform, k));
}

/**
 * Compiles options into the table that every kernel and graph reads; dialects, modes, priors and weights end here.
 *
 * Formula: the closed forms of {@link rowTerms} for every label, with all classes of `classMask` present.
 *
 * @param options - from {@link resolveOptions}.
 * @returns float64 columns of length K or 1 and the profile; O(K) work, O(K²) reads for a K×K prior.
 *
 * Numerical note: a K×K prior is kept by reference; it is copied only if a class mask leaves nothing of one of its rows.
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
  const present = maskPredicate(options);
  const conditional = prior !== null && prior.length > classes;
  const shared = conditional ? null : profileSums(options, 0, present);
  const perClass = conditional || options.weight !== null || typeof options.labelSmoothing !== 'number';
  // Even one prior for all labels leaves a different entropy for each.
  const length = perClass || (prior !== null && options.subtractEntropy) ? classes : 1;
  const column = (): Float64Array => new Float64Array(length);
  const table = { hit: column(), base: column(), mass: column(), floor: column(), denominator: column() };
  let conditionalPrior = conditional ? prior : null;
  for (let y = 0; y < length; y++) {
    const profile = shared ?? profileSums(options, y, present);
    const terms = termsOf(options, profile, labelSums(options, y), () => labelEntropy(options, profile, y));
    const own = options.weightMode === 'perClass' ? at(options.weight, y) : 1;
    table.hit[y] = terms.rowScale * own * terms.keep;
    table.base[y] = terms.rowScale * terms.base;
    table.mass[y] = terms.mass;
    table.floor[y] = terms.floor;
    table.denominator[y] = terms.denominator;
    if (conditionalPrior !== null && profile.uniform) conditionalPrior = withUniformRow(conditionalPrior, classes, y);
  }
  return { options, ...table, profile: profileOf(options, shared?.uniform ?? true, present), conditionalPrior };
}

/** The same options for the unsmoothed loss; where only its own mean is empty, it is NaN beside a loss that is not. */
export function withoutSmoothing(options: ResolvedOptions): ResolvedOptions {
  const onEmpty = options.onEmpty === 'throw' ? 'nan' : options.onEmpty;
  const plain = { labelSmoothing: 0, smoothingMode: 'uniform', prior: null, zLoss: 0, subtractEntropy: false } as const;
  return { ...options, ...plain, onEmpty };
}

/** Whether a class exists by `classMask` alone. */
export function maskPredicate({ classMask }: ResolvedOptions): (k: number) => boolean {
  return classMask === null ? () => true : (k) => classMask[k] as boolean;
}

function profileSums(options: ResolvedOptions, label: number, present: (k: number) => boolean): ProfileSums {
  const fromPrior = sumProfile(options, label, present, false);
  return fromPrior.z > 0 || options.prior === null ? fromPrior : sumProfile(options, label, present, true);
}

function sumProfile(
  options: ResolvedOptions,
  label: number,
  present: (k: number) => boolean,
  uniform: boolean,
): ProfileSums {
  const z = new CompensatedSum();
  const weighted = new CompensatedSum();
  const uLogU = new CompensatedSum();
  for (let k = 0; k < options.classes; k++) {
    if (!present(k)) continue;
    const u = shapeOf(options, label, uniform, k);
    z.add(u);
    if (options.weight !== null) weighted.add(u * at(options.weight, k));
    if (options.subtractEntropy) uLogU.add(xLogX(u));
  }
  return { z: z.value, weighted: options.weight === null ? z.value : weighted.value, uLogU: uLogU.value, uniform };
}

/** u_k: the shape of the smoothing mass for this label. */
function shapeOf({ prior, classes }: ResolvedOptions, label: number, uniform: boolean, k: number): number {
  if (prior === null || uniform) return 1;
  return prior[prior.length > classes ? label * classes + k : k] as number;
}

function labelSums({ weight, labelSmoothing }: ResolvedOptions, label: number): TargetSums {
  const smoothing = typeof labelSmoothing === 'number' ? labelSmoothing : (labelSmoothing[label] as number);
  return { total: 1, weighted: at(weight, label), smoothing };
}

function denseSums({ classes, weight, labelSmoothing }: ResolvedOptions, t: (k: number) => number): TargetSums {
  const total = new CompensatedSum();
  const weighted = new CompensatedSum();
  for (let k = 0; k < classes; k++) {
    total.add(t(k));
    weighted.add(t(k) * at(weight, k));
  }
  // One number: resolveOptions refuses an ε per class where targets are dense.
  return { total: total.value, weighted: weighted.value, smoothing: labelSmoothing as number };
}

function termsOf(
  options: ResolvedOptions,
  profile: ProfileSums,
  target: TargetSums,
  entropy: (mixture: { keep: number; base: number }) => number,
): RowTerms {
  const { weight, weightMode } = options;
  const { keep, base } = mixtureOf(options, profile, target.smoothing);
  const expected = keep * target.weighted + base * profile.weighted;
  const total = keep * target.total + base * profile.z;
  const rowScale = weightMode === 'target' ? target.weighted : weightMode === 'expected' ? expected : 1;
  const scale = weight === null ? 1 : rowScale;
  return {
    keep,
    base,
    rowScale: scale,
    mass: weight !== null && weightMode === 'perClass' ? expected : scale * total,
    floor: options.subtractEntropy ? entropy({ keep, base }) : 0,
    denominator: denominatorOf(options, target.weighted, expected),
    uniform: profile.uniform,
  };
}

function mixtureOf(options: ResolvedOptions, { z }: ProfileSums, smoothing: number): { keep: number; base: number } {
  const others = options.smoothingMode === 'others' ? 1 : 0;
  const base = z > others ? smoothing / (z - others) : 0;
  return { keep: 1 - smoothing - others * base, base };
}

function denominatorOf({ weight, denominator }: ResolvedOptions, target: number, expected: number): number {
  if (weight === null) return 1;
  return denominator === 'weights' ? target : denominator === 'expected' ? expected : 1;
}

/** H(q) of a label's row in O(1): the entropy of the smoothing mass, with the label's own class put right. */
function labelEntropy(options: ResolvedOptions, profile: ProfileSums, label: number): number {
  const { keep, base } = mixtureOf(options, profile, labelSums(options, label).smoothing);
  const own = base * shapeOf(options, label, profile.uniform, label);
  const spread = base > 0 ? -base * (Math.log(base) * profile.z + profile.uLogU) : 0;
  return spread + xLogX(own) - xLogX(keep + own);
}

/** v = w·u with absent classes at 0. A K×K prior stays apart, so u counts as 1 there. */
function profileOf(options: ResolvedOptions, uniform: boolean, present: (k: number) => boolean): FloatArray | null {
  const weight = options.weightMode === 'perClass' ? options.weight : null;
  const prior = uniform ? null : options.prior;
  if (options.classMask === null) {
    if (prior === null) return weight;
    if (weight === null) return prior;
  }
  return Float64Array.from({ length: options.classes }, (_, k) => (present(k) ? at(weight, k) * at(prior, k) : 0));
}

function withUniformRow(prior: FloatArray, classes: number, row: number): Float64Array {
  return Float64Array.from(prior).fill(1, row * classes, (row + 1) * classes);
}

/** An entry of an optional factor. */
function at(factor: FloatArray | null, k: number): number {
  return factor === null ? 1 : (factor[k] as number);
}
