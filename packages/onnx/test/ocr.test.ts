// Real models: the loss before the Softmax of a text recogniser and of its direction classifier, on drawn words.
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { ocrModel } from '../../../examples/attach-to-model/src/ocr-model.js';
import { compareOnWords, losses, type Run } from './ocr-cases.js';

const run: Run = async (model, { x, labels }) => {
  const session = await InferenceSession.create(model, { logSeverityLevel: 3, intraOpNumThreads: 1 });
  const results = await session.run({
    x: new Tensor('float32', x.data, x.dims),
    labels: new Tensor('int64', labels.data, labels.dims),
  });
  await session.release();
  return results as Record<string, Tensor & { data: Float32Array }>;
};

describe.each([
  ['direction', 2],
  ['text', 6625],
] as const)('%s', (name, classes) => {
  const model = ocrModel(name);
  test.each(losses)('%o', async (options) => {
    const distances = await compareOnWords(model, options, run);
    expect(distances.classes).toBe(classes);
    expect(distances.loss).toBeLessThan(1e-6);
    // ONNX Runtime's Softmax adds 6625 terms one after the other.
    expect(distances.gradient).toBeLessThan(options.reduction === undefined ? 1e-6 : 1e-5);
  });
});
