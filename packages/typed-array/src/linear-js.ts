import type { LogitsArray } from '@label-smoothing/core';
import type { HeadArrays, HeadGradients, HeadSize } from './linear-arrays.js';
import { forEachRun, type HeadProducts } from './linear-products.js';
import { multiply } from './matrix.js';

/** So many logits fit into the second-level cache; fewer rows than `leastRows` would read the weights too often. */
const cachedLogits = 2 ** 18;
const leastRows = 32;
/** Bytes for a chunk: its logits, its features, and their gradient in float64. */
const mostBytes = 12 * 2 ** 20;

/** Matrix products in JavaScript, formed in float64. */
export class JsProducts implements HeadProducts {
  private readonly size: HeadSize;
  private readonly dBias: Float64Array;
  private arrays: HeadArrays | null = null;
  private gradients: HeadGradients | null = null;
  private rows: Int32Array = new Int32Array(0);
  private x: LogitsArray = new Float64Array(0);
  private logits: LogitsArray = new Float64Array(0);

  constructor(size: HeadSize) {
    this.size = size;
    this.dBias = new Float64Array(size.classes);
  }

  open(arrays: HeadArrays, gradients: HeadGradients | null, count: number): number {
    const { classes, features } = this.size;
    const { x } = arrays;
    const rowBytes = (classes + features) * x.BYTES_PER_ELEMENT + 8 * features;
    const cached = Math.max(leastRows, Math.floor(cachedLogits / Math.max(classes, features)));
    const rows = Math.max(1, Math.min(cached, Math.floor(mostBytes / rowBytes), count));
    const Kind = x instanceof Float32Array ? Float32Array : Float64Array;
    if (!(this.x instanceof Kind) || this.x.length < rows * features) {
      this.x = new Kind(rows * features);
      this.logits = new Kind(rows * classes);
    }
    this.arrays = arrays;
    this.gradients = gradients;
    this.dBias.fill(0);
    return rows;
  }

  score(rows: Int32Array): LogitsArray {
    const { classes, features } = this.size;
    const { x, weight, bias } = this.arrays as HeadArrays;
    const logits = this.logits.subarray(0, rows.length * classes);
    forEachRun(rows, (first, count, at) => {
      this.x.set(x.subarray(first * features, (first + count) * features) as Float32Array, at * features);
    });
    for (let i = 0; i < logits.length; i++) logits[i] = bias === null ? 0 : (bias[i % classes] as number);
    multiply(
      { data: this.x, rowStep: features, columnStep: 1 },
      { data: weight, rowStep: 1, columnStep: features },
      { data: logits, rowStep: classes, columnStep: 1 },
      { rows: rows.length, inner: features, columns: classes },
    );
    this.rows = rows;
    return logits;
  }

  clear(i: number): void {
    this.x.fill(0, i * this.size.features, (i + 1) * this.size.features);
  }

  addGradients(): void {
    const { classes, features } = this.size;
    const { dx, dWeight } = this.gradients as HeadGradients;
    const inner = this.rows.length;
    multiply(
      { data: this.logits, rowStep: 1, columnStep: classes },
      { data: this.x, rowStep: features, columnStep: 1 },
      { data: dWeight, rowStep: features, columnStep: 1 },
      { rows: classes, inner, columns: features },
    );
    for (let i = 0, k = 0; i < inner * classes; i++, k = k + 1 === classes ? 0 : k + 1) {
      this.dBias[k] = (this.dBias[k] as number) + (this.logits[i] as number);
    }
    if (dx !== null) this.writeInputGradient(dx);
  }

  private writeInputGradient(dx: LogitsArray): void {
    const { classes, features } = this.size;
    const { weight } = this.arrays as HeadArrays;
    const sums = new Float64Array(this.rows.length * features);
    multiply(
      { data: this.logits, rowStep: classes, columnStep: 1 },
      { data: weight, rowStep: features, columnStep: 1 },
      { data: sums, rowStep: features, columnStep: 1 },
      { rows: this.rows.length, inner: classes, columns: features },
    );
    forEachRun(this.rows, (first, count, at) => {
      dx.set(sums.subarray(at * features, (at + count) * features), first * features);
    });
  }

  close(): void {
    this.gradients?.dBias?.set(this.dBias);
    this.arrays = null;
    this.gradients = null;
  }
}
