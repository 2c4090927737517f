import type { CrossEntropyOptions, TargetTable } from '@label-smoothing/core';
import { rowFactor, rowWeight } from '@label-smoothing/core/adapter';
import type { Kernel, KernelTask } from './kernel.js';
import { jsKernel } from './kernel-js.js';
import { KernelMemory, type KernelSize } from './kernel-memory.js';
import { type RowRules, rulesOf } from './rules.js';
import { ThreadPool } from './threads/pool.js';
import { untouched } from './wasm-row.js';
import { computeRows } from './wasm-rows.js';

/** Room for arrays of callers comes in memories of at least this many elements. */
const leastRoom = 2 ** 18;

/**
 * One criterion's WebAssembly kernel, with memories that are its alone. What it does not compute goes to the JavaScript
 * kernel: float64 logits, probabilities as input, a class mask, classes that are not the last axis, one
 * class, and dense targets whose entropy or class weights come as one number per row.
 */
export class WasmKernel implements Kernel {
  private readonly module: object;
  private readonly size: KernelSize;
  private readonly staging: KernelMemory;
  /** The memories that arrays of callers are in, by their buffers. */
  private readonly rooms: Map<ArrayBufferLike, KernelMemory> = new Map();
  /** By a column of their table: null for a table that is not for this kernel. */
  private readonly rules: WeakMap<Float64Array, RowRules | null> = new WeakMap();
  private readonly pool: ThreadPool | null;
  readonly ready: Promise<void>;

  /** @param module - for a shared memory where there are several threads. @param options - what the table is made of. */
  constructor(module: object, table: TargetTable, threads: number, options: CrossEntropyOptions) {
    const { classes, weight, prior } = table.options;
    this.module = module;
    this.size = { classes, column: table.hit.length, hasProfile: weight !== null || prior !== null, threads };
    this.staging = KernelMemory.create(module, this.size, 0);
    const { size } = this;
    this.pool = threads === 1 ? null : new ThreadPool(threads, { module, memory: this.staging.memory, size, options });
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
    // Room for a second array like it, so that logits and gradient share a memory.
    const room = KernelMemory.create(this.module, this.size, Math.max(2 * length + 64, leastRoom));
    this.rooms.set(room.buffer, room);
    return room.take(length) as Float32Array;
  }

  /** Ends the threads. A call that is in progress goes on without them. */
  dispose(): void {
    this.pool?.end();
  }

  run(task: KernelTask): void {
    const { batch } = task;
    const rules =
      batch.logits instanceof Float32Array && batch.stride === 1 && batch.classes > 1 ? this.rulesFor(task) : null;
    if (rules === null) jsKernel.run(task);
    else this.compute(task, rules);
  }

  private rulesFor(task: KernelTask): RowRules | null {
    const { table } = task;
    const known = this.rules.get(table.hit);
    if (known !== undefined) return known;
    const rules = isForKernel(table, task.batch.targets !== null) ? rulesOf(task) : null;
    this.rules.set(table.hit, rules);
    return rules;
  }

  private compute(task: KernelTask, rules: RowRules): void {
    const { batch, gradient } = task;
    const home = this.rooms.get(batch.logits.buffer);
    const direct = home !== undefined && (gradient === null || this.rooms.get(gradient.buffer) === home);
    const memory = direct ? home : this.staging;
    const { layout } = memory;
    const atOnce = direct && batch.labels !== null ? layout.listRows : layout.stageRows;
    for (let first = 0; first < batch.rows; first += atOnce) {
      const count = Math.min(atOnce, batch.rows - first);
      const start = first * batch.classes;
      const end = start + count * batch.classes;
      const x = direct ? batch.logits.byteOffset + 4 * start : layout.stage;
      const out = gradient === null ? 0 : direct ? gradient.byteOffset + 4 * start : layout.stage;
      if (!direct) copy(batch.logits as Float32Array, start, end, memory.f32, x / 4);
      if (batch.targets !== null) memory.f32.set(batch.targets.subarray(start, end), layout.targets / 4);
      const targets = batch.targets === null ? 0 : layout.targets;
      const block = { memory, rules, x, out, targets, step: writeLists(task, memory, first, count) };
      if (this.pool === null) computeRows(block, 0, count);
      else this.pool.run(block, count);
      if (!direct && gradient !== null) copy(memory.f32, x / 4, x / 4 + end - start, gradient as Float32Array, start);
      readLists(task, memory, first, count);
    }
  }
}

/** What belongs to each row beside its logits. Returns the step from one weight, and factor, to the next. */
function writeLists(task: KernelTask, memory: KernelMemory, first: number, count: number): number {
  const { batch, table, denominator, upstream } = task;
  const { i32, f64 } = memory;
  const { labels, weights, factors } = memory.layout;
  if (batch.labels === null) i32.fill(0, labels / 4, labels / 4 + count);
  else i32.set(batch.labels.subarray(first, first + count), labels / 4);
  if (batch.sampleWeight === null && typeof upstream === 'number') {
    f64[weights / 8] = 1;
    f64[factors / 8] = upstream * rowFactor(table.options, 1, denominator);
    return 0;
  }
  for (let i = 0, row = first; i < count; i++, row++) {
    const s = rowWeight(batch, row);
    const own = typeof upstream === 'number' ? upstream : (upstream[row] as number);
    f64[weights / 8 + i] = s;
    f64[factors / 8 + i] = own * rowFactor(table.options, s, denominator);
  }
  return 8;
}

/** The losses, and what the kernel has left to the other. */
function readLists(task: KernelTask, { i32, f64, layout }: KernelMemory, first: number, count: number): void {
  const { losses, nll } = layout;
  const labels = layout.labels / 4;
  for (let i = 0, at = losses / 8; i < count; i++) task.losses[first + i] = f64[at + i] as number;
  for (let i = 0, at = nll / 8; i < count; i++) task.nll[first + i] = f64[at + i] as number;
  for (let i = 0; i < count; i++) if (i32[labels + i] === untouched) jsKernel.run(rowTask(task, first + i));
}

/** A loop costs less than a call for a few numbers. */
function copy(from: Float32Array, start: number, end: number, to: Float32Array, at: number): void {
  if (end - start > 64) to.set(from.subarray(start, end), at);
  else for (let i = start; i < end; i++) to[at + i - start] = from[i] as number;
}

function isForKernel({ options, hit }: TargetTable, dense: boolean): boolean {
  const { input, classMask, prior, weight, weightMode, subtractEntropy } = options;
  if (input !== 'logits' || classMask !== null) return false;
  // An entropy, or one weight for a whole row, follows from all of its targets.
  if (dense && (subtractEntropy || (weight !== null && weightMode !== 'perClass'))) return false;
  // A negative hit is what is left of larger numbers; of a prior with zeros, nothing may be left in a row.
  return hit.every((entry) => entry >= 0) && (prior === null || Array.from(prior).every((u) => u > 0));
}

/** One row as a task of its own. */
function rowTask(task: KernelTask, row: number): KernelTask {
  const { batch, losses, nll, gradient, upstream } = task;
  const { classes, logits, labels, targets, sampleWeight } = batch;
  const start = row * classes;
  const end = start + classes;
  return {
    ...task,
    batch: {
      ...batch,
      rows: 1,
      logits: logits.subarray(start, end),
      labels: labels?.subarray(row, row + 1) ?? null,
      targets: targets?.subarray(start, end) ?? null,
      sampleWeight: sampleWeight && [sampleWeight[row] as number],
    },
    losses: losses.subarray(row, row + 1),
    nll: nll.subarray(row, row + 1),
    gradient: gradient?.subarray(start, end) ?? null,
    upstream: typeof upstream === 'number' ? upstream : (upstream[row] as number),
  };
}
