import { rowCoefficients } from '@label-smoothing/core';
import type { FloatArray } from '@label-smoothing/core/adapter';
import type { KernelMemory } from './kernel-memory.js';
import type { RowRules } from './rules.js';

// Rows that the WebAssembly kernel only sums up: the label, or a class with a target, is missing; a missing class counts
// and has some of the smoothing mass; or the terms take a look at which classes are missing. Their losses and the
// factors of their gradient are formed here, in float64, from the kernel's sums.

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

/** In the list of labels: a row that was left as it is for the JavaScript kernel. */
export const untouched = -2;

/** Leaves a row as it is, with no loss yet. */
export function leaveRow({ memory }: Block, row: number): void {
  const { i32, f64, layout } = memory;
  i32[layout.labels / 4 + row] = untouched;
  i32[layout.left / 4] = 1;
  f64[layout.losses / 8 + row] = 0;
  f64[layout.nll / 8 + row] = 0;
}

/** One row of a block. */
interface RowPlace extends Block {
  readonly row: number;
  readonly s: number;
  readonly factor: number;
}

function placeOf(block: Block, row: number): RowPlace {
  const { memory, x, out, targets, step } = block;
  const { weights, factors } = memory.layout;
  const offset = 4 * memory.classes * row;
  return {
    ...block,
    row,
    x: x + offset,
    out: out === 0 ? 0 : out + offset,
    targets: targets === 0 ? 0 : targets + offset,
    s: memory.f64[(weights + step * row) / 8] as number,
    factor: memory.f64[(factors + step * row) / 8] as number,
  };
}

/** A row's coefficients: c_k = even·v_k + keep·w_k·t_k, or, of a label, own at its class and even·v_k elsewhere. */
interface RowTarget {
  readonly even: number;
  readonly keep: number;
  readonly mass: number;
  readonly floor: number;
  readonly hardMass: number;
  /** Σ of c_k·x_k over what is in no even·v_k, and Σ h_k·x_k; −Infinity where such a class is. */
  readonly dot: number;
  readonly hardDot: number;
  /** Σ v_k·x_k over what `dot` has of it already. */
  readonly counted: number;
  /** Whether a class that is missing, and counts, has some of the smoothing mass. */
  readonly infinite: boolean;
}

/** Finishes a row that the kernel summed up and left. */
export function finishRow(block: Block, row: number): void {
  const place = placeOf(block, row);
  if (block.targets !== 0) finish(place, denseTarget(place), null);
  else finishLabel(place, block.memory.i32[block.memory.layout.labels / 4 + row] as number);
}

function finishLabel(place: RowPlace, label: number): void {
  const { memory, rules } = place;
  const { table, hard } = rules;
  const { exports, classes } = memory;
  const logit = exports.rowTargetDot();
  const absent = logit === -Infinity;
  const others = classes - exports.rowPresent() - (absent ? 1 : 0);
  const propagate = table.options.maskedLogits === 'propagate';
  let even = columnEntry(table.base, label);
  let mass = columnEntry(table.mass, label);
  let floor = columnEntry(table.floor, label);
  const v = massOf(place, label, label);
  let own = even * v + columnEntry(table.hit, label);
  if (!propagate) {
    const terms = rules.terms.of(label, classes - others, (k) => k === label || !isMissing(place, k));
    even = terms.rowScale * terms.base;
    ({ mass, floor } = terms);
    own = rowCoefficients(table, label, terms)(label);
  }
  const infinite = propagate && even !== 0 && someMissing(place, (k) => k !== label && massOf(place, label, k) > 0);
  const dot = (c: number): number => (c === 0 ? 0 : c * logit);
  const target = {
    even,
    keep: 0,
    mass,
    floor,
    hardMass: columnEntry(hard.mass, label),
    dot: dot(own),
    hardDot: dot(columnEntry(hard.hit, label)),
    counted: absent ? 0 : Math.fround(v) * logit,
    infinite,
  };
  const { share, reference } = finish(place, target, label);
  if (place.out === 0) return;
  const exponential = absent ? 0 : Math.exp(logit - reference);
  memory.f32[place.out / 4 + label] = share * exponential - place.factor * own;
}

function denseTarget(place: RowPlace): RowTarget {
  const { memory, rules, targets } = place;
  const { exports, f32, classes } = memory;
  const { table } = rules;
  const propagate = table.options.maskedLogits === 'propagate';
  const present = (k: number): boolean => !isMissing(place, k) || (f32[targets / 4 + k] as number) > 0;
  let count = classes;
  if (!propagate) for (let k = 0; k < classes; k++) if (!present(k)) count--;
  const { keep, base, mass } = rules.terms.of(null, count, propagate ? () => true : present);
  const dot = exports.rowTargetDot();
  return {
    even: base,
    keep,
    mass: mass + keep * exports.rowTargetMass(),
    floor: 0,
    hardMass: exports.rowTargetMass(),
    dot: keep === 0 ? 0 : keep * dot,
    hardDot: dot,
    counted: 0,
    infinite: base !== 0 && someMissing(place, (k) => (propagate || present(k)) && entryOf(table.profile, k) > 0),
  };
}

/** What a gradient is made of: `share` pulls a class down, times e^{x − reference}. */
interface Slope {
  readonly share: number;
  readonly reference: number;
}

/** Writes the losses, and the gradient but for that of a label. */
function finish(place: RowPlace, target: RowTarget, label: number | null): Slope {
  const { memory, rules, row, x, out, targets, s, factor } = place;
  const { exports, f64, layout, classes } = memory;
  const { table } = rules;
  const { zLoss, maskedLogits } = table.options;
  const propagate = maskedLogits === 'propagate';
  const nothing = exports.rowPresent() === 0;
  const sum = nothing ? 1 : exports.rowSum();
  const reference = nothing ? 0 : exports.rowReference();
  const broken = nothing && propagate ? Number.NaN : 1;
  let lse = reference + Math.log(sum);
  const even = target.even === 0 ? 0 : target.even * (exports.rowDot() - target.counted);
  const small = Math.abs(even + target.dot) < 0.5 * target.mass || Math.abs(target.hardDot) < 0.5 * target.hardMass;
  // All terms of the loss may be small.
  if (Math.abs(lse) < 0.5 && small && !nothing) {
    lse = exports.preciseLse(x, out, classes, label ?? -1, label === null ? exports.rowPeak() : exports.rowTargetDot());
  }
  const value = target.mass * lse - even - target.dot + zLoss * lse * lse - target.floor;
  f64[layout.losses / 8 + row] = broken * s * (target.infinite ? Infinity : value);
  f64[layout.nll / 8 + row] = broken * s * (target.hardMass * lse - target.hardDot);
  const share = nothing ? broken * 0 : (factor * (target.mass + 2 * zLoss * lse)) / sum;
  if (out !== 0) {
    const w = targets === 0 ? 0 : memory.weightAt(table);
    const push = broken * factor * target.even;
    exports.sweepAny(out, classes, share, push, factor * target.keep, targets, w, +propagate, 1);
  }
  return { share, reference };
}

/** v of class k for this label. */
function massOf({ memory, rules }: RowPlace, label: number, k: number): number {
  const { profile, conditionalPrior } = rules.table;
  const prior = conditionalPrior === null ? 1 : (conditionalPrior[label * memory.classes + k] as number);
  return entryOf(profile, k) * prior;
}

/** Whether class k is −inf: by what the kernel stored, where the logits may be gone. */
function isMissing({ memory, x, out }: RowPlace, k: number): boolean {
  const { f32 } = memory;
  return f32[(out === 0 ? x : out) / 4 + k] === -Infinity;
}

function someMissing(place: RowPlace, holds: (k: number) => boolean): boolean {
  for (let k = 0; k < place.memory.classes; k++) if (isMissing(place, k) && holds(k)) return true;
  return false;
}

/** An entry of a factor that is 1 where it is absent. */
function entryOf(factor: FloatArray | null, k: number): number {
  return factor === null ? 1 : (factor[k] as number);
}

/** A table's column has one entry where all classes share it. */
function columnEntry(column: Float64Array, label: number): number {
  return column[column.length === 1 ? 0 : label] as number;
}
