// That nothing of the size of the logits is taken shows in the results; here, that both are measured at every size.
import { expect, test } from 'vitest';
import type { GrowthFindings } from '../src/growth/suite.js';
import { runQuickly } from './run-quickly.js';

test('leaves times and peaks by size', { timeout: 300_000 }, () => {
  const { comparisons, peaks } = runQuickly<GrowthFindings>('growth');
  for (const { figures } of comparisons) {
    expect(figures.map(({ name }) => name)).toEqual(expect.arrayContaining(['SIMD', 'JavaScript']));
  }
  expect(new Set(peaks.map(({ mode, kernel, rows }) => `${mode} ${kernel} ${rows}`)).size).toBe(16);
  for (const { mebibytes } of peaks) if (process.platform === 'linux') expect(mebibytes).toBeTypeOf('number');
});
