// The forms are compared because they compute the same: that is tested, and no time is.
import { crossEntropy } from '@label-smoothing/core';
import { expect, test } from 'vitest';
import { makeBatch } from '../src/batch.js';
import { forms } from '../src/onnx/forms.js';
import { openForm, providers } from '../src/onnx/open-form.js';
import type { OnnxFindings } from '../src/onnx/suite.js';
import { runQuickly } from './run-quickly.js';

const batch = makeBatch({ rows: 5, classes: 7 }, 'normal');
const expected = crossEntropy(batch.logits, batch.labels, { classes: 7, labelSmoothing: 0.1, gradient: true });

test.each(forms.flatMap((form) => providers.map((provider) => ({ form, provider }))))(
  '$form.name on $provider computes the loss and its gradient',
  async ({ form, provider }) => {
    const runner = await openForm(form, provider, true, batch);
    const { loss, gradient } = await runner.run();
    expect(loss.data[0]).toBeCloseTo(expected.loss, 5);
    expect(gradient?.data).toHaveLength(batch.logits.length);
    gradient?.data.forEach((g, i) => {
      expect(g).toBeCloseTo(expected.gradient[i] as number, 6);
    });
    await runner.close();
  },
);

test('leaves its tables', { timeout: 120_000 }, () => {
  const { comparisons, costs, sizes, absent } = runQuickly<OnnxFindings>('onnx');
  expect(absent).toEqual([]);
  expect(comparisons.map(({ figures }) => figures.length)).toEqual([2 * forms.length, 2 * forms.length]);
  expect(costs).toHaveLength(2 * forms.length);
  for (const { nodes, bytes } of sizes) expect(Math.min(nodes, bytes)).toBeGreaterThan(10);
});
