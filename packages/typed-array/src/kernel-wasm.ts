import type { AnyLogitsArray, CrossEntropyOptions, TargetKind, TargetTable } from '@label-smoothing/core';
import {
  type AllWithin,
  allWithin,
  type FloatArray,
  IGNORED,
  rowWeight,
  type StoredLogits,
  storedLogits,
} from '@label-smoothing/core/adapter';
import { type ArrayLayout, arrayLayout, copy } from './array-layout.js';
import { compile } from './evaluate.js';
import { existingOptions, placesOf } from './existing.js';
import { gradientFactor, type Kernel, type KernelTask } from './kernel.js';
import { jsKernel } from './kernel-js.js';
import { KernelMemory, type KernelSize } from './kernel-memory.js';
import { type RowRules, rulesOf } from './rules.js';
import { loadRows, saveRows, stagedTask, stageOffset } from './staging.js';
import { ThreadPool } from './threads/pool.js';
import { type Block, untouched } from './wasm-row.js';
import { computeRows } from './wasm-rows.js';

/** Most classes of a row that the kernel computes with three others: SMALL of assembly/constants.ts. */
const small = 128;
/** The largest number that a float32 can be. */
const mostFloat32 = (2 - 2 ** -23) * 2 ** 127;
const number = new Float32Array(1);
const bits = new Int32Array(number.buffer);
/** Room for arrays of callers comes in memories of at least this many elements. */
const leastRoom = 2 ** 18;
/** What no memory can have more of. */
const mostElements = 2 ** 30;

/** Logits, and a gradient, in a memory that the kernel works in. */
interface Home {
  readonly logits: StoredLogits;
  readonly gradient: StoredLogits | null;
  readonly home: KernelMemory;
}

/**
 * One criterion's WebAssembly kernel, with memories that are its alone. What it does not compute goes to the JavaScript
 * kernel: float64 logits, probabilities as input, one class, dense targets whose entropy or class weights come as one
 * number per row, and long labelled rows where the smoothing of one class may be more than half of the mass.
 */
export class WasmKernel implements Kernel {
  private readonly module: object;
  private readonly size: KernelSize;
  private readonly staging: KernelMemory;
  /** The memories that arrays of callers are in, by their buffers. */
  private readonly rooms: Map<ArrayBufferLike, KernelMemory> = new Map();
  /** null for tables that are not for this kernel. */
  private readonly rules: Partial<Record<TargetKind, RowRules | null>> = {};
  private readonly pool: ThreadPool | null;
  /** The last call's arrays where they were at home: to ask an array for its buffer takes as long as ten of its logits. */
  private latest: Home | null = null;
  private readonly arrays: ArrayLayout;
  /** What the classes of a mask are computed by, as if there were no others; null where it cannot be. */
  private readonly options: CrossEntropyOptions | null;
  /** Of classes among those of the mask; null where there is none. */
  private readonly places: Int32Array | null;
  readonly ready: Promise<void>;

  /** @param module - for a shared memory where there are several threads. @param options - what the table is made of. */
  constructor(module: object, table: TargetTable, threads: number, options: CrossEntropyOptions) {
    const { classes, classMask, shape, axis, weight, prior } = table.options;
    this.module = module;
    this.arrays = arrayLayout(classes, shape?.slice(axis + 1).reduce((a, b) => a * b, 1) ?? 1, classMask);
    this.options = classMask === null ? options : existingOptions(table.options, this.arrays);
    this.places = classMask && placesOf(this.arrays);
    const hasProfile = weight !== null || prior !== null;
    const strided = this.arrays.stride > 1;
    this.size = { classes: this.arrays.existing, column: table.hit.length, hasProfile, strided, threads };
    this.staging = KernelMemory.create(module, this.size, 0);
    const start = { module, memory: this.staging.memory, size: this.size, options: this.options ?? options };
    this.pool = threads === 1 ? null : new ThreadPool(threads, start);
    this.ready = this.pool?.ready ?? Promise.resolve();
    // One that threads share grows as it needs to: there are no others beside it.
    if (threads > 1) this.rooms.set(this.staging.buffer, this.staging);
  }

  /** An array in memory that the kernel works in without a copy. */
  alloc(length: number): Float32Array {
    for (const room of this.rooms.values()) {
      const array = room.take(length);
      if (array === null) continue;
      this.rooms.set(array.buffer, room);
      return array;
    }
    // Room for more like it, so that a gradient and dense targets share the memory of the logits; the last of them only where
    // all are no more than half of what a memory can be.
    const alike = 3 * length > mostElements / 2 ? 2 : 3;
    const room = KernelMemory.create(this.module, this.size, Math.max(alike * length + 64, leastRoom));
    this.rooms.set(room.buffer, room);
    return room.take(length) as Float32Array;
  }

  /** Ends the threads. A call that is in progress goes on without them. */
  dispose(): void {
    this.pool?.end();
  }

  run(task: KernelTask): void {
    const rules = task.batch.logits instanceof Float64Array ? null : this.rulesFor(task);
    if (rules === null) jsKernel.run(task);
    else this.compute(task, rules);
  }

  private rulesFor({ table, hard, batch }: KernelTask): RowRules | null {
    const kind = batch.labels === null ? 'probabilities' : 'labels';
    const known = this.rules[kind];
    if (known !== undefined) return known;
    const masked = this.places && this.options && compile(this.options, kind);
    const own = masked ?? { table, hard };
    const suits = this.options !== null && isForKernel(own.table, batch.targets !== null);
    const rules = suits ? rulesOf(own, kind) : null;
    this.rules[kind] = rules;
    return rules;
  }

  private compute(given: KernelTask, rules: RowRules): void {
    const task = this.places === null ? given : existingTask(given, rules, this.places);
    const { batch, gradient } = task;
    const { logits, targets: dense } = batch;
    const home = this.homeOf(task);
    const memory = home ?? this.staging;
    const { layout } = memory;
    const isHome = dense instanceof Float32Array && home !== null && this.rooms.get(dense.buffer) === home;
    const stagesTargets = dense !== null && !isHome;
    const atOnce = home === null || stagesTargets ? layout.stageRows : layout.listRows;
    const { arrays } = this;
    for (let first = 0; first < batch.rows; first += atOnce) {
      const count = Math.min(atOnce, batch.rows - first);
      const stage = home === null ? layout.stage + stageOffset(logits, gradient, arrays, first) : null;
      const x = placeOf(logits, arrays, first, count, memory, stage);
      const out = gradient === null ? 0 : home === null ? x : placeOf(gradient, arrays, first, count, memory, null);
      const targetStage = stagesTargets ? layout.targets + stageOffset(dense, null, arrays, first) : null;
      const targets = dense === null ? 0 : placeOf(dense, arrays, first, count, memory, targetStage);
      const block = { memory, rules, x, out, targets, step: writeLists(task, memory, first, count) };
      if (this.pool === null) computeRows(block, 0, count);
      else this.pool.run(block, count);
      readLosses(task, block, first, count);
      if (home === null && gradient !== null) saveRows(gradient, arrays, first, count, memory, out);
    }
  }

  /** Looks at labels and float32 in the kernel's memory, where they have to be copied block by block. */
  readonly allWithin: AllWithin = (numbers, most) => {
    const isLabels = numbers instanceof Int32Array;
    if (!isLabels && !(numbers instanceof Float32Array)) return allWithin(numbers, most);
    const top = isLabels ? most : bitsOf(Math.min(most, mostFloat32));
    const home = this.rooms.get(numbers.buffer);
    if (home !== undefined) return home.exports.allWithin(numbers.byteOffset, numbers.length, top) !== 0;
    const { staging, arrays } = this;
    const { layout, exports } = staging;
    const atOnce = layout.stageRows * staging.classes;
    for (let start = 0; start < numbers.length; start += atOnce) {
      const count = Math.min(atOnce, numbers.length - start);
      const at = layout.targets + stageOffset(numbers, null, arrays, start / arrays.classes);
      copy(numbers, start, isLabels ? staging.i32 : staging.f32, at / 4, count);
      if (exports.allWithin(at, count, top) === 0) return false;
    }
    return true;
  };

  /** The memory in which logits and gradient are as the kernel takes them; null where they have to be copied. */
  private homeOf({ batch, gradient }: KernelTask): KernelMemory | null {
    const { logits } = batch;
    const { latest } = this;
    if (latest !== null && latest.logits === logits && (gradient === null || latest.gradient === gradient)) {
      return latest.home;
    }
    const home = this.findHome(logits, gradient);
    if (home !== null) this.latest = { logits, gradient, home };
    return home;
  }

  private findHome(logits: StoredLogits, gradient: StoredLogits | null): KernelMemory | null {
    const { classes, stride, existing } = this.arrays;
    if (!(logits instanceof Float32Array) || stride > 1 || existing < classes) return null;
    const { buffer } = logits;
    const home = this.rooms.get(buffer) ?? null;
    if (home === null || gradient === null || gradient.buffer === buffer) return home;
    return this.rooms.get(gradient.buffer) === home ? home : null;
  }
}

/** The bits of a float32. */
function bitsOf(x: number): number {
  number[0] = x;
  return bits[0] as number;
}

/** A task over the classes that exist, whose arrays still have the others. */
function existingTask(task: KernelTask, { table, hard }: RowRules, places: Int32Array): KernelTask {
  const labels = task.batch.labels?.map((label) => places[label] ?? IGNORED) ?? null;
  return { ...task, batch: { ...task.batch, labels }, table, hard };
}

/** Where rows of an array are for the kernel: where they are, or in a stage at this place, into which they are then copied. */
function placeOf(
  array: AnyLogitsArray,
  arrays: ArrayLayout,
  first: number,
  count: number,
  memory: KernelMemory,
  stage: number | null,
): number {
  const stored = storedLogits(array);
  if (stage === null) return stored.byteOffset + 4 * arrays.classes * first;
  loadRows(stored, arrays, first, count, memory, stage);
  return stage;
}

/** What belongs to each row beside its logits. Returns the step from one weight, and factor, to the next. */
function writeLists(task: KernelTask, memory: KernelMemory, first: number, count: number): number {
  const { batch, upstream } = task;
  const { i32, f64, layout } = memory;
  const { labels } = layout;
  const weights = layout.weights / 8;
  const factors = layout.factors / 8;
  if (batch.labels === null) i32.fill(0, labels / 4, labels / 4 + count);
  else copy(batch.labels, first, i32, labels / 4, count);
  if (batch.sampleWeight === null && typeof upstream === 'number') {
    f64[weights] = 1;
    f64[factors] = gradientFactor(task, first, 1);
    return 0;
  }
  for (let i = 0, row = first; i < count; i++, row++) {
    const s = rowWeight(batch, row);
    f64[weights + i] = s;
    f64[factors + i] = gradientFactor(task, row, s);
  }
  return 8;
}

/** Takes the losses in order, and has the rows that were left computed where they come. */
function readLosses(task: KernelTask, block: Block, first: number, count: number): void {
  const { i32, f64, layout } = block.memory;
  const { losses, sums, nll, nllSums, sumRows, left } = layout;
  task.losses.addSums(f64, sums / 8, nllSums / 8, Math.ceil(count / sumRows));
  const someLeft = i32[left / 4] === 1;
  i32[left / 4] = 0;
  for (let row = 0; row < count; row++) {
    const start = row;
    row = someLeft ? nextLeft(block, start, count) : count;
    task.losses.keep(f64, losses / 8 + start, nll / 8 + start, row - start);
    if (row < count) jsKernel.run(rowTask(task, block, first, row));
  }
}

/** The first row that was left, from one row on; `end` for none. */
function nextLeft({ memory }: Block, start: number, end: number): number {
  const labels = memory.layout.labels / 4;
  let row = start;
  while (row < end && memory.i32[labels + row] !== untouched) row++;
  return row;
}

function isForKernel(table: TargetTable, dense: boolean): boolean {
  const { options, hit, base, mass, profile, conditionalPrior } = table;
  const { input, classes, prior, weight, weightMode, subtractEntropy } = options;
  if (input !== 'logits' || classes === 1) return false;
  // An entropy, or one weight for a whole row, follows from all of its targets.
  if (dense && (subtractEntropy || (weight !== null && weightMode !== 'perClass'))) return false;
  // Of a loss that is small where the label is not the largest, sums in float32 keep no digits: another class then has
  // nearly all of the mass. Short rows are summed again in such a case.
  const heaviest = dense || classes <= small ? 0 : largest(profile) * largest(conditionalPrior);
  if (base.some((own, k) => own * heaviest > 0.5 * (mass[k] as number))) return false;
  // A negative hit is what is left of larger numbers; of a prior with zeros, nothing may be left in a row.
  return hit.every((entry) => entry >= 0) && (prior === null || Array.from(prior).every((u) => u > 0));
}

/** The largest entry of a factor that is 1 where it is absent. */
function largest(factor: FloatArray | null): number {
  return factor === null ? 1 : (factor as readonly number[]).reduce((a, b) => Math.max(a, b), 0);
}

/** One row of a block as a task of its own, in the kernel's memory. */
function rowTask(task: KernelTask, { memory, x, out, targets }: Block, first: number, row: number): KernelTask {
  const { classes, f32 } = memory;
  const rowAt = (at: number): Float32Array => f32.subarray(at / 4 + classes * row, at / 4 + classes * (row + 1));
  return stagedTask(task, first + row, 1, {
    x: rowAt(x),
    targets: rowAt(targets),
    gradient: out === 0 ? null : rowAt(out),
  });
}
