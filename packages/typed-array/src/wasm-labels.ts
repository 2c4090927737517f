import type { KernelMemory } from './kernel-memory.js';
import {
  type Block,
  columnEntry,
  entryOf,
  ownCoefficient,
  placeOf,
  type RowPlace,
  type RowRules,
  untouched,
  writeLosses,
} from './wasm-row.js';

/** Computes labelled rows. Where they are no more than SMALL classes, `first` is a multiple of four. */
export function labelledRows(block: Block, first: number, end: number): void {
  const { memory, rules, x, out, step } = block;
  const { exports, classes, i32 } = memory;
  const { labels, weights, factors, losses, nll } = memory.layout;
  const { table } = rules;
  exports.bindRows(x, out, classes, labels, weights, step, factors, step, losses, nll);
  let row = first;
  while (row < end) {
    let last = end;
    if (table.conditionalPrior !== null) {
      memory.bindLabel(table, Math.max(0, i32[labels / 4 + row] as number));
      last = row + 1;
    }
    const stop = exports.labelledRows(row, last);
    row = stop >> 2;
    if ((stop & 3) === 0) continue;
    if ((stop & 3) === 1) i32[labels / 4 + row] = untouched;
    else finishRow(block, row);
    row++;
  }
}

/** A row that the kernel summed up and left. */
function finishRow(block: Block, row: number): void {
  const { memory, rules } = block;
  const { table, hard, terms: known, exact } = rules;
  const { options, conditionalPrior } = table;
  const { exports, f32, classes } = memory;
  const label = memory.i32[memory.layout.labels / 4 + row] as number;
  const place = placeOf(block, row);
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
  const { share, reference } = writeLosses(rules, memory, row, place, target, () => {
    if (!propagate || others === 0 || even === 0) return false;
    return someMissing(memory, place, (k) => k !== label && massOf(rules, classes, label, k) > 0);
  });
  if (place.out === 0) return;
  const broken = Number.isNaN(share);
  const push = place.factor * even;
  exports.sweepAny(place.out, classes, share, reference, broken ? share : push, 0, 0, 0, 1, +propagate, +exact);
  f32[place.out / 4 + label] = share * (absent ? 0 : Math.exp(logit - reference)) - place.factor * own;
}

/** v of class k for this label. */
function massOf({ table }: RowRules, classes: number, label: number, k: number): number {
  const { profile, conditionalPrior } = table;
  return entryOf(profile, k) * (conditionalPrior === null ? 1 : (conditionalPrior[label * classes + k] as number));
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
