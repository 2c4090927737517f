import type { FloatArray } from './assert.js';
import type { ResolvedOptions } from './options.js';
import { CompensatedSum } from './sum.js';

/** Whether class k exists in a row. */
export type Presence = (k: number) => boolean;

/**
 * Sums over the present classes but the label's own. The own class stays apart because what is left of the target there
 * may be far smaller than its share of the smoothing mass: adding and subtracting that share would lose it.
 */
export interface RestSums {
  /** Σ_{k ≠ y} u. */
  readonly z: number;
  /** Σ_{k ≠ y} u·weight. */
  readonly weighted: number;
  /** Σ_{k ≠ y} u·log u; 0 unless the entropy is subtracted. */
  readonly uLogU: number;
  /** Nothing of the prior is left on the present classes, so u is 1 on each of them. */
  readonly uniform: boolean;
}

/** Below this a prior's remainder counts as nothing: ε divided by it could overflow. */
const leastRemainder = 2 ** -1022;

export const xLogX = (x: number): number => (x > 0 ? x * Math.log(x) : 0);

/** An entry of an optional factor. */
export function at(factor: FloatArray | null, k: number): number {
  return factor === null ? 1 : (factor[k] as number);
}

/** u_k: the shape of the smoothing mass for this label. */
export function shapeOf({ prior, classes }: ResolvedOptions, label: number, uniform: boolean, k: number): number {
  if (prior === null || uniform) return 1;
  return prior[prior.length > classes ? label * classes + k : k] as number;
}

/** Whether a class exists by `classMask` alone. */
export function maskPredicate({ classMask }: ResolvedOptions): Presence {
  return classMask === null ? () => true : (k) => classMask[k] as boolean;
}

/** Whether nothing is left of the label's prior on the present classes. */
export function isSpent(options: ResolvedOptions, label: number, present: Presence): boolean {
  if (options.prior === null) return false;
  const z = new CompensatedSum();
  for (let k = 0; k < options.classes; k++) if (present(k)) z.add(shapeOf(options, label, false, k));
  return z.value < leastRemainder;
}

/** The sums of one label over the present classes: O(K). */
export function restSums(options: ResolvedOptions, label: number, present: Presence): RestSums {
  const uniform = isSpent(options, label, present);
  const sums = new RunningSums(options);
  for (let k = 0; k < options.classes; k++) {
    if (k !== label && present(k)) sums.add(shapeOf(options, label, uniform, k), k);
  }
  return { ...sums.values, uniform };
}

/** The sums of every label over the classes of the mask: O(K) for all of them where they share a profile. */
export function restSumsByLabel(options: ResolvedOptions): (label: number) => RestSums {
  const { classes, prior, weight, classMask } = options;
  const present = maskPredicate(options);
  if (prior !== null && prior.length > classes) return (label) => restSums(options, label, present);
  const rest = classes - 1;
  if (prior === null && weight === null && classMask === null) {
    return () => ({ z: rest, weighted: rest, uLogU: 0, uniform: false });
  }
  return sharedRestSums(options, isSpent(options, 0, present));
}

/** The sums of every label where all labels have one profile: what is before the class, and what is behind. */
function sharedRestSums(options: ResolvedOptions, uniform: boolean): (label: number) => RestSums {
  const rest = options.classes - 1;
  const before = runningSums(options, uniform, (i) => i);
  const behind = runningSums(options, uniform, (i) => rest - i);
  const add = (name: 'z' | 'weighted' | 'uLogU', label: number): number =>
    (before[name][label] as number) + (behind[name][rest - label] as number);
  return (label) => ({ z: add('z', label), weighted: add('weighted', label), uLogU: add('uLogU', label), uniform });
}

/** Entry i: the sums over the classes order(0) to order(i − 1). */
function runningSums(options: ResolvedOptions, uniform: boolean, order: (i: number) => number): Columns {
  const { classes } = options;
  const columns = {
    z: new Float64Array(classes),
    weighted: new Float64Array(classes),
    uLogU: new Float64Array(classes),
  };
  const present = maskPredicate(options);
  const sums = new RunningSums(options);
  for (let i = 0; i < classes; i++) {
    const { z, weighted, uLogU } = sums.values;
    columns.z[i] = z;
    columns.weighted[i] = weighted;
    columns.uLogU[i] = uLogU;
    const k = order(i);
    if (present(k)) sums.add(shapeOf(options, 0, uniform, k), k);
  }
  return columns;
}

interface Columns {
  readonly z: Float64Array;
  readonly weighted: Float64Array;
  readonly uLogU: Float64Array;
}

class RunningSums {
  private readonly options: ResolvedOptions;
  private readonly z: CompensatedSum = new CompensatedSum();
  private readonly weighted: CompensatedSum = new CompensatedSum();
  private readonly uLogU: CompensatedSum = new CompensatedSum();

  constructor(options: ResolvedOptions) {
    this.options = options;
  }

  add(u: number, k: number): void {
    this.z.add(u);
    if (this.options.weight !== null) this.weighted.add(u * at(this.options.weight, k));
    if (this.options.subtractEntropy) this.uLogU.add(xLogX(u));
  }

  get values(): { z: number; weighted: number; uLogU: number } {
    const z = this.z.value;
    return { z, weighted: this.options.weight === null ? z : this.weighted.value, uLogU: this.uLogU.value };
  }
}
