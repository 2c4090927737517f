import type { LogitsArray } from '@label-smoothing/core';
import type { HeadArrays, HeadGradients, HeadSize } from './linear-arrays.js';
import { forEachRun, type HeadProducts } from './linear-products.js';
import { relaxedSimd, simd } from './linear-wasm.generated.js';
import { compileModule, newInstance, newMemory, pageBytes, type WasmName } from './wasm.js';

/** The functions of assembly/linear/index.ts. Pointers are byte offsets. */
interface LinearExports {
  packRows(from: number, rows: number, columns: number, to: number): void;
  packColumns(from: number, rows: number, columns: number, to: number): void;
  transpose(from: number, step: number, rows: number, columns: number, to: number, toStep: number): void;
  score(
    x: number,
    rows: number,
    features: number,
    weight: number,
    bias: number,
    classes: number,
    logits: number,
    step: number,
    tile: number,
  ): void;
  addWeightGradient(
    g: number,
    step: number,
    rows: number,
    classes: number,
    x: number,
    features: number,
    dWeight: number,
    tile: number,
  ): void;
  addInputGradient(
    g: number,
    step: number,
    rows: number,
    classes: number,
    weight: number,
    features: number,
    tiles: number,
  ): void;
  storeInputGradient(tiles: number, rows: number, features: number, dx: number): void;
  addBiasGradient(g: number, rows: number, classes: number, dBias: number): void;
}

/** More rows than this gain nothing: what is read once per chunk is little beside the chunk's products. */
const mostRows = 512;
/** Classes whose weights are in the memory at one time: few enough for these to stay in a cache, and a long sum for dx. */
const panelElements = 2 ** 17;
const mostPanel = 192;
/** Bytes of the memory, unless four rows need more. */
const mostBytes = 14 * 2 ** 20;

const texts: Readonly<Record<WasmName, string>> = { simd, 'relaxed-simd': relaxedSimd };
const modules = new Map<WasmName, object>();

const floorTo = (n: number, step: number): number => n - (n % step);
const ceilTo = (n: number, step: number): number => Math.ceil(n / step) * step;

/** Where everything is, in bytes. */
class Layout {
  /** Rows of a chunk, and classes of a panel: multiples of four, since the products take four lines at a time. */
  readonly rows: number;
  readonly panel: number;
  readonly tile: number;
  readonly bias: number;
  readonly dBias: number;
  readonly logits: number;
  /** Some classes' weights, or their gradient. */
  readonly weight: number;
  readonly weightPanels: number;
  /** The gradient of their logits, transposed. */
  readonly g: number;
  readonly gStep: number;
  /** Features, later dx. */
  readonly x: number;
  readonly xPanels: number;
  readonly dxTiles: number;
  readonly end: number;

  constructor({ classes, features }: HeadSize) {
    const width = ceilTo(features, 8);
    this.panel = Math.max(4, floorTo(Math.min(ceilTo(classes, 4), mostPanel, Math.floor(panelElements / features)), 4));
    const fixed = 12 * classes + 4 * this.panel * (features + width);
    const perRow = 4 * (classes + this.panel + features) + 12 * width;
    const fit = Math.min(mostRows, Math.floor((mostBytes - fixed) / perRow));
    this.rows = Math.max(4, floorTo(fit, fit < 8 ? 4 : 8));
    // Lines a power of two apart would share a few lines of the cache.
    this.gStep = 4 * this.rows + 16;
    let end = 0;
    const reserve = (bytes: number): number => {
      const start = end;
      end = ceilTo(end + bytes, 64);
      return start;
    };
    this.tile = reserve(256);
    this.bias = reserve(4 * classes);
    this.dBias = reserve(8 * classes);
    this.logits = reserve(4 * this.rows * classes);
    this.weight = reserve(4 * this.panel * features);
    this.weightPanels = reserve(4 * this.panel * width);
    this.g = reserve(this.gStep * this.panel);
    this.x = reserve(4 * this.rows * features);
    this.xPanels = reserve(4 * ceilTo(this.rows, 8) * width);
    this.dxTiles = reserve(8 * this.rows * width);
    // Whole vectors are read, also from the end of a line.
    this.end = end + 64;
  }
}

/** Matrix products in WebAssembly, in a memory of their own: float32 in blocks of 64 terms, which float64 adds up. */
export class WasmProducts implements HeadProducts {
  private readonly size: HeadSize;
  private readonly at: Layout;
  private readonly exports: LinearExports;
  private readonly f32: Float32Array;
  private readonly f64: Float64Array;
  private arrays: HeadArrays | null = null;
  private gradients: HeadGradients | null = null;
  private rows: Int32Array = new Int32Array(0);

  constructor(name: WasmName, size: HeadSize) {
    const module = modules.get(name) ?? compileModule(texts[name]);
    modules.set(name, module);
    this.size = size;
    this.at = new Layout(size);
    const memory = newMemory(Math.ceil(this.at.end / pageBytes), false);
    this.exports = newInstance(module, { memory }) as LinearExports;
    this.f32 = new Float32Array(memory.buffer);
    this.f64 = new Float64Array(memory.buffer);
  }

  open(arrays: HeadArrays, gradients: HeadGradients | null, rows: number): number {
    const { bias, dBias } = this.at;
    if (arrays.bias !== null) this.f32.set(arrays.bias, bias / 4);
    this.f64.fill(0, dBias / 8, dBias / 8 + this.size.classes);
    this.arrays = arrays;
    this.gradients = gradients;
    return Math.min(this.at.rows, rows);
  }

  score(rows: Int32Array): LogitsArray {
    const { exports, at } = this;
    const { classes, features } = this.size;
    const { x, bias } = this.arrays as HeadArrays;
    forEachRun(rows, (first, count, place) => {
      this.f32.set(x.subarray(first * features, (first + count) * features), at.x / 4 + place * features);
    });
    exports.packRows(at.x, rows.length, features, at.xPanels);
    this.forEachPanel((k, count) => {
      this.stageWeight(k, count);
      const biasAt = bias === null ? 0 : at.bias + 4 * k;
      const logits = at.logits + 4 * k;
      exports.score(at.xPanels, rows.length, features, at.weight, biasAt, count, logits, 4 * classes, at.tile);
    });
    this.rows = rows;
    return this.f32.subarray(at.logits / 4, at.logits / 4 + rows.length * classes);
  }

  clear(i: number): void {
    const { features } = this.size;
    const start = this.at.x / 4 + i * features;
    this.f32.fill(0, start, start + features);
  }

  addGradients(): void {
    const { exports, at } = this;
    const { classes, features } = this.size;
    const { dx, dWeight } = this.gradients as HeadGradients;
    const rows = this.rows.length;
    const step = 4 * classes;
    exports.addBiasGradient(at.logits, rows, classes, at.dBias);
    exports.packColumns(at.x, rows, features, at.xPanels);
    this.f64.fill(0, at.dxTiles / 8, at.end / 8 - 8);
    this.forEachPanel((k, count) => {
      const g = at.logits + 4 * k;
      if (dx !== null) {
        this.stageWeight(k, count);
        exports.packColumns(at.weight, count, features, at.weightPanels);
        exports.addInputGradient(g, step, rows, count, at.weightPanels, features, at.dxTiles);
      }
      exports.transpose(g, step, rows, count, at.g, at.gStep);
      const [start, end] = [k * features, (k + count) * features];
      this.f32.set(dWeight.subarray(start, end), at.weight / 4);
      exports.addWeightGradient(at.g, at.gStep, rows, count, at.xPanels, features, at.weight, at.tile);
      dWeight.set(this.f32.subarray(at.weight / 4, at.weight / 4 + end - start), start);
    });
    if (dx !== null) this.writeInputGradient(dx);
  }

  close(): void {
    const { dBias } = this.at;
    this.gradients?.dBias?.set(this.f64.subarray(dBias / 8, dBias / 8 + this.size.classes));
    this.arrays = null;
    this.gradients = null;
  }

  private forEachPanel(visit: (first: number, count: number) => void): void {
    const { classes } = this.size;
    for (let k = 0; k < classes; k += this.at.panel) visit(k, Math.min(this.at.panel, classes - k));
  }

  private stageWeight(first: number, count: number): void {
    const { features } = this.size;
    const { weight } = this.arrays as HeadArrays;
    this.f32.set(weight.subarray(first * features, (first + count) * features), this.at.weight / 4);
  }

  private writeInputGradient(dx: LogitsArray): void {
    const { exports, at } = this;
    const { features } = this.size;
    exports.storeInputGradient(at.dxTiles, this.rows.length, features, at.x);
    forEachRun(this.rows, (first, count, place) => {
      const start = at.x / 4 + place * features;
      dx.set(this.f32.subarray(start, start + count * features), first * features);
    });
  }
}
