import type { TargetTable } from '@label-smoothing/core';
import { rowFactor, rowWeight } from '@label-smoothing/core/adapter';
import type { Kernel, KernelTask } from './kernel.js';
import { jsKernel } from './kernel-js.js';
import { KernelMemory, rowsAtOnce, type TableSize } from './kernel-memory.js';
import { denseBlock } from './wasm-dense.js';
import { type Block, labelledBlock } from './wasm-labels.js';
import { PresentTerms } from './wasm-row.js';

/** Below this no coefficient of a class is small enough for a probability near the end of float32 to show beside it. */
const visible = 2 ** -60;
/** Room for arrays of callers comes in memories of at least this many elements. */
const leastRoom = 2 ** 18;

/**
 * One criterion's WebAssembly kernel, with memories that are its alone. What it does not compute goes to the JavaScript
 * kernel: float64 logits, probabilities as input, a class mask, classes that are not the last axis, one class.
 */
export class WasmKernel implements Kernel {
  private readonly module: object;
  private readonly size: TableSize;
  private readonly staging: KernelMemory;
  private readonly rooms: Map<ArrayBufferLike, KernelMemory> = new Map();

  constructor(module: object, table: TargetTable) {
    const { classes, weight, prior } = table.options;
    this.module = module;
    this.size = { classes, column: table.hit.length, hasProfile: weight !== null || prior !== null };
    this.staging = new KernelMemory(module, this.size, 0);
  }

  /** An array in memory that the kernel works in without a copy. */
  alloc(length: number): Float32Array {
    for (const room of this.rooms.values()) {
      const array = room.take(length);
      if (array !== null) return array;
    }
    // Room for a second array like it, so that logits and gradient share a memory.
    const room = new KernelMemory(this.module, this.size, Math.max(2 * length + 64, leastRoom));
    this.rooms.set(room.buffer, room);
    return room.take(length) as Float32Array;
  }

  run(task: KernelTask): void {
    if (isForKernel(task)) this.compute(task);
    else jsKernel.run(task);
  }

  private compute(task: KernelTask): void {
    const { batch, gradient } = task;
    const home = this.rooms.get(batch.logits.buffer);
    const direct = home !== undefined && (gradient === null || gradient.buffer === home.buffer);
    const memory = direct ? home : this.staging;
    memory.bind(task.table, task.hard);
    const step = direct && batch.labels !== null ? rowsAtOnce : memory.stageRows;
    const shared = factorsOf(task);
    for (let first = 0; first < batch.rows; first += step) {
      const count = Math.min(step, batch.rows - first);
      const start = first * batch.classes;
      const end = start + count * batch.classes;
      const x = direct ? batch.logits.byteOffset + 4 * start : memory.stage;
      const out = gradient === null ? 0 : direct ? gradient.byteOffset + 4 * start : memory.stage;
      if (!direct) copy(batch.logits as Float32Array, start, end, memory.f32, x / 4);
      const block = { memory, x, out, first, count, ...shared };
      const untouched = runBlock(task, block, start, end);
      for (let i = 0, at = memory.losses / 8; i < count; i++) task.losses[first + i] = memory.f64[at + i] as number;
      for (let i = 0, at = memory.nll / 8; i < count; i++) task.nll[first + i] = memory.f64[at + i] as number;
      if (!direct && gradient !== null) copy(memory.f32, x / 4, x / 4 + end - start, gradient as Float32Array, start);
      for (const row of untouched) jsKernel.run(rowTask(task, row));
    }
  }
}

function runBlock(task: KernelTask, block: Block, start: number, end: number): number[] {
  const { targets } = task.batch;
  if (targets === null) return labelledBlock(task, block);
  block.memory.f32.set(targets.subarray(start, end), block.memory.targets / 4);
  return denseBlock(task, block, block.memory.targets);
}

/** A loop costs less than a call for a few numbers. */
function copy(from: Float32Array, start: number, end: number, to: Float32Array, at: number): void {
  if (end - start > 64) to.set(from.subarray(start, end), at);
  else for (let i = start; i < end; i++) to[at + i - start] = from[i] as number;
}

function isForKernel({ batch, table }: KernelTask): boolean {
  const { input, classMask, prior } = table.options;
  if (!(batch.logits instanceof Float32Array) || batch.stride !== 1 || batch.classes === 1) return false;
  if (input !== 'logits' || classMask !== null) return false;
  // A negative hit is what is left of larger numbers; of a prior with zeros, nothing may be left in a row.
  return table.hit.every((hit) => hit >= 0) && (prior === null || Array.from(prior).every((u) => u > 0));
}

/** What every block of a task has in common. */
function factorsOf(task: KernelTask): Pick<Block, 'factorOf' | 'even' | 'terms' | 'exact'> {
  const { batch, table, denominator, upstream } = task;
  const even = batch.sampleWeight === null && typeof upstream === 'number';
  const common = typeof upstream === 'number' ? upstream * rowFactor(table.options, 1, denominator) : 0;
  const factorOf = (row: number): number => {
    const own = typeof upstream === 'number' ? upstream : (upstream[row] as number);
    return rowFactor(table.options, rowWeight(batch, row), denominator) * own;
  };
  const { base, mass, profile, conditionalPrior } = table;
  const least = profile === null ? 1 : (profile as Float64Array).reduce((a, b) => Math.min(a, b), Infinity);
  const exact = conditionalPrior !== null || !(Math.min(...ends(base)) * least >= visible * Math.max(...ends(mass)));
  return { factorOf: even ? () => common : factorOf, even, terms: new PresentTerms(table), exact };
}

/** The smallest and the largest entry. */
function ends(column: Float64Array): [number, number] {
  return [column.reduce((a, b) => Math.min(a, b)), column.reduce((a, b) => Math.max(a, b))];
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
