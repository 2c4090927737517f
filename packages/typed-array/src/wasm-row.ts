import { type RowTerms, rowCoefficients, rowTerms, type TargetTable } from '@label-smoothing/core';
import type { FloatArray } from '@label-smoothing/core/adapter';
import { labelTerms } from '@label-smoothing/core/adapter';
import type { KernelMemory } from './kernel-memory.js';

// Rows that the WebAssembly kernel only sums up: some class is missing, a logit is far from 0 or not a number, or the
// targets are dense. Their losses and the factors of their gradient are formed here, in float64, from the kernel's sums.

/** What rows are computed by: two tables, and what follows from them alone. */
export interface RowRules {
  /** What the loss and the gradient follow. */
  readonly table: TargetTable;
  /** What the nll follows. */
  readonly hard: TargetTable;
  readonly terms: PresentTerms;
  /** Whether what is far below a row's maximum still has digits in its gradient. */
  readonly exact: boolean;
}

/** Rows in a kernel's memory, with a label, a weight and a factor each in its lists. Pointers are byte offsets. */
export interface Block {
  readonly memory: KernelMemory;
  readonly rules: RowRules;
  readonly x: number;
  /** Where the gradient goes; 0: forward only. It may be `x`. */
  readonly out: number;
  /** Dense targets; 0 where the rows have labels. */
  readonly targets: number;
  /** Bytes from one row's weight, and from its factor, to the next: 0 where all rows have the first. */
  readonly step: number;
}

/** In the list of labels: a row that is not to be read, and one that was left as it is for the JavaScript kernel. */
export const ignored = -1;
export const untouched = -2;

/** Below this no coefficient of a class is small enough for a probability near the end of float32 to show beside it. */
const visible = 2 ** -60;

export function rulesOf({ table, hard }: Pick<RowRules, 'table' | 'hard'>): RowRules {
  const { base, mass, profile, conditionalPrior } = table;
  const least = profile === null ? 1 : (profile as Float64Array).reduce((a, b) => Math.min(a, b), Infinity);
  const smallest = base.reduce((a, b) => Math.min(a, b)) * least;
  const largest = mass.reduce((a, b) => Math.max(a, b));
  const exact = conditionalPrior !== null || !(smallest >= visible * largest);
  return { table, hard, terms: new PresentTerms(table), exact };
}

/** Where one row lies in the kernel's memory, and what multiplies its losses and its gradient. */
export interface RowPlace {
  readonly x: number;
  /** 0: forward only. It may be `x`, which is then overwritten. */
  readonly out: number;
  readonly s: number;
  readonly factor: number;
}

export function placeOf({ memory, x, out, step }: Block, row: number): RowPlace {
  const { f64, i32, classes } = memory;
  const { labels, weights, factors } = memory.layout;
  const offset = 4 * classes * row;
  const isRead = (i32[labels / 4 + row] as number) !== ignored;
  return {
    x: x + offset,
    out: out === 0 ? 0 : out + offset,
    s: isRead ? (f64[(weights + step * row) / 8] as number) : 0,
    factor: f64[(factors + step * row) / 8] as number,
  };
}

/** A row's coefficients: c_k = even·v_k beside what belongs to its target. */
export interface RowTarget {
  readonly even: number;
  readonly mass: number;
  readonly floor: number;
  readonly hardMass: number;
  /** Σ of c_k·x_k over what is in no even·v_k, and Σ h_k·x_k; −Infinity where such a class is. */
  readonly dot: number;
  readonly hardDot: number;
  /** Σ v_k·x_k over what `dot` has of it already. */
  readonly counted: number;
  /** A logit that may be the row's largest: kept, since the kernel overwrites it. */
  readonly candidate: number;
}

/** What a gradient is made of. */
export interface Slope {
  /** Relative to the row's reference: times e^{x − reference}, what pulls a class down. */
  readonly share: number;
  readonly reference: number;
}

/** Whether a class that is −inf counts, and has some of the smoothing mass. */
export type AnyMissingMass = () => boolean;

/** Writes the row's losses and returns what its gradient is made of. */
export function writeLosses(
  { table }: RowRules,
  memory: KernelMemory,
  row: number,
  { x, out, s, factor }: RowPlace,
  target: RowTarget,
  missingMass: AnyMissingMass,
): Slope {
  const { exports, f64, layout } = memory;
  const { zLoss, maskedLogits } = table.options;
  const nothing = exports.rowPresent() === 0;
  const broken = (exports.rowState() & 2) !== 0 || (nothing && maskedLogits === 'propagate');
  const sum = nothing ? 1 : exports.rowSum();
  const reference = nothing ? 0 : exports.rowReference();
  const even = target.even === 0 ? 0 : target.even * (exports.rowDot() - target.counted);
  let lse = reference + Math.log(sum);
  const small = Math.abs(even + target.dot) < 0.5 * target.mass || Math.abs(target.hardDot) < 0.5 * target.hardMass;
  // All terms of the loss may be small: then the largest exponential must not drown the others.
  if (Math.abs(lse) < 0.5 && small && !nothing && !broken)
    lse = preciseLse(memory, x, out, reference, target.candidate);
  const infinite = !broken && missingMass();
  const value = target.mass * lse - even - target.dot + zLoss * lse * lse - target.floor;
  f64[layout.losses / 8 + row] = broken ? Number.NaN : s * (infinite ? Infinity : value);
  f64[layout.nll / 8 + row] = broken ? Number.NaN : s * (target.hardMass * lse - target.hardDot);
  const pull = factor * (target.mass + (nothing ? 0 : 2 * zLoss * lse));
  return { share: broken ? Number.NaN : nothing ? 0 : pull / sum, reference };
}

/** log Σ e^x with the largest term apart from the sum of all others. */
function preciseLse(memory: KernelMemory, x: number, out: number, reference: number, candidate: number): number {
  let peak = -1;
  let at = -1;
  const exponential = (stored: number, own: number): number =>
    (stored < 0 ? Math.exp(stored) : stored) * (own === reference ? 1 : Math.exp(own - reference));
  memory.forEachStored(x, out, (k, stored, own) => {
    const e = exponential(stored, own);
    if (e > peak) {
      peak = e;
      at = k;
    }
  });
  let rest = 0;
  memory.forEachStored(x, out, (k, stored, own) => {
    if (k !== at) rest += exponential(stored, own);
  });
  const top = reference + Math.log(peak);
  return (Math.abs(top - candidate) < 1e-6 ? candidate : top) + Math.log1p(rest / peak);
}

/** The terms of rows in which classes are missing. */
export class PresentTerms {
  private readonly table: TargetTable;
  private readonly alike: boolean;

  constructor(table: TargetTable) {
    const { weight, prior, labelSmoothing } = table.options;
    this.table = table;
    this.alike = weight === null && prior === null && typeof labelSmoothing === 'number';
  }

  /** Terms of a label, or of a dense row's smoothing mass alone, where `count` classes are there. */
  of(label: number | null, count: number, present: (k: number) => boolean): RowTerms {
    if (!this.alike) return rowTerms(this.table, label ?? noTarget, present);
    // All classes are alike: their number says it all.
    const rest = count - 1;
    const terms = labelTerms(this.table.options, 0, { z: rest, weighted: rest, uLogU: 0, uniform: false });
    return label === null ? { ...terms, mass: terms.base * count } : terms;
  }
}

const noTarget = (): number => 0;

/** c of the label's own class. */
export function ownCoefficient(table: TargetTable, label: number, terms: RowTerms): number {
  return rowCoefficients(table, label, terms)(label);
}

/** An entry of a factor that is 1 where it is absent. */
export function entryOf(factor: FloatArray | null, k: number): number {
  return factor === null ? 1 : (factor[k] as number);
}

/** A table's column has one entry where all classes share it. */
export function columnEntry(column: Float64Array, label: number): number {
  return column[column.length === 1 ? 0 : label] as number;
}
