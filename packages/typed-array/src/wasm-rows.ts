import { type Block, finishRow, leaveRow } from './wasm-row.js';

/**
 * Computes rows `first` up to `end` of a block, by themselves: other threads may be at others meanwhile. Sums of losses are of
 * whole rows of sumRows: `first` is a multiple of that.
 */
export function computeRows(block: Block, first: number, end: number): void {
  const { memory, rules, x, out, targets, step } = block;
  const { exports, i32 } = memory;
  const { labels } = memory.layout;
  const { table } = rules;
  memory.bind(rules);
  exports.bindRows(x, out, targets, targets === 0 ? 0 : memory.weightAt(table), step);
  let row = first;
  while (row < end) {
    let last = end;
    if (table.conditionalPrior !== null) {
      memory.bindLabel(rules, Math.max(0, i32[labels / 4 + row] as number));
      last = row + 1;
    }
    const stop = exports.computeRows(row, last);
    row = stop >> 2;
    if ((stop & 3) === 0) continue;
    if ((stop & 3) === 1) leaveRow(block, row);
    else finishRow(block, row);
    row++;
  }
  exports.sumLosses(first, end);
}
