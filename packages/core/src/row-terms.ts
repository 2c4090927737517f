import { wrongValue } from './errors.js';
import type { ResolvedOptions } from './options.js';
import { at, isSpent, maskPredicate, type Presence, type RestSums, restSums, shapeOf, xLogX } from './spread.js';
import { CompensatedSum } from './sum.js';

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

/** Σ q, Σ q·weight, Σ t·weight and H(q) of a row: each a sum of terms ≥ 0. */
interface Mixture {
  readonly smoothing: number;
  readonly base: number;
  readonly total: number;
  readonly expected: number;
  readonly targetWeight: number;
  readonly entropy: number;
  readonly uniform: boolean;
}

/**
 * The terms of one row from the definition: for dense targets, for rows in which classes are missing, and for anyone
 * who wants to see what a target table holds.
 *
 * Formula: Z = Σ_present u, base = ε/(Z − o) (0 where Z = o), keep = 1 − ε − o·base, q_k = keep·t_k + base·u_k,
 * c_k = f·w_k·q_k, mass = Σ c_k; o is 1 in mode 'others'.
 *
 * @param table - a target table, or anything else with resolved options.
 * @param target - the row's label in [0, K), or a function from a class to its t (float64, ≥ 0).
 * @param present - whether class k exists in this row; a class with t > 0 must. Default: the class mask.
 * @returns keep, base, rowScale, mass, floor (nats), denominator and uniform, all for this row.
 * @throws LS_LABEL for a label outside [0, K).
 *
 * Numerical note: float64, nothing of size K is allocated. Sums are over terms ≥ 0, also where keep is negative ('others'
 * with ε above (K − 1)/K).
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
  table: { readonly options: ResolvedOptions },
  target: RowTarget,
  present: Presence = maskPredicate(table.options),
): RowTerms {
  const { options } = table;
  if (typeof target === 'number') {
    const known = Number.isInteger(target) && target >= 0 && target < options.classes;
    if (!known) wrongValue('LS_LABEL', 'target', `an integer in [0, ${options.classes})`, target);
    return labelTerms(options, target, restSums(options, target, present));
  }
  return termsOf(options, denseMixture(options, target, present));
}

/** {@link rowTerms} of a label whose sums are known: O(1). */
export function labelTerms(options: ResolvedOptions, label: number, rest: RestSums): RowTerms {
  return termsOf(options, labelMixture(options, label, rest));
}

/**
 * The coefficients c_k of one row as a function of the class, for classes that are present.
 *
 * Formula: c_k = rowScale·w_k·(keep·t_k + base·u_k), evaluated as (1 − ε)·t_k + base·(1 − t_k) in mode 'others'.
 *
 * @param table - a target table, or anything else with resolved options. @param target - what `terms` was made from.
 * @param terms - from {@link rowTerms}.
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
export function rowCoefficients(
  table: { readonly options: ResolvedOptions },
  target: RowTarget,
  { base, rowScale, uniform }: RowTerms,
): (k: number) => number {
  const { options } = table;
  const weight = options.weightMode === 'perClass' ? options.weight : null;
  const label = typeof target === 'number' ? target : 0;
  const t = typeof target === 'number' ? (k: number) => (k === target ? 1 : 0) : target;
  const smoothing = smoothingOf(options, label);
  return (k) => rowScale * at(weight, k) * mixed(options, smoothing, base, t(k), shapeOf(options, label, uniform, k));
}

/** q = (1 − ε)·t + what is received: nothing is subtracted from a sum. */
function mixed(options: ResolvedOptions, smoothing: number, base: number, t: number, u: number): number {
  return (1 - smoothing) * t + received(options, base, t, u);
}

/** A class's part of the smoothing mass: base·(1 − t) for 'others', base·u for the rest. */
function received({ smoothingMode }: ResolvedOptions, base: number, t: number, u: number): number {
  return base * (smoothingMode === 'others' ? 1 - t : u);
}

function smoothingOf({ labelSmoothing }: ResolvedOptions, label: number): number {
  return typeof labelSmoothing === 'number' ? labelSmoothing : (labelSmoothing[label] as number);
}

function labelMixture(options: ResolvedOptions, label: number, rest: RestSums): Mixture {
  const smoothing = smoothingOf(options, label);
  const u = shapeOf(options, label, rest.uniform, label);
  const base = baseOf(options, smoothing, rest.z + u);
  const own = mixed(options, smoothing, base, 1, u);
  const targetWeight = at(options.weight, label);
  // 1 − q_y, from what the other classes have: 1 − own would cancel for a small ε.
  const missing = base === 0 ? smoothing : base * rest.z;
  const spread = base > 0 ? -base * (Math.log(base) * rest.z + rest.uLogU) : 0;
  return {
    smoothing,
    base,
    total: own + base * rest.z,
    expected: own * targetWeight + base * rest.weighted,
    targetWeight,
    entropy: spread - (own > 0 ? own * Math.log1p(-missing) : 0),
    uniform: rest.uniform,
  };
}

function denseMixture(options: ResolvedOptions, t: (k: number) => number, present: Presence): Mixture {
  const { classes, weight } = options;
  // One number: resolveOptions refuses an ε per class where targets are dense.
  const smoothing = options.labelSmoothing as number;
  const uniform = isSpent(options, 0, present);
  const z = new CompensatedSum();
  for (let k = 0; k < classes; k++) if (present(k)) z.add(shapeOf(options, 0, uniform, k));
  const base = baseOf(options, smoothing, z.value);
  const [total, expected, targetWeight, entropy] = Array.from({ length: 4 }, () => new CompensatedSum()) as Four;
  for (let k = 0; k < classes; k++) {
    if (!present(k)) continue;
    const q = mixed(options, smoothing, base, t(k), shapeOf(options, 0, uniform, k));
    total.add(q);
    expected.add(q * at(weight, k));
    targetWeight.add(t(k) * at(weight, k));
    if (!options.subtractEntropy) continue;
    // q − 1 from its parts where q is near 1: of a small ε, or a class that gets all of it, q keeps too few digits.
    const gift = received(options, base, t(k), shapeOf(options, 0, uniform, k));
    const excess = (1 - smoothing) * (t(k) - 1) + (gift - smoothing);
    entropy.add(q > 0.5 ? -q * Math.log1p(excess) : -xLogX(q));
  }
  return {
    smoothing,
    base,
    total: total.value,
    expected: expected.value,
    targetWeight: targetWeight.value,
    entropy: entropy.value,
    uniform,
  };
}

type Four = [CompensatedSum, CompensatedSum, CompensatedSum, CompensatedSum];

function baseOf({ smoothingMode }: ResolvedOptions, smoothing: number, z: number): number {
  const others = smoothingMode === 'others' ? 1 : 0;
  return z > others ? smoothing / (z - others) : 0;
}

function termsOf(options: ResolvedOptions, mixture: Mixture): RowTerms {
  const { weight, weightMode, subtractEntropy, smoothingMode } = options;
  const { smoothing, base, total, expected, targetWeight, entropy, uniform } = mixture;
  const factor = weightMode === 'target' ? targetWeight : weightMode === 'expected' ? expected : 1;
  const rowScale = weight === null ? 1 : factor;
  return {
    keep: 1 - smoothing - (smoothingMode === 'others' ? base : 0),
    base,
    rowScale,
    mass: weight !== null && weightMode === 'perClass' ? expected : rowScale * total,
    floor: subtractEntropy ? entropy : 0,
    denominator: denominatorOf(options, targetWeight, expected),
    uniform,
  };
}

function denominatorOf({ weight, denominator }: ResolvedOptions, target: number, expected: number): number {
  if (weight === null) return 1;
  return denominator === 'weights' ? target : denominator === 'expected' ? expected : 1;
}
