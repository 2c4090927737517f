import type { LogitsArray } from '@label-smoothing/core';
import type { HeadArrays, HeadGradients } from './linear-arrays.js';

/**
 * The matrix products of a head, for a chunk of rows at a time. One call: `open`; per chunk `score`, and where gradients
 * are wanted `addGradients` after the chunk's logits have become their gradient; `close`.
 */
export interface HeadProducts {
  /** Takes the arrays of a call of at most that many rows. Returns how many of them fit into a chunk. */
  open(arrays: HeadArrays, gradients: HeadGradients | null, rows: number): number;
  /** Reads the features of these rows of the batch. Returns their logits, [rows, classes], which the next chunk replaces. */
  score(rows: Int32Array): LogitsArray;
  /** Has the chunk's i-th row of features count as zeros from now on. */
  clear(i: number): void;
  /** Adds what the chunk gives to dWeight and dBias, and writes its rows of dx. */
  addGradients(): void;
  /** Writes dBias. */
  close(): void;
}

/** Calls back for each run of rows that follow each other: its first row, how many there are, and its place in the list. */
export function forEachRun(rows: Int32Array, visit: (first: number, count: number, at: number) => void): void {
  for (let at = 0; at < rows.length; ) {
    const first = rows[at] as number;
    let count = 1;
    while (rows[at + count] === first + count) count++;
    visit(first, count, at);
    at += count;
  }
}
