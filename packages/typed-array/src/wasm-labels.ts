import { rowWeight } from '@label-smoothing/core/adapter';
import type { KernelTask } from './kernel.js';
import type { KernelMemory } from './kernel-memory.js';
import { columnEntry, entryOf, ownCoefficient, type PresentTerms, type RowPlace, writeLosses } from './wasm-row.js';

/** Rows `first` … `first + count − 1` of a task, whose logits are at `x` in the kernel's memory. */
export interface Block {
  readonly memory: KernelMemory;
  readonly x: number;
  /** Where the gradient goes; 0: forward only. It may be `x`. */
  readonly out: number;
  readonly first: number;
  readonly count: number;
  /** The factor on the gradient of each row of the task. */
  readonly factorOf: (row: number) => number;
  /** Whether that, and the sample weight, is the same for all of them. */
  readonly even: boolean;
  readonly terms: PresentTerms;
  /** Whether what is far below a row's maximum still has digits in its gradient. */
  readonly exact: boolean;
}

/** Labelled rows. Returns those that were not touched, because the kernel does not take their factor. */
export function labelledBlock(task: KernelTask, block: Block): number[] {
  const { memory, count, first } = block;
  const { exports, i32, f64 } = memory;
  const { batch, table } = task;
  i32.set((batch.labels as Int32Array).subarray(first, first + count), memory.labels / 4);
  const filled = block.even ? Math.min(count, 1) : count;
  for (let i = 0; i < filled; i++) {
    // A row that is ignored has its label for that.
    f64[memory.weights / 8 + i] = block.even ? 1 : rowWeight(batch, first + i);
    f64[memory.factors / 8 + i] = block.factorOf(first + i);
  }
  const step = block.even ? 0 : 8;
  const { x, out } = block;
  const { labels, weights, factors, losses, nll } = memory;
  exports.bindRows(x, out, batch.classes, labels, weights, step, factors, step, losses, nll);
  const untouched: number[] = [];
  let row = 0;
  while (row < count) {
    let end = count;
    if (table.conditionalPrior !== null) {
      memory.bindLabel(table, Math.max(0, batch.labels?.[first + row] as number));
      end = row + 1;
    }
    const stop = exports.labelledRows(row, end);
    row = stop >> 2;
    if ((stop & 3) === 0) continue;
    if ((stop & 3) === 1) untouched.push(first + row);
    else finishRow(task, block, row);
    row++;
  }
  return untouched;
}

/** A row that the kernel summed up and left. */
function finishRow(task: KernelTask, block: Block, local: number): void {
  const { memory, terms: known, exact } = block;
  const { batch, table, hard } = task;
  const { options, conditionalPrior } = table;
  const { exports, f32 } = memory;
  const { classes } = batch;
  const row = block.first + local;
  const label = (batch.labels as Int32Array)[row] as number;
  const offset = local * classes * 4;
  const place: RowPlace = {
    x: block.x + offset,
    out: block.out === 0 ? 0 : block.out + offset,
    s: rowWeight(batch, row),
    factor: block.factorOf(row),
  };
  const logit = exports.rowLabelLogit();
  const absent = logit === -Infinity;
  const missing = classes - exports.rowPresent();
  const propagate = options.maskedLogits === 'propagate';
  const prior = conditionalPrior === null ? 1 : (conditionalPrior[label * classes + label] as number);
  const v = entryOf(table.profile, label) * prior;
  let even = columnEntry(table.base, label);
  let mass = columnEntry(table.mass, label);
  let floor = columnEntry(table.floor, label);
  let own = even * v + columnEntry(table.hit, label);
  if (missing > 0 && !propagate && (exports.rowState() & 2) === 0) {
    const terms = known.of(label, classes - missing + (absent ? 1 : 0), presence(memory, place, classes, label));
    even = terms.rowScale * terms.base;
    ({ mass, floor } = terms);
    own = ownCoefficient(table, label, terms);
  }
  const hardHit = columnEntry(hard.hit, label);
  const dot = (c: number): number => (c === 0 ? 0 : c * logit);
  const target = {
    even,
    mass,
    floor,
    hardMass: columnEntry(hard.mass, label),
    dot: dot(own),
    hardDot: dot(hardHit),
    counted: absent ? 0 : Math.fround(v) * logit,
    candidate: logit,
  };
  const others = missing - (absent ? 1 : 0);
  const { share, reference } = writeLosses(task, memory, local, place, target, () => {
    if (!propagate || others === 0 || even === 0) return false;
    return someMissing(memory, place, (k) => k !== label && massOf(task, label, k) > 0);
  });
  if (place.out === 0) return;
  const broken = Number.isNaN(share);
  const push = place.factor * even;
  exports.sweepAny(place.out, classes, share, reference, broken ? share : push, 0, 0, 0, 1, +propagate, +exact);
  f32[place.out / 4 + label] = share * (absent ? 0 : Math.exp(logit - reference)) - place.factor * own;
}

/** v of class k for this label. */
function massOf({ table, batch }: KernelTask, label: number, k: number): number {
  const { profile, conditionalPrior } = table;
  return (
    entryOf(profile, k) * (conditionalPrior === null ? 1 : (conditionalPrior[label * batch.classes + k] as number))
  );
}

/** Whether a class exists in this row: by what the kernel stored, since the logits may be gone. */
function presence(memory: KernelMemory, { x, out }: RowPlace, classes: number, label: number): (k: number) => boolean {
  const at = (out === 0 ? x : out) / 4;
  return (k) => k < classes && (k === label || memory.f32[at + k] !== -Infinity);
}

/** Whether a −inf class is one that the predicate holds for. */
export function someMissing(memory: KernelMemory, { x, out }: RowPlace, holds: (k: number) => boolean): boolean {
  let found = false;
  memory.forEachStored(x, out, (k, stored) => {
    found ||= stored === -Infinity && holds(k);
  });
  return found;
}
