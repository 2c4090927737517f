import { type RowTerms, rowTerms } from '@label-smoothing/core';
import { someMissing } from './wasm-labels.js';
import { type Block, entryOf, placeOf, type RowPlace, type RowTarget, untouched, writeLosses } from './wasm-row.js';

/** Factors on a gradient that float32 takes through the kernel without overflow or lost digits. */
const smallest = 2 ** -40;
const largest = 2 ** 60;

/** Computes rows with dense targets. */
export function denseRows(block: Block, first: number, end: number): void {
  const { memory } = block;
  const { labels, losses, nll } = memory.layout;
  for (let row = first; row < end; row++) {
    const place = placeOf(block, row);
    if (place.s === 0) {
      memory.f64[losses / 8 + row] = 0;
      memory.f64[nll / 8 + row] = 0;
      if (place.out !== 0) memory.exports.clear(place.out, memory.classes);
    } else if (!denseRow(block, row, place)) memory.i32[labels / 4 + row] = untouched;
  }
}

/** What a dense row's coefficients are made of: c_k = even·v_k + keep·w_k·t_k. */
interface DenseTerms {
  readonly terms: RowTerms;
  readonly mass: number;
  /** What multiplies w·t in the unsmoothed loss. */
  readonly hardScale: number;
}

/** false, and nothing written, for a row whose factor the kernel does not take. */
function denseRow(block: Block, row: number, place: RowPlace): boolean {
  const { memory, rules } = block;
  const { table, exact } = rules;
  const { exports, classes } = memory;
  const t = block.targets + 4 * classes * row;
  const w = memory.weightAt(table);
  exports.dotTargets(place.x, t, w, classes);
  const targetMass = exports.targetMass();
  const targetDot = exports.targetDot();
  const propagate = table.options.maskedLogits === 'propagate';
  const count = propagate ? classes : exports.targetPresent();
  const { terms, mass, hardScale } = denseTerms(block, place, t, count, targetMass);
  const pull = Math.abs(place.factor) * (mass + 122 * table.options.zLoss);
  if (!(pull <= largest && Math.abs(place.factor) * mass >= smallest)) return false;
  const even = terms.rowScale * terms.base;
  const keep = terms.rowScale * terms.keep;
  const target: RowTarget = {
    even,
    mass,
    floor: terms.floor,
    hardMass: hardScale * targetMass,
    dot: keep === 0 ? 0 : keep * targetDot,
    hardDot: hardScale === 0 ? 0 : hardScale * targetDot,
    counted: 0,
    candidate: exports.targetPeak(),
  };
  exports.sumRow(place.x, classes, place.out);
  const countedMissing = classes - exports.rowPresent() - (classes - count);
  const { share, reference } = writeLosses(rules, memory, row, place, target, () => {
    if (countedMissing === 0 || even === 0) return false;
    return someMissing(memory, place, (k) => (propagate || at(memory.f32, t, k) > 0) && entryOf(table.profile, k) > 0);
  });
  if (place.out === 0) return true;
  const broken = Number.isNaN(share);
  const push = broken ? share : place.factor * even;
  const isWide = exports.rowState() & 1;
  const hits = place.factor * keep;
  exports.sweepAny(place.out, classes, share, reference, push, hits, t, w, isWide, +propagate, +exact);
  return true;
}

const at = (f32: Float32Array, pointer: number, k: number): number => f32[pointer / 4 + k] as number;

function denseTerms(
  { memory, rules }: Block,
  { x }: RowPlace,
  t: number,
  count: number,
  targetMass: number,
): DenseTerms {
  const { table, hard } = rules;
  const { f32, classes } = memory;
  const { weight, weightMode, subtractEntropy } = table.options;
  const present = (k: number): boolean => count === classes || at(f32, x, k) !== -Infinity || at(f32, t, k) > 0;
  // What the target does not change; with an entropy, or one weight for the row, there is nothing of that kind.
  if (!subtractEntropy && (weight === null || weightMode === 'perClass')) {
    const terms = rules.terms.of(null, count, present);
    return { terms, mass: terms.mass + terms.keep * targetMass, hardScale: 1 };
  }
  const target = (k: number): number => at(f32, t, k);
  const terms = rowTerms(table, target, present);
  return { terms, mass: terms.mass, hardScale: rowTerms(hard, target, present).rowScale };
}
