// The data of a case, the same in every run, as files that a contender in any language can read.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crossEntropy, fromFloat16, toFloat16 } from '@label-smoothing/core';
import { type Case, type Data, labelSmoothing, type Shape } from './case.js';

/** A batch; dense targets instead of labels, and a linear layer whose scores the logits are, where there are some. */
export interface Batch {
  /** float16 as its bits. */
  readonly logits: Float32Array | Uint16Array;
  readonly labels: Int32Array;
  readonly targets?: Float32Array;
  readonly x?: Float32Array;
  readonly weight?: Float32Array;
}

/** Uniform in (0, 1): xorshift32 from a fixed seed. */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return ((state >>> 0) + 0.5) / 2 ** 32;
  };
}

/** Numbers N(0, deviation); after a prime number of them they repeat. */
function normal(length: number, deviation: number, next: () => number): Float32Array {
  const numbers = new Float32Array(length);
  const fresh = Math.min(length, 999_983);
  for (let i = 0; i < fresh; i++) {
    numbers[i] = deviation * Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next());
  }
  for (let i = fresh; i < length; i++) numbers[i] = numbers[i - fresh] as number;
  return numbers;
}

/** Makes the batch of a case. */
export function makeBatch({ rows, classes, features }: Shape, data: Data): Batch {
  const next = uniform(1 + rows + classes);
  const labels = Int32Array.from({ length: rows }, () => Math.floor(classes * next()));
  if (features !== undefined) {
    const x = normal(rows * features, 1, next);
    const weight = normal(classes * features, 3 / Math.sqrt(features), next);
    return { logits: scores(x, weight, features), labels, x, weight };
  }
  const logits = normal(rows * classes, data === 'wide' ? 30 : 3, next);
  if (data === 'masked') {
    for (let i = 0; i < logits.length; i++) if (next() < 0.1) logits[i] = Number.NEGATIVE_INFINITY;
    for (let row = 0; row < rows; row++) logits[row * classes + (labels[row] as number)] = 1;
  }
  if (data === 'float16') return { logits: Uint16Array.from(logits, toFloat16), labels };
  return data === 'soft' ? { logits, labels, targets: softTargets(rows, classes, next) } : { logits, labels };
}

/** x·weightᵀ. */
function scores(x: Float32Array, weight: Float32Array, features: number): Float32Array {
  const classes = weight.length / features;
  return Float32Array.from({ length: (x.length / features) * classes }, (_, i) => {
    const [row, k] = [Math.floor(i / classes) * features, (i % classes) * features];
    let sum = 0;
    for (let j = 0; j < features; j++) sum += (x[row + j] as number) * (weight[k + j] as number);
    return sum;
  });
}

/** Rows of positive numbers that sum to 1. */
function softTargets(rows: number, classes: number, next: () => number): Float32Array {
  const targets = Float32Array.from({ length: rows * classes }, next);
  for (let row = 0; row < rows; row++) {
    const own = targets.subarray(row * classes, (row + 1) * classes);
    const sum = own.reduce((total, t) => total + t, 0);
    for (let k = 0; k < classes; k++) own[k] = (own[k] as number) / sum;
  }
  return targets;
}

/** Writes an array to a file, by its name. */
export function writeBatch(folder: string, batch: Batch): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const [name, array] of Object.entries(batch)) writeFileSync(join(folder, name), array);
}

export function readBatch(folder: string, data: Data): Batch {
  const read = (name: string): [string, Float32Array | Uint16Array | Int32Array] => {
    const { buffer } = new Uint8Array(readFileSync(join(folder, name)));
    const kind = name === 'labels' ? Int32Array : data === 'float16' ? Uint16Array : Float32Array;
    return [name, new kind(buffer)];
  };
  return Object.fromEntries(readdirSync(folder).map(read)) as unknown as Batch;
}

/** Σ g². */
export function sumOfSquares(gradient: ArrayLike<number>): number {
  const isHalf = gradient instanceof Uint16Array;
  let sum = 0;
  for (let i = 0; i < gradient.length; i++) {
    const g = gradient[i] as number;
    sum += (isHalf ? fromFloat16(g) : g) ** 2;
  }
  return sum;
}

/** What every contender has to find. */
export function expected({ classes, operation }: Case, { logits, labels, targets }: Batch) {
  const options = { classes, labelSmoothing, gradient: operation !== 'forward' };
  const { loss, gradient } = crossEntropy(logits, targets ?? labels, options);
  return { loss, squares: gradient === undefined ? 0 : sumOfSquares(gradient) };
}
