import type { TargetTable } from '@label-smoothing/core';
import type { FloatArray } from '@label-smoothing/core/adapter';
import { instantiate, pageBytes, type WasmExports } from './wasm.js';

/** Where the module's own tables end. */
const origin = 2048;
/** Rows whose labels, weights and losses are in the memory at one time; a multiple of four. */
export const rowsAtOnce = 4096;
/** Elements of ordinary arrays that are copied in at one time: with their exponentials in place, a part of L2. */
const stageElements = 32768;
/** Elements that one block's sums are over, and classes of a small row: BLOCK and SMALL of assembly/constants.ts. */
const block = 256;
const small = 128;

/** The largest tables that a criterion can come with. */
export interface TableSize {
  readonly classes: number;
  /** Entries of a column. */
  readonly column: number;
  readonly hasProfile: boolean;
}

/** One instance of the kernel, with its tables and with room for logits, in a memory that never changes its size. */
export class KernelMemory {
  readonly exports: WasmExports;
  readonly buffer: ArrayBuffer;
  readonly f32: Float32Array;
  readonly f64: Float64Array;
  readonly i32: Int32Array;
  /** Byte offsets of one float64 (weights, factors, losses, nll) or int32 (labels) per row. */
  readonly labels: number;
  readonly weights: number;
  readonly factors: number;
  readonly losses: number;
  readonly nll: number;
  /** Rows of logits, and of dense targets, that are staged at one time. */
  readonly stageRows: number;
  /** Byte offset of the staged logits, of the dense targets behind them, and of what {@link take} gives. */
  readonly stage: number;
  readonly targets: number;
  private readonly size: TableSize;
  private readonly columns: number;
  private readonly profile: number;
  private readonly weight: number;
  private readonly references: number;
  private readonly scratch: number;
  private bound: object | null = null;
  private free: number;

  /** @param room - elements beside the staging room, for arrays that callers hold. */
  constructor(module: object, size: TableSize, room: number) {
    const { classes, column, hasProfile } = size;
    let end = origin;
    const reserve = (bytes: number): number => {
      const start = end;
      // Room for two vectors more: the end of a row is read as whole ones.
      end = (end + bytes + 47) & ~15;
      return start;
    };
    this.size = size;
    this.columns = reserve(6 * 8 * column);
    this.profile = reserve(hasProfile ? 4 * classes : 0);
    this.weight = reserve(hasProfile ? 4 * classes : 0);
    this.references = reserve(4 * Math.ceil(classes / block));
    this.scratch = reserve(4 * block + 16 * small);
    this.labels = reserve(4 * rowsAtOnce);
    this.weights = reserve(8 * rowsAtOnce);
    this.factors = reserve(8 * rowsAtOnce);
    this.losses = reserve(8 * rowsAtOnce);
    this.nll = reserve(8 * rowsAtOnce);
    const rows = Math.max(1, Math.floor(stageElements / classes));
    this.stageRows = Math.min(rowsAtOnce, rows < 4 ? rows : rows - (rows % 4));
    this.stage = reserve(4 * this.stageRows * classes);
    this.targets = reserve(4 * this.stageRows * classes);
    this.free = end;
    const { memory, exports } = instantiate(module, Math.ceil((end + 4 * room + 96) / pageBytes), this.scratch);
    this.exports = exports;
    this.buffer = memory.buffer;
    this.f32 = new Float32Array(this.buffer);
    this.f64 = new Float64Array(this.buffer);
    this.i32 = new Int32Array(this.buffer);
  }

  /** An array of the room beside; null where less is left. */
  take(length: number): Float32Array | null {
    const start = this.free;
    const end = (start + 4 * length + 47) & ~15;
    if (end > this.buffer.byteLength) return null;
    this.free = end;
    return new Float32Array(this.buffer, start, length);
  }

  /** Has the kernel use these tables from now on. */
  bind(table: TargetTable, hard: TargetTable): void {
    // A call's own options make another object around the same columns.
    if (this.bound === table.hit) return;
    const columns = [table.hit, table.base, table.mass, table.floor, hard.hit, hard.mass];
    const length = Math.max(...columns.map((column) => column.length));
    columns.forEach((column, i) => {
      const at = this.columns / 8 + i * length;
      if (column.length === length) this.f64.set(column, at);
      else this.f64.fill(column[0] as number, at, at + length);
    });
    const total = table.profile === null ? this.size.classes : this.setProfile(table.profile);
    const { weight } = table.options;
    if (weight !== null) this.f32.set(weight, this.weight / 4);
    this.bindProfile(length, table.profile !== null, total, table.options.zLoss);
    this.bound = table.hit;
  }

  /** Has the kernel use the profile of one label: that of the table times its row of a K×K prior. */
  bindLabel({ profile, conditionalPrior, hit, options }: TargetTable, label: number): void {
    const { classes } = this.size;
    const prior = (conditionalPrior as FloatArray).slice(label * classes, (label + 1) * classes);
    const v = profile === null ? prior : prior.map((p, k) => p * (profile[k] as number));
    this.bindProfile(hit.length, true, this.setProfile(v), options.zLoss);
  }

  private bindProfile(length: number, hasProfile: boolean, total: number, zLoss: number): void {
    this.exports.bindTables(this.columns, length, hasProfile ? this.profile : 0, total, zLoss, this.references);
  }

  private setProfile(v: FloatArray): number {
    this.f32.set(v, this.profile / 4);
    let total = 0;
    for (let k = 0; k < v.length; k++) total += v[k] as number;
    return total;
  }

  /** Where the class weights are, for dense targets; 0 for none. */
  weightAt({ options }: TargetTable): number {
    return options.weight !== null && options.weightMode === 'perClass' ? this.weight : 0;
  }

  /** Calls back with each class's stored number, as it was written to `out`, or would have been if that is 0. */
  forEachStored(x: number, out: number, visit: (k: number, stored: number, reference: number) => void): void {
    const { classes } = this.size;
    // In a row that was all in the fast range, everything is relative to 0, and the table is an earlier row's.
    const isWide = (this.exports.rowState() & 1) !== 0;
    for (let first = 0; first < classes; first += block) {
      const size = Math.min(block, classes - first);
      const reference = isWide ? (this.f32[this.references / 4 + first / block] as number) : 0;
      if (out === 0) this.exports.storeAgain(x + 4 * first, size, reference);
      const at = (out === 0 ? this.scratch : out + 4 * first) / 4;
      for (let i = 0; i < size; i++) visit(first + i, this.f32[at + i] as number, reference);
    }
  }
}
