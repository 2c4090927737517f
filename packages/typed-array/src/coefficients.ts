import {
  CompensatedSum,
  type FloatArray,
  type LogitsArray,
  type RowTerms,
  readRow,
  rowCoefficients,
  rowOffset,
  rowTerms,
} from '@label-smoothing/core';
import type { KernelTask } from './kernel.js';
import { roomFor, type Scores } from './scores.js';

/** What the loss needs of the coefficients c_k of one row, and of the h_k of its unsmoothed loss: one row at a time. */
export class Coefficients {
  /** c_k of every class but the label, which has `hit` more; where `list` is not null, what of c_k is in no `distance`. */
  even = 0;
  hit = 0;
  /** −1 where `list` has it all. */
  label = -1;
  /** c_k by class, 0 for a class that does not exist. */
  list: Float64Array | null = null;
  /** Σ c_k. */
  mass = 0;
  floor = 0;
  /** Σ (c_k − even)·(max − x_k). */
  distance = 0;
  /** Σ h_k. */
  hardMass = 0;
  /** Σ h_k·(max − x_k). */
  hardDistance = 0;

  private readonly task: KernelTask;
  private readonly scores: Scores;
  /** Terms by the number of classes that are there, where that is all they depend on. */
  private readonly known: Map<number, RowTerms> = new Map();
  private readonly alike: boolean;

  constructor(task: KernelTask, scores: Scores) {
    this.task = task;
    this.scores = scores;
    const { weight, prior, labelSmoothing } = task.table.options;
    this.alike = weight === null && prior === null && typeof labelSmoothing === 'number';
  }

  /** Reads a row of ordinary numbers and −inf. false, and everything as before, for a row that needs its definition. */
  read(row: number): boolean {
    const { labels } = this.task.batch;
    return labels === null ? this.readDense(row) : this.readLabel(labels[row] as number);
  }

  private readLabel(label: number): boolean {
    const { table, hard } = this.task;
    const { x, max, missing } = this.scores;
    const { options } = table;
    const away = max - (x[label] as number);
    let even = entry(table.base, label);
    this.hit = entry(table.hit, label);
    this.mass = entry(table.mass, label);
    this.floor = entry(table.floor, label);
    let uniform = false;
    if (missing > 0 && options.maskedLogits === 'exclude') {
      const terms = this.termsOfPresent(label);
      const weight = options.weightMode === 'perClass' ? options.weight : null;
      ({ mass: this.mass, floor: this.floor, uniform } = terms);
      even = terms.rowScale * terms.base;
      this.hit = terms.rowScale * terms.keep * (weight === null ? 1 : (weight[label] as number));
    } else if (this.missingCounts(even)) return false;
    // A negative hit is what is left of larger numbers; an infinite distance is a label that is masked.
    if (this.hit < 0 || away === Infinity) return false;
    this.hardMass = entry(hard.mass, label);
    this.hardDistance = entry(hard.hit, label) * away;
    this.distance = this.hit * away;
    this.setEven(even, label, uniform);
    this.label = label;
    return true;
  }

  private readDense(row: number): boolean {
    const { table, hard, batch } = this.task;
    const { subtractEntropy, weight, weightMode } = table.options;
    const targets = batch.targets as LogitsArray;
    const offset = rowOffset(batch, row);
    const own = weightMode === 'perClass' ? weight : null;
    // What the target does not change; with an entropy, or one weight for the row, there is nothing of that kind.
    const quick = !subtractEntropy && own === weight;
    const t = (k: number): number => targets[offset + k * batch.stride] as number;
    const terms = quick ? this.termsOfPresent(noTarget) : rowTerms(table, t, this.present());
    const even = terms.rowScale * terms.base;
    const keep = terms.rowScale * terms.keep;
    if (keep < 0 || this.missingCounts(even)) return false;
    this.distance = 0;
    this.setEven(even, -1, terms.uniform);
    if (!this.addTargets(targets, offset, own, keep)) return false;
    this.mass = quick ? terms.mass + keep * this.hardMass : terms.mass;
    this.floor = terms.floor;
    if (own === weight) return true;
    const { rowScale } = rowTerms(hard, t);
    this.hardMass *= rowScale;
    this.hardDistance *= rowScale;
    return true;
  }

  /** Adds keep·w·t to the list and to the sums. false where a class with a target is masked. */
  private addTargets(targets: LogitsArray, offset: number, weight: FloatArray | null, keep: number): boolean {
    const { classes, stride } = this.task.batch;
    const { x, max } = this.scores;
    const given = this.list;
    const list = roomFor(classes, 1);
    const mass = new CompensatedSum();
    const distance = new CompensatedSum();
    for (let k = 0, i = offset; k < classes; k++, i += stride) {
      let t = targets[i] as number;
      const away = max - (x[k] as number);
      if (away === Infinity) {
        if (t > 0) return false;
        list[k] = 0;
        continue;
      }
      if (weight !== null) t *= weight[k] as number;
      list[k] = (given === null ? this.even : (given[k] as number)) + keep * t;
      mass.add(t);
      distance.add(t * away);
    }
    this.list = list;
    this.hardMass = mass.value;
    this.hardDistance = distance.value;
    this.distance += keep * distance.value;
    return true;
  }

  /** Any row at all, by the definition. */
  readDefinition(row: number): void {
    const { batch, table, hard } = this.task;
    const view = readRow(batch, row, table.options);
    const terms = rowTerms(table, view.target, view.present);
    const hardTerms = rowTerms(hard, view.target, view.present);
    const coefficient = rowCoefficients(table, view.target, terms);
    const hardCoefficient = rowCoefficients(hard, view.target, hardTerms);
    const { x, max } = this.scores;
    const list = roomFor(batch.classes, 1);
    const distance = new CompensatedSum();
    const hardDistance = new CompensatedSum();
    for (let k = 0; k < batch.classes; k++) {
      list[k] = view.present(k) ? coefficient(k) : 0;
      if (!view.present(k)) continue;
      const away = x[k] === -Infinity ? Infinity : max - (x[k] as number);
      const h = hardCoefficient(k);
      if (list[k] !== 0) distance.add((list[k] as number) * away);
      if (h !== 0) hardDistance.add(h * away);
    }
    Object.assign(this, { even: 0, hit: 0, label: -1, list, mass: terms.mass, floor: terms.floor });
    this.distance = distance.value;
    this.hardMass = hardTerms.mass;
    this.hardDistance = hardDistance.value;
  }

  /** even·v_k: one number where v is 1 everywhere, else the list and what it adds to the distance. */
  private setEven(even: number, label: number, uniform: boolean): void {
    const { table, batch } = this.task;
    const { options, conditionalPrior } = table;
    const prior = uniform || even === 0 ? null : conditionalPrior;
    const weight = options.weightMode === 'perClass' ? options.weight : null;
    const factor = even === 0 ? null : uniform ? weight : table.profile;
    this.even = even;
    this.list = null;
    if (factor === null && prior === null && options.input === 'logits') return;
    const { x, max } = this.scores;
    const list = roomFor(batch.classes, 1);
    const first = label * batch.classes;
    const distance = new CompensatedSum();
    for (let k = 0; k < batch.classes; k++) {
      const v = factor === null ? 1 : (factor[k] as number);
      const c = even * (prior === null ? v : v * (prior[first + k] as number));
      const away = max - (x[k] as number);
      list[k] = away === Infinity ? 0 : c;
      if (away !== Infinity) distance.add(c * away);
    }
    if (label >= 0) list[label] = (list[label] as number) + this.hit;
    this.list = list;
    this.even = 0;
    this.distance += distance.value;
  }

  /** Whether a −inf that stands for a class which exists makes a difference. */
  private missingCounts(even: number): boolean {
    const { maskedLogits, input } = this.task.table.options;
    return this.scores.missing > 0 && maskedLogits === 'propagate' && (even !== 0 || input === 'probabilities');
  }

  private present(): ((k: number) => boolean) | undefined {
    const { x, missing } = this.scores;
    return missing > 0 && this.task.table.options.maskedLogits === 'exclude' ? (k) => x[k] !== -Infinity : undefined;
  }

  /** The terms of what is there; they depend on the target at most by the label, and often only on how many there are. */
  private termsOfPresent(target: number | ((k: number) => number)): RowTerms {
    const { table } = this.task;
    const { missing } = this.scores;
    if (missing > 0 && !this.alike) return rowTerms(table, target, this.present());
    const terms = this.known.get(missing) ?? rowTerms(table, target, this.present());
    this.known.set(missing, terms);
    return terms;
  }
}

const noTarget = (): number => 0;

/** A table's column has one entry where all classes share it. */
function entry(column: Float64Array, label: number): number {
  return column[column.length === 1 ? 0 : label] as number;
}
