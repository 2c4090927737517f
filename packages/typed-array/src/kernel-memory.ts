import type { TargetTable } from '@label-smoothing/core';
import type { FloatArray } from '@label-smoothing/core/adapter';
import type { RowRules } from './rules.js';
import { machinePage, type Stage } from './staging.js';
import { growMemory, instantiate, newMemory, pageBytes, type WasmExports, type WasmMemory } from './wasm.js';

/** Where the module's own tables end. */
const origin = 2048;
/** Rows of a thread whose labels, weights and losses are in the memory at one time; a multiple of four. */
const rowsAtOnce = 4096;
/** Elements of ordinary arrays that a thread has at one time: with their exponentials in place, a part of L2. */
const stageElements = 32768;
/** Elements of rows whose losses are added up before others are added to them, at most, where a row has fewer. */
const sumElements = 2048;
/** Bytes of an instance for what it keeps of the rows that it is at: SAVED there, up to the end of COLUMNS in short.ts. */
const kept = 13_504;

/** What a memory has to have room for. */
export interface KernelSize {
  readonly classes: number;
  /** Entries of the largest column of a table. */
  readonly column: number;
  readonly hasProfile: boolean;
  /** Whether the class axis of arrays is not the last. */
  readonly strided: boolean;
  /** How many instances work in the memory; with more than one it is shared. */
  readonly threads: number;
}

/** Byte offsets of what is in a memory, and how much of it there is. */
interface Layout {
  /** One float64 (weights, factors, losses, nll) or int32 (labels) per row. */
  readonly labels: number;
  readonly weights: number;
  readonly factors: number;
  readonly losses: number;
  readonly nll: number;
  /** Sums of losses, and of nlls, of `sumRows` rows each: how a sum is formed depends on the number of classes alone. */
  readonly sums: number;
  readonly nllSums: number;
  readonly sumRows: number;
  /** 1 once a row was left to the JavaScript kernel. */
  readonly left: number;
  /** How many rows those lists have, a multiple of `sumRows`. */
  readonly listRows: number;
  /** Rows of logits, and of dense targets, that are staged at one time; likewise. */
  readonly stageRows: number;
  /** The staged logits, and the dense targets. */
  readonly stage: number;
  readonly targets: number;
  /** One class after another, on the way to the stage and back. */
  readonly runs: number;
  /** What one thread's instance alone reads and writes. */
  readonly columns: number;
  readonly profile: number;
  readonly weight: number;
  readonly scratch: number;
  readonly end: number;
}

/** For the thread of that number: the lists and the stage are common to all, and come first. */
function layoutOf({ classes, column, hasProfile, strided, threads }: KernelSize, thread: number): Layout {
  let end = origin;
  const reserve = (bytes: number): number => {
    const start = end;
    end = endOf(start, bytes);
    return start;
  };
  const listRows = threads * rowsAtOnce;
  const sumRows = 2 ** Math.floor(Math.log2(Math.max(1, sumElements / classes)));
  const rows = Math.max(threads, Math.floor((threads * stageElements) / classes));
  const stageRows = Math.min(listRows, rows - (rows % sumRows));
  const lists = {
    labels: reserve(4 * listRows),
    weights: reserve(8 * listRows),
    factors: reserve(8 * listRows),
    losses: reserve(8 * listRows),
    sums: reserve((8 * listRows) / sumRows),
    nll: reserve(8 * listRows),
    nllSums: reserve((8 * listRows) / sumRows),
    left: reserve(4),
  };
  // The rooms begin at half a page: see stageOffset.
  const reserveStage = (): number => {
    end = Math.ceil(end / machinePage) * machinePage + machinePage / 2;
    return reserve(4 * stageRows * classes + machinePage);
  };
  const stages = {
    stage: reserveStage(),
    targets: reserveStage(),
    runs: reserve(strided ? 4 * classes * pitchOf(stageRows) : 0),
  };
  const own = Array.from({ length: threads }, () => ({
    columns: reserve(6 * 8 * column),
    profile: reserve(hasProfile ? 4 * classes : 0),
    weight: reserve(hasProfile ? 4 * classes : 0),
    scratch: reserve(kept),
  }));
  return { ...lists, ...stages, ...(own[thread] as (typeof own)[0]), sumRows, listRows, stageRows, end };
}

/** Elements from one class to the next; four more than are needed, as steps of a power of two share too few cache lines. */
const pitchOf = (stageRows: number): number => stageRows + 4;

/** With room for four vectors more, since the end of a row is read as whole ones; aligned for the next. */
function endOf(start: number, bytes: number): number {
  return Math.ceil((start + bytes + 64) / 16) * 16;
}

/**
 * One thread's instance of the kernel, in a memory that holds logits and tables. A memory of one instance never changes its
 * size, which would detach the views of it; one that threads share may grow.
 */
export class KernelMemory implements Stage {
  readonly exports: WasmExports;
  readonly memory: WasmMemory;
  readonly classes: number;
  readonly layout: Layout;
  f32!: Float32Array;
  f64!: Float64Array;
  i32!: Int32Array;
  u16!: Uint16Array;
  private readonly size: KernelSize;
  private bound: RowRules | null = null;
  private free: number;

  /** @param memory - one that was made for this size. @param thread - 0 for the one that hands out arrays. */
  constructor(module: object, size: KernelSize, memory: WasmMemory, thread: number) {
    this.size = size;
    this.classes = size.classes;
    this.memory = memory;
    this.layout = layoutOf(size, thread);
    this.free = this.layout.end;
    this.exports = instantiate(module, memory, this.layout.scratch);
    const { labels, weights, factors, losses, nll, sums, sumRows } = this.layout;
    this.exports.bindLists(size.classes, labels, weights, factors, losses, nll, sums, sumRows);
    this.look();
  }

  /** @param room - elements beside lists and stage, for arrays that callers hold. */
  static create(module: object, size: KernelSize, room: number): KernelMemory {
    const pages = Math.ceil((layoutOf(size, 0).end + 4 * room + 96) / pageBytes);
    return new KernelMemory(module, size, newMemory(pages, size.threads > 1), 0);
  }

  get runs(): Stage['runs'] {
    return { at: this.layout.runs, pitch: pitchOf(this.layout.stageRows) };
  }

  get buffer(): ArrayBufferLike {
    return this.f32.buffer;
  }

  /** Sees the memory at the size that it has now, at least so many bytes. Views from before stay what they are. */
  look(bytes = 0): void {
    // A thread may hear late that another has made the memory larger; this makes it ask.
    if (this.memory.buffer.byteLength < bytes) this.memory.grow(0);
    const { buffer } = this.memory;
    this.f32 = new Float32Array(buffer);
    this.f64 = new Float64Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.u16 = new Uint16Array(buffer);
  }

  /** An array of zeros that nothing else is in; null where no room is left. */
  take(length: number): Float32Array | null {
    const start = this.free;
    const end = endOf(start, 4 * length);
    if (end > this.buffer.byteLength) {
      if (this.size.threads === 1) return null;
      growMemory(this.memory, end - this.buffer.byteLength);
      this.look();
    }
    this.free = end;
    return new Float32Array(this.buffer, start, length);
  }

  /** Has the kernel use these tables from now on. */
  bind(rules: RowRules): void {
    const { table, hard } = rules;
    if (this.bound === rules) return;
    const columns = [table.hit, table.base, table.mass, table.floor, hard.hit, hard.mass];
    const length = Math.max(...columns.map((column) => column.length));
    columns.forEach((column, i) => {
      const at = this.layout.columns / 8 + i * length;
      if (column.length === length) this.f64.set(column, at);
      else this.f64.fill(column[0] as number, at, at + length);
    });
    const total = table.profile === null ? this.classes : this.setProfile(table.profile);
    const { weight } = table.options;
    if (weight !== null) this.f32.set(weight, this.layout.weight / 4);
    this.bindProfile(rules, length, table.profile !== null, total);
    this.bound = rules;
  }

  /** Has the kernel use the profile of one label: that of the table times its row of a K×K prior. */
  bindLabel(rules: RowRules, label: number): void {
    const { profile, conditionalPrior, hit } = rules.table;
    const { classes } = this;
    const prior = (conditionalPrior as FloatArray).slice(label * classes, (label + 1) * classes);
    const v = profile === null ? prior : prior.map((p, k) => p * (profile[k] as number));
    this.bindProfile(rules, hit.length, true, this.setProfile(v));
  }

  private bindProfile({ table, exact, masked, dense }: RowRules, length: number, has: boolean, total: number): void {
    const { columns, profile } = this.layout;
    const { zLoss, smoothingMode } = table.options;
    this.exports.bindTables(columns, length, has ? profile : 0, total, zLoss, +exact);
    this.exports.bindTerms(masked, smoothingMode === 'others' ? 1 : 0, dense.base, dense.keep);
  }

  private setProfile(v: FloatArray): number {
    this.f32.set(v, this.layout.profile / 4);
    let total = 0;
    for (let k = 0; k < v.length; k++) total += v[k] as number;
    return total;
  }

  /** Where the class weights are, for dense targets; 0 for none. */
  weightAt({ options }: TargetTable): number {
    return options.weight !== null && options.weightMode === 'perClass' ? this.layout.weight : 0;
  }
}
