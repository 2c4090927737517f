// Everyone who is here runs, finds the loss and the gradient, and has a figure. No time is tested.
import { expect, test } from 'vitest';
import type { CpuFindings } from '../src/cpu/suite.js';
import { runQuickly } from './run-quickly.js';

/** Those that need nothing but what npm installs. */
const always = ['ours, SIMD', 'ours, JavaScript', 'TensorFlow.js wasm', 'TensorFlow.js cpu', 'ONNX Runtime, our graph'];
const heads = ['our head, SIMD', 'its products alone, SIMD', 'our head, JavaScript'];

test('leaves a figure of everyone who is here', { timeout: 300_000 }, () => {
  const { comparisons, absent, verdicts, startUps } = runQuickly<CpuFindings>('cpu');
  expect(new Set(comparisons.map(({ operation }) => operation))).toEqual(new Set(['forward', 'gradient', 'in place']));
  for (const { figures, ...one } of comparisons) {
    if (one.data === 'normal' && one.operation !== 'in place') {
      expect(figures.map(({ name }) => name)).toEqual(expect.arrayContaining(one.features ? heads : always));
    }
    for (const { nanoseconds, shareOfCopy } of figures) expect(Math.min(nanoseconds, shareOfCopy)).toBeGreaterThan(0);
  }
  expect(startUps.map(({ kernel }) => kernel)).toEqual(expect.arrayContaining(['simd', 'js']));
  for (const { text, met } of verdicts) {
    if (text.endsWith('ours, SIMD, K = 10')) expect(met).not.toBeNull();
  }
  // A process that does not start is one thing, a wrong answer another.
  expect(absent.filter((line) => line.includes(', and not '))).toEqual([]);
});
