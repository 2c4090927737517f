// createCrossEntropy in a page: the same calls as in Node, and what only a page has.
import { crossEntropy } from '@label-smoothing/core';
import { createCrossEntropy } from '@label-smoothing/onnxruntime';
import { createCrossEntropy as createOnWeb } from '@label-smoothing/onnxruntime/web';
import * as older from 'onnxruntime-web';
import * as newer from 'onnxruntime-web/webgpu';
import { describe, expect, test } from 'vitest';
import { hasFloat16, hasGpu } from './page-gpu.js';

const smoothed = { classes: 3, labelSmoothing: 0.1, gradient: true } as const;
const onGpu = { ...smoothed, executionProviders: ['webgpu'] } as const;
const logits = Float32Array.of(2, 1, 0, 0, 0, 3);
const labels = Int32Array.of(0, 2);
const expected = crossEntropy(logits, labels, smoothed);
const expectGradient = (gradient: ArrayLike<number>) =>
  Array.from(gradient).forEach((g, i) => {
    expect(g).toBeCloseTo(expected.gradient[i] as number, 5);
  });

test('WebAssembly, unless something else is asked for', async () => {
  const criterion = await createOnWeb(smoothed);
  expect(criterion.executionProvider).toBe('wasm');
  const { loss, gradient } = await criterion.run(logits, labels);
  expect(loss).toBeCloseTo(expected.loss, 6);
  expectGradient(gradient);
  await criterion.release();
});

test('float64 is for the root entry of onnxruntime-web, and the error says so', async () => {
  const options = { ...smoothed, dtype: 'float64', executionProviders: ['wasm'] } as const;
  const message = expect.stringMatching(/wasm \(Could not find .*; onnxruntime-web has float64/);
  await expect(createCrossEntropy(newer, options)).rejects.toMatchObject({ code: 'LS_RUNTIME', message });
  const criterion = await createCrossEntropy(older, options);
  expect((await criterion.run(Float64Array.from(logits), labels)).loss).toBeCloseTo(expected.loss, 12);
  await criterion.release();
});

describe.skipIf(!hasGpu).each([
  ['native', newer],
  ['jsep', older],
])('WebGPU, %s', (_, ort) => {
  test('loss and gradient with int32 labels, the CPU forbidden', async () => {
    const criterion = await createCrossEntropy(ort, onGpu);
    expect(criterion.executionProvider).toBe('webgpu');
    const { loss, gradient } = await criterion.run(logits, labels);
    expect(loss).toBeCloseTo(expected.loss, 5);
    expectGradient(gradient);
    await criterion.release();
  });

  test('results stay on the device until they are read', async () => {
    const criterion = await createCrossEntropy(ort, { ...onGpu, preferredOutputLocation: 'gpu-buffer' });
    const { loss, gradient } = await criterion.run(new ort.Tensor('float32', logits, [2, 3]), labels);
    expect([loss.location, gradient.location]).toEqual(['gpu-buffer', 'gpu-buffer']);
    expect(((await loss.getData()) as Float32Array)[0]).toBeCloseTo(expected.loss, 5);
    expectGradient((await gradient.getData()) as Float32Array);
    for (const tensor of [loss, gradient]) tensor.dispose();
    await criterion.release();
  });

  test('calls at the same time on two criteria, and a release beside them', async () => {
    const criteria = await Promise.all([createCrossEntropy(ort, onGpu), createCrossEntropy(ort, smoothed)]);
    const runs = criteria.flatMap((criterion) => [criterion.run(logits, labels), criterion.run(logits, labels)]);
    const released = criteria.map((criterion) => criterion.release());
    for (const { loss } of await Promise.all(runs)) expect(loss).toBeCloseTo(expected.loss, 5);
    await Promise.all(released);
  });

  test('int64 labels would need the CPU: refused, and elsewhere only where that is listed', async () => {
    const options = { ...onGpu, labelType: 'int64' } as const;
    await expect(createCrossEntropy(ort, options)).rejects.toMatchObject({ code: 'LS_RUNTIME' });
    const criterion = await createCrossEntropy(ort, { ...options, executionProviders: ['webgpu', 'wasm'] });
    expect(criterion.executionProvider).toBe('wasm');
    await criterion.release();
  });

  test.skipIf(hasFloat16)('a GPU without float16 says so', async () => {
    const message = expect.stringContaining('no shader-f16');
    await expect(createCrossEntropy(ort, { ...onGpu, dtype: 'float16' })).rejects.toMatchObject({
      code: 'LS_RUNTIME',
      message,
    });
  });
});
