import { denseRows } from './wasm-dense.js';
import { labelledRows } from './wasm-labels.js';
import type { Block } from './wasm-row.js';

/** Computes rows `first` up to `end` of a block, by themselves: other threads may be at others meanwhile. */
export function computeRows(block: Block, first: number, end: number): void {
  block.memory.bind(block.rules.table, block.rules.hard);
  if (block.targets === 0) labelledRows(block, first, end);
  else denseRows(block, first, end);
}
