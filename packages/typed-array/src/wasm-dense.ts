import { type LogitsArray, type RowTerms, rowTerms } from '@label-smoothing/core';
import { rowWeight } from '@label-smoothing/core/adapter';
import type { KernelTask } from './kernel.js';
import { type Block, someMissing } from './wasm-labels.js';
import { entryOf, type RowPlace, type RowTarget, writeLosses } from './wasm-row.js';

/** Factors on a gradient that float32 takes through the kernel without overflow or lost digits. */
const smallest = 2 ** -40;
const largest = 2 ** 60;

/** Rows with dense targets, which are at `targets` in the kernel's memory. Returns those that were not touched. */
export function denseBlock(task: KernelTask, block: Block, targets: number): number[] {
  const { memory, count, first, x, out } = block;
  const { classes } = task.batch;
  const untouched: number[] = [];
  for (let local = 0; local < count; local++) {
    const row = first + local;
    const s = rowWeight(task.batch, row);
    const offset = local * classes * 4;
    const place: RowPlace = { x: x + offset, out: out === 0 ? 0 : out + offset, s, factor: block.factorOf(row) };
    if (s === 0) {
      memory.f64[memory.losses / 8 + local] = 0;
      memory.f64[memory.nll / 8 + local] = 0;
      if (place.out !== 0) memory.exports.clear(place.out, classes);
    } else if (!denseRow(task, block, local, place, targets + offset)) untouched.push(row);
  }
  return untouched;
}

/** What a dense row's coefficients are made of: c_k = even·v_k + keep·w_k·t_k. */
interface DenseTerms {
  readonly terms: RowTerms;
  readonly mass: number;
  /** What multiplies w·t in the unsmoothed loss. */
  readonly hardScale: number;
}

/** false, and nothing written, for a row whose factor the kernel does not take. */
function denseRow(task: KernelTask, block: Block, local: number, place: RowPlace, t: number): boolean {
  const { memory } = block;
  const { table, batch } = task;
  const { exports } = memory;
  const { classes } = batch;
  const w = memory.weightAt(table);
  exports.dotTargets(place.x, t, w, classes);
  const targetMass = exports.targetMass();
  const targetDot = exports.targetDot();
  const propagate = table.options.maskedLogits === 'propagate';
  const count = propagate ? classes : exports.targetPresent();
  const { terms, mass, hardScale } = denseTerms(task, block, place, local, t, count, targetMass);
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
  const { share, reference } = writeLosses(task, memory, local, place, target, () => {
    if (countedMissing === 0 || even === 0) return false;
    return someMissing(memory, place, (k) => (propagate || at(memory.f32, t, k) > 0) && entryOf(table.profile, k) > 0);
  });
  if (place.out === 0) return true;
  const broken = Number.isNaN(share);
  const push = broken ? share : place.factor * even;
  const isWide = exports.rowState() & 1;
  const hits = place.factor * keep;
  exports.sweepAny(place.out, classes, share, reference, push, hits, t, w, isWide, +propagate, +block.exact);
  return true;
}

const at = (f32: Float32Array, pointer: number, k: number): number => f32[pointer / 4 + k] as number;

function denseTerms(
  task: KernelTask,
  block: Block,
  { x }: RowPlace,
  local: number,
  t: number,
  count: number,
  targetMass: number,
): DenseTerms {
  const { table, hard, batch } = task;
  const { f32 } = block.memory;
  const { weight, weightMode, subtractEntropy } = table.options;
  const present = (k: number): boolean => count === batch.classes || at(f32, x, k) !== -Infinity || at(f32, t, k) > 0;
  // What the target does not change; with an entropy, or one weight for the row, there is nothing of that kind.
  if (!subtractEntropy && (weight === null || weightMode === 'perClass')) {
    const terms = block.terms.of(null, count, present);
    return { terms, mass: terms.mass + terms.keep * targetMass, hardScale: 1 };
  }
  const first = (block.first + local) * batch.classes;
  const targets = batch.targets as LogitsArray;
  const target = (k: number): number => targets[first + k] as number;
  const terms = rowTerms(table, target, present);
  return { terms, mass: terms.mass, hardScale: rowTerms(hard, target, present).rowScale };
}
