// The forms are compared because they compute the same: that is tested, and no time is.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crossEntropy } from '@label-smoothing/core';
import { expect, test } from 'vitest';
import { batchData } from '../src/entry.js';
import { forms } from '../src/onnx/forms.js';
import { openForm } from '../src/onnx/runtimes.js';
import type { OnnxResults } from '../src/onnx/suite.js';

const batch = { rows: 5, classes: 7 };
const { logits, labels } = batchData(batch);
const expected = crossEntropy(logits, labels, { classes: 7, labelSmoothing: 0.1, gradient: true });

test.each(forms.flatMap((form) => (['cpu', 'wasm'] as const).map((provider) => ({ form, provider }))))(
  '$form.name on $provider computes the loss and its gradient',
  async ({ form, provider }) => {
    const runner = await openForm(form, provider, true, batch);
    const outputs = await runner.run();
    const [loss, gradient] = ['loss', 'gradient'].map((name) => Array.from(outputs[name]?.data as Float32Array));
    expect(loss?.[0]).toBeCloseTo(expected.loss, 5);
    gradient?.forEach((g, i) => {
      expect(g).toBeCloseTo(expected.gradient[i] as number, 6);
    });
    await runner.close?.();
  },
);

test('leaves its tables', { timeout: 120_000 }, () => {
  const out = mkdtempSync(join(tmpdir(), 'bench-'));
  const main = `${import.meta.dirname}/../dist/main.js`;
  const printed = execFileSync(process.execPath, [main, '--quick', '--out', out], { encoding: 'utf8' });
  expect(readFileSync(join(out, 'onnx.md'), 'utf8').trim()).toBe(printed.trim());
  const { timings, costs, sizes } = JSON.parse(readFileSync(join(out, 'onnx.json'), 'utf8')) as OnnxResults;
  expect(timings).toHaveLength(4);
  for (const { entries } of timings) expect(Math.max(...entries.map(({ speed }) => speed))).toBe(1);
  expect(costs).toHaveLength(2 * forms.length);
  for (const { nodes, bytes } of sizes) expect(Math.min(nodes, bytes)).toBeGreaterThan(10);
  rmSync(out, { recursive: true });
});
