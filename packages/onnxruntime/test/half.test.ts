// float16 comes as bits.
import { crossEntropy, toFloat16 } from '@label-smoothing/core';
import * as ort from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { createCrossEntropy } from '../src/criterion.js';
import type { Ort } from '../src/ort.js';
import type { CriterionOptions } from '../src/plan.js';

const bits = Uint16Array.from([2, 1, -Infinity, 0, 0, 3], toFloat16);
const labels = [0, 2];
const weighted = { classes: 3, labelSmoothing: 0.1, weight: [1, 2, 4] } as const;

async function lossOf(options: CriterionOptions, logits = bits, target: readonly number[] = labels): Promise<unknown> {
  const criterion = await createCrossEntropy(ort as unknown as Ort, { ...options, dtype: 'float16' });
  try {
    return (await criterion.run(logits, target)).loss;
  } finally {
    await criterion.release();
  }
}

test.each<[string, CriterionOptions]>([
  ['the usual loss', weighted],
  ["onEmpty 'throw'", { ...weighted, onEmpty: 'throw' }],
  ['a denominator over the classes that a row has', { ...weighted, denominator: 'expected', onEmpty: 'throw' }],
])('%s', async (_, options) => {
  const { loss } = crossEntropy(bits, labels, options as typeof weighted);
  expect(await lossOf(options)).toBeCloseTo(loss, 5);
});

test('probabilities where logits belong are found among bits', async () => {
  const softmaxed = Uint16Array.from([0.5, 0.25, 0.25, 0, 1, 0, 0.25, 0.25, 0.5], toFloat16);
  const refused = { code: 'LS_PROBABILITIES_AS_LOGITS' };
  await expect(lossOf({ classes: 3 }, softmaxed, [0, 1, 2])).rejects.toMatchObject(refused);
  expect(await lossOf({ classes: 3, input: 'probabilities' }, softmaxed, [0, 1, 2])).toBeCloseTo((2 * Math.LN2) / 3, 5);
  const negative = Uint16Array.from([-0.5, 1, 0.5], toFloat16);
  await expect(lossOf({ classes: 3, input: 'probabilities' }, negative, [1])).rejects.toMatchObject({
    code: 'LS_LOGITS',
  });
});

test('a length, and a buffer that went elsewhere', async () => {
  await expect(lossOf({ classes: 3 }, bits.subarray(1))).rejects.toMatchObject({ code: 'LS_SHAPE' });
  const gone = bits.slice();
  structuredClone(gone.buffer, { transfer: [gone.buffer] });
  await expect(lossOf({ classes: 3 }, gone, [])).rejects.toMatchObject({ code: 'LS_DETACHED' });
});
