import { rowFactor, rowWeight } from '@label-smoothing/core';
import { denseRow } from './dense-row.js';
import { clearRow, generalRow } from './general-row.js';
import type { Kernel } from './kernel.js';
import { labelRow } from './label-row.js';

/** Plain loops in JavaScript: runs everywhere, and is what faster kernels are compared with. */
export const jsKernel: Kernel = {
  run(task) {
    const { batch, table, losses, nll, gradient, denominator, upstream } = task;
    const { input, classMask } = table.options;
    const plain = input === 'logits' && classMask === null;
    const quickRow = batch.labels === null ? denseRow : labelRow;
    for (let row = 0; row < batch.rows; row++) {
      const s = rowWeight(batch, row);
      if (s === 0) {
        losses[row] = 0;
        nll[row] = 0;
        if (gradient !== null) clearRow(gradient, batch, row);
        continue;
      }
      const own = typeof upstream === 'number' ? upstream : (upstream[row] as number);
      const factor = rowFactor(table.options, s, denominator) * own;
      if (!(plain && quickRow(task, row, s, factor))) generalRow(task, row, s, factor);
    }
  },
};
