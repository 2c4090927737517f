import { compileTargetTable, resolveOptions, rowTerms } from '@label-smoothing/core';
import { expect, test } from 'vitest';

const prior = [0.5, 0, 0.25, 0.25];
const weight = [1, 2, 0.5, 4];

test.each([
  { labelSmoothing: 0.2, smoothingMode: 'prior', prior, subtractEntropy: true },
  {
    labelSmoothing: 0.2,
    smoothingMode: 'prior',
    prior: [prior, prior, [0.1, 0.2, 0.3, 0.4], prior],
    subtractEntropy: true,
  },
  { labelSmoothing: 0.2, smoothingMode: 'others', subtractEntropy: true, weight, weightMode: 'expected' },
  { labelSmoothing: [0, 0.1, 0.5, 1], subtractEntropy: true, weight, weightMode: 'target' },
  { labelSmoothing: 1, classMask: [true, false, true, true], weight },
] as const)('the table holds the row terms of every label: %j', (options) => {
  const table = compileTargetTable(resolveOptions({ classes: 4, ...options }, 'labels'));
  const at = (column: Float64Array, y: number): number => column[column.length === 1 ? 0 : y] as number;
  for (let y = 0; y < 4; y++) {
    const terms = rowTerms(table, y);
    expect(at(table.base, y)).toBe(terms.rowScale * terms.base);
    expect(at(table.mass, y)).toBe(terms.mass);
    expect(at(table.floor, y)).toBe(terms.floor);
    expect(at(table.denominator, y)).toBe(terms.denominator);
  }
});
