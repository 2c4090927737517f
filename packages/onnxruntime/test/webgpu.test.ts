// WebGPU in Node, on the software GPU that vitest.config.ts names: correct there, and not a word about speed.
import { crossEntropy } from '@label-smoothing/core';
import { createCrossEntropy } from '@label-smoothing/onnxruntime/node';
import * as ort from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { hasGpu } from './gpu.js';

const smoothed = { classes: 3, labelSmoothing: 0.1, gradient: true } as const;
const logits = Float32Array.of(2, 1, 0, 0, 0, 3);
const labels = Int32Array.of(0, 2);
const expected = crossEntropy(logits, labels, smoothed);
const onGpu = { ...smoothed, executionProviders: ['webgpu'] } as const;

describe.skipIf(!hasGpu)('WebGPU in Node', () => {
  test('loss and gradient with int32 labels, the CPU forbidden', async () => {
    const criterion = await createCrossEntropy(onGpu);
    expect(criterion.executionProvider).toBe('webgpu');
    const { loss, gradient } = await criterion.run(logits, labels);
    expect(loss).toBeCloseTo(expected.loss, 5);
    gradient.forEach((g, i) => expect(g).toBeCloseTo(expected.gradient[i] as number, 5));
    await criterion.release();
  });

  test.each([{ dtype: 'float64' }, { labelType: 'int64' }] as const)(
    '%o would need the CPU: refused',
    async (options) => {
      const message = expect.stringMatching(/webgpu .*fallback to CPU EP/);
      await expect(createCrossEntropy({ ...onGpu, ...options })).rejects.toMatchObject({ code: 'LS_RUNTIME', message });
      const listed = { ...onGpu, ...options, executionProviders: ['webgpu', 'cpu'] };
      const criterion = await createCrossEntropy(listed);
      expect(criterion.executionProvider).toBe('cpu');
      await criterion.release();
    },
  );

  test('results stay on the device, and go into the next call from there', async () => {
    const criterion = await createCrossEntropy({ ...onGpu, preferredOutputLocation: 'gpu-buffer' });
    const { loss, gradient } = await criterion.run(new ort.Tensor('float32', logits, [2, 3]), labels);
    expect([loss.location, gradient.location]).toEqual(['gpu-buffer', 'gpu-buffer']);
    // Reading a tensor on the device aborts onnxruntime-node: what is computed from it says enough.
    const reader = await createCrossEntropy({ ...onGpu, reduction: 'none' });
    const target = Int32Array.of(1, 1);
    const read = await reader.run(gradient, target);
    const own = crossEntropy(expected.gradient, target, { ...smoothed, reduction: 'none' }).loss;
    for (const i of [0, 1]) expect((read.loss.data as Float32Array)[i]).toBeCloseTo(own[i] as number, 5);
    await expect(reader.run(gradient, [1, 3])).rejects.toMatchObject({ code: 'LS_LABEL' });
    for (const tensor of [loss, gradient]) tensor.dispose();
    await Promise.all([criterion.release(), reader.release()]);
  });

  test('typed arrays are not read back from a device', async () => {
    const criterion = await createCrossEntropy({ ...onGpu, preferredOutputLocation: 'gpu-buffer' });
    await expect(criterion.run(logits, labels)).rejects.toMatchObject({ code: 'LS_DTYPE' });
    await criterion.release();
  });

  test('a batch of no rows', async () => {
    const criterion = await createCrossEntropy(onGpu);
    expect(await criterion.run(new Float32Array(0), [])).toEqual({ loss: Number.NaN, gradient: new Float32Array(0) });
    await criterion.release();
  });
});
