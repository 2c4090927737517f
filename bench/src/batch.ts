// The data of a case, the same in every run, as files that a contender in any language can read.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crossEntropy } from '@label-smoothing/core';
import { type Case, type Data, labelSmoothing, type Shape } from './case.js';

/** A batch; dense targets instead of labels where there are some. */
export interface Batch {
  readonly logits: Float32Array;
  readonly labels: Int32Array;
  readonly targets: Float32Array | null;
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

/** Makes the batch of a case. Large ones repeat after a prime number of logits. */
export function makeBatch({ rows, classes }: Shape, data: Data): Batch {
  const next = uniform(1 + rows + classes);
  const deviation = data === 'wide' ? 30 : 3;
  const logits = new Float32Array(rows * classes);
  const fresh = Math.min(logits.length, 999_983);
  for (let i = 0; i < fresh; i++) {
    logits[i] = deviation * Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next());
  }
  for (let i = fresh; i < logits.length; i++) logits[i] = logits[i - fresh] as number;
  const labels = Int32Array.from({ length: rows }, () => Math.floor(classes * next()));
  if (data === 'masked') {
    for (let i = 0; i < logits.length; i++) if (next() < 0.1) logits[i] = Number.NEGATIVE_INFINITY;
    for (let row = 0; row < rows; row++) logits[row * classes + (labels[row] as number)] = 1;
  }
  return { logits, labels, targets: data === 'soft' ? softTargets(rows, classes, next) : null };
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

export function writeBatch(folder: string, { logits, labels, targets }: Batch): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'logits'), logits);
  writeFileSync(join(folder, 'labels'), labels);
  if (targets !== null) writeFileSync(join(folder, 'targets'), targets);
}

export function readBatch(folder: string, data: Data): Batch {
  const read = (name: string): ArrayBuffer => new Uint8Array(readFileSync(join(folder, name))).buffer;
  return {
    logits: new Float32Array(read('logits')),
    labels: new Int32Array(read('labels')),
    targets: data === 'soft' ? new Float32Array(read('targets')) : null,
  };
}

/** Σ g². */
export function sumOfSquares(gradient: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < gradient.length; i++) sum += (gradient[i] as number) ** 2;
  return sum;
}

/** What every contender has to find. */
export function expected({ classes, operation }: Case, { logits, labels, targets }: Batch) {
  const options = { classes, labelSmoothing, gradient: operation !== 'forward' };
  const { loss, gradient } = crossEntropy(logits, targets ?? labels, options);
  return { loss, squares: gradient === undefined ? 0 : sumOfSquares(gradient) };
}
