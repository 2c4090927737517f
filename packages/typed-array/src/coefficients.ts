import {
  compileTargetTable,
  type LogitsArray,
  type RowTarget,
  type RowTerms,
  rowCoefficients,
  rowTerms,
  type TargetTable,
} from '@label-smoothing/core';
import { CompensatedSum, type FloatArray, readRow, rowOffset } from '@label-smoothing/core/adapter';
import type { KernelTask } from './kernel.js';
import { roomFor, type Scores } from './scores.js';

/** What the loss needs of the coefficients c_k of one row, and of the h_k of its unsmoothed loss: one row at a time. */
export class Coefficients {
  /** c_k by class, 0 for a class that does not exist; null where it is `even` for all but the label. */
  list: Float64Array | null = null;
  even = 0;
  /** What the label has beside `even`. */
  hit = 0;
  label = 0;
  /** Σ c_k. */
  mass = 0;
  floor = 0;
  /** Σ c_k·(max − x_k), without the even ones where there is no list. */
  distance = 0;
  /** Σ h_k. */
  hardMass = 0;
  /** Σ h_k·(max − x_k). */
  hardDistance = 0;

  private readonly task: KernelTask<LogitsArray>;
  private readonly scores: Scores;
  /** Class weights where they are part of v. */
  private readonly weight: FloatArray | null;
  /** Terms by the number of missing classes. */
  private readonly known: Map<number, RowTerms> = new Map();
  /** Whether the terms of a row depend on that alone, not on which. */
  private readonly alike: boolean;

  constructor(task: KernelTask<LogitsArray>, scores: Scores) {
    this.task = task;
    this.scores = scores;
    const { weight, weightMode, prior, labelSmoothing } = task.table.options;
    this.weight = weightMode === 'perClass' ? weight : null;
    this.alike = weight === null && prior === null && typeof labelSmoothing === 'number';
  }

  /** Reads a row of ordinary numbers and −inf. false, and nothing of use here, for a row that needs its definition. */
  read(row: number): boolean {
    return this.task.batch.labels === null ? this.readDense(row) : this.readLabel(row);
  }

  private readLabel(row: number): boolean {
    const { table, hard, batch } = this.task;
    const { x, max } = this.scores;
    const label = (batch.labels as Int32Array)[row] as number;
    const away = max - (x[label] as number);
    const at = table.mass.length === 1 ? 0 : label;
    const hardAt = hard.mass.length === 1 ? 0 : label;
    this.label = label;
    this.even = table.base[at] as number;
    this.hit = table.hit[at] as number;
    this.mass = table.mass[at] as number;
    this.floor = table.floor[at] as number;
    let spent = false;
    const present = this.present();
    // An infinite distance is a label that is masked.
    if (present !== null && away < Infinity) {
      const terms = this.termsOf(label, present);
      spent = terms.uniform;
      this.use(terms);
      this.hit *= this.weight === null ? 1 : (this.weight[label] as number);
    }
    this.hardMass = hard.mass[hardAt] as number;
    this.hardDistance = (hard.hit[hardAt] as number) * away;
    this.distance = this.hit * away;
    return away < Infinity && this.finish(row, spent);
  }

  private readDense(row: number): boolean {
    const { table, hard, batch } = this.task;
    const { options } = table;
    const { target } = readRow(batch, row, options);
    // With an entropy, or one weight for the row, there is nothing that the targets do not change.
    const apart = !options.subtractEntropy && this.weight === options.weight;
    const present = this.present() ?? undefined;
    const terms = apart ? this.termsOf(noTarget, present) : rowTerms(table, target, present);
    this.use(terms);
    this.distance = 0;
    if (!this.finish(row, terms.uniform)) return false;
    if (apart) this.mass += this.hit * this.hardMass;
    else {
      const { rowScale } = rowTerms(hard, target);
      this.hardMass *= rowScale;
      this.hardDistance *= rowScale;
    }
    return true;
  }

  private use({ rowScale, base, keep, mass, floor }: RowTerms): void {
    this.even = rowScale * base;
    this.hit = rowScale * keep;
    this.mass = mass;
    this.floor = floor;
  }

  /** Makes the list where one is needed. false where a −inf counts, or where a hit is what is left of larger numbers. */
  private finish(row: number, spent: boolean): boolean {
    const { table, batch } = this.task;
    const { missing } = this.scores;
    const { input, maskedLogits } = table.options;
    const plain = input === 'logits';
    if (this.hit < 0) return false;
    if (missing > 0 && maskedLogits === 'propagate' && (this.even > 0 || !plain)) return false;
    this.list = null;
    const shaped = this.even > 0 && (table.profile !== null || table.conditionalPrior !== null);
    return (batch.labels !== null && plain && !shaped) || this.fillList(row, spent);
  }

  /** The coefficients one by one. false where a class with a target is masked. */
  private fillList(row: number, spent: boolean): boolean {
    const { table, batch } = this.task;
    const { even, hit, weight, label } = this;
    const { x, max } = this.scores;
    const { targets, classes, stride } = batch;
    const factor = spent ? weight : table.profile;
    const prior = spent ? null : table.conditionalPrior;
    const { list } = roomFor(classes);
    const [distance, mass, hardDistance] = [new CompensatedSum(), new CompensatedSum(), new CompensatedSum()];
    for (let k = 0, i = rowOffset(batch, row); k < classes; k++, i += stride) {
      const away = max - (x[k] as number);
      let t = targets === null ? 0 : (targets[i] as number);
      list[k] = 0;
      if (away === Infinity) {
        if (t > 0) return false;
        continue;
      }
      let c = even;
      if (factor !== null) c *= factor[k] as number;
      if (prior !== null) c *= prior[label * classes + k] as number;
      if (targets !== null) {
        if (weight !== null) t *= weight[k] as number;
        mass.add(t);
        hardDistance.add(t * away);
        c += hit * t;
      }
      list[k] = c;
      distance.add(c * away);
    }
    if (targets === null) list[label] = (list[label] as number) + hit;
    else {
      this.hardMass = mass.value;
      this.hardDistance = hardDistance.value;
    }
    this.list = list;
    this.distance += distance.value;
    return true;
  }

  /** Any row at all, by the definition. */
  readDefinition(row: number): void {
    const { batch, table, hard } = this.task;
    const { x, max } = this.scores;
    const { target, present } = readRow(batch, row, table.options);
    const terms = rowTerms(table, target, present);
    const hardTerms = rowTerms(hard, target, present);
    const coefficient = rowCoefficients(table, target, terms);
    const hardCoefficient = rowCoefficients(hard, target, hardTerms);
    const { list } = roomFor(batch.classes);
    const [distance, hardDistance] = [new CompensatedSum(), new CompensatedSum()];
    for (let k = 0; k < batch.classes; k++) {
      const exists = present(k);
      const away = x[k] === -Infinity ? Infinity : max - (x[k] as number);
      const c = exists ? coefficient(k) : 0;
      const h = exists ? hardCoefficient(k) : 0;
      list[k] = c;
      if (c !== 0) distance.add(c * away);
      if (h !== 0) hardDistance.add(h * away);
    }
    this.list = list;
    this.use(terms);
    this.scores.keepAbsent((k) => !present(k));
    this.distance = distance.value;
    this.hardMass = hardTerms.mass;
    this.hardDistance = hardDistance.value;
  }

  /** Which classes are there, where that is not every class of the mask. */
  private present(): ((k: number) => boolean) | null {
    const { x, missing } = this.scores;
    return missing > 0 && this.task.table.options.maskedLogits === 'exclude' ? (k) => x[k] !== -Infinity : null;
  }

  /** Terms that depend on the target at most by the label, and mostly only on how many classes are there. */
  private termsOf(target: RowTarget, present: ((k: number) => boolean) | undefined): RowTerms {
    const { table } = this.task;
    const { missing, existing } = this.scores;
    if (present !== undefined && !this.alike) return rowTerms(table, target, present);
    const known = this.known.get(missing);
    if (known !== undefined) return known;
    const terms = present === undefined ? rowTerms(table, target) : termsOfCount(table, target, existing - missing);
    this.known.set(missing, terms);
    return terms;
  }
}

/** {@link rowTerms} where one class is like another: those of a smaller number of classes, without a look at the row. */
function termsOfCount({ options }: TargetTable, target: RowTarget, classes: number): RowTerms {
  const { base, hit, mass, floor } = compileTargetTable({ ...options, classes, classMask: null });
  const [even = 0, keep = 0, total = 0, entropy = 0] = [base[0], hit[0], mass[0], floor[0]];
  const own = typeof target === 'number' ? total : even * classes;
  return { rowScale: 1, base: even, keep, mass: own, floor: entropy, denominator: 1, uniform: false };
}

const noTarget = (): number => 0;
