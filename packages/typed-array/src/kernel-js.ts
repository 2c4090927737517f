import type { LogitsArray } from '@label-smoothing/core';
import { allWithin } from '@label-smoothing/core/adapter';
import { ExactRows } from './exact-rows.js';
import { computeFastRows, isForFastRows } from './fast-rows.js';
import type { Kernel, KernelTask } from './kernel.js';
import { isHalf, runHalf } from './kernel-js-half.js';
import type { LossLists } from './row-losses.js';

/**
 * Plain loops in JavaScript: runs everywhere, and is what faster kernels are compared with. A row is read whole before
 * any of it is written, so the gradient may take the place of the logits; each of its elements is rounded once, to float16
 * from float32.
 */
export const jsKernel: Kernel = {
  run(task) {
    if (isHalf(task)) runHalf(task, runRows);
    else runRows(task as KernelTask<LogitsArray>);
  },
  allWithin,
};

/** Logits of a block, of which there is at least one row: what is computed from them stays in the nearest cache. */
const blockElements = 2048;
const mostRows = 256;
/** Room for the rows of one block, kept for the next. */
const lists = new Float64Array(2 * mostRows);
const room: LossLists = { losses: lists.subarray(0, mostRows), nlls: lists.subarray(mostRows) };

function runRows(task: KernelTask<LogitsArray>): void {
  const { rows, classes } = task.batch;
  const atOnce = Math.max(1, Math.min(mostRows, Math.floor(blockElements / classes)));
  const fast = isForFastRows(task) ? task : null;
  let exact: ExactRows | null = null;
  for (let first = 0; first < rows; first += atOnce) {
    const count = Math.min(atOnce, rows - first);
    const others = fast === null ? count : computeFastRows(fast, first, count, room);
    for (let i = 0, left = others; left > 0; i++) {
      if (others < count && !Number.isNaN(room.losses[i])) continue;
      exact ??= new ExactRows(task, room);
      exact.compute(first + i, i);
      left--;
    }
    task.losses.add(lists, 0, mostRows, count);
  }
}
