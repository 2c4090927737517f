import { crossEntropy } from '@label-smoothing/core';
import { createCrossEntropy, type Ort, type OrtTensor } from '@label-smoothing/onnxruntime';
import * as ort from 'onnxruntime-node';
import { expect, test } from 'vitest';

const classes = 4;
const rows = 7;
const logits = Float32Array.from({ length: rows * classes }, (_, i) => 3 * Math.sin(i));
const labels = Int32Array.from({ length: rows }, (_, row) => (row === 3 ? -100 : row % classes));
const sampleWeight = Float64Array.from({ length: rows }, (_, row) => row / 2);
const weight = [1, 2, 0.5, 3];
const smoothed = { classes, labelSmoothing: 0.1, weight, gradient: true } as const;
/** Two rows a run, and one in the last. */
const chunkSize = 2 * classes + 1;

/** onnxruntime-node, and how often a graph was run. */
function counted(): { ort: Ort; runs: () => number } {
  let runs = 0;
  const create = async (...args: Parameters<Ort['InferenceSession']['create']>) => {
    const session = await ort.InferenceSession.create(...args);
    return {
      run: (feeds: Record<string, OrtTensor>) => {
        runs++;
        return session.run(feeds as Record<string, ort.Tensor>);
      },
      release: () => session.release(),
    };
  };
  return { ort: { Tensor: ort.Tensor as Ort['Tensor'], InferenceSession: { create } }, runs: () => runs };
}

const expectSame = (actual: ArrayLike<number>, expected: ArrayLike<number>) => {
  expect(actual).toHaveLength(expected.length);
  Array.from(actual).forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i] as number, 5);
  });
};
const listed = (loss: number | Float64Array) => (typeof loss === 'number' ? [loss] : loss);

test.each([
  [{}, {}],
  [{ reduction: 'sum' }, { sampleWeight }],
  [{ reduction: 'none' }, {}],
  [{ denominator: 'expected' }, { sampleWeight: [...sampleWeight] }],
  [{}, { normalizer: 3 }],
  [{ sampleWeight }, {}],
  [{ ignoreIndex: [-100, 0, 1, 2, 3], onEmpty: 'zero' }, {}],
] as const)('parts add up to the whole: %o %o', async (options, call) => {
  const { ort, runs } = counted();
  const criterion = await createCrossEntropy(ort, { ...smoothed, ...options, chunkSize });
  const { loss, gradient } = await criterion.run(logits, labels, call);
  expect(runs()).toBe(4);
  const expected = crossEntropy(logits, labels, { ...smoothed, ...options, ...call });
  expectSame(listed(loss), listed(expected.loss));
  expectSame(gradient, expected.gradient);
  await criterion.release();
});

test('dense targets, a class axis in the middle, labels as number[]', async () => {
  const { ort, runs } = counted();
  const targets = logits.map((x) => Math.abs(x) / 12);
  const dense = await createCrossEntropy(ort, { ...smoothed, target: 'probabilities', chunkSize });
  const onTargets = await dense.run(logits, targets);
  expect(onTargets.loss).toBeCloseTo(crossEntropy(logits, targets, smoothed).loss, 5);
  const shaped = { shape: ['N', 2, 2], axis: 1, gradient: true } as const;
  const pixels = Array.from({ length: rows * 2 }, (_, i) => i % 2);
  const image = await createCrossEntropy(ort, { ...shaped, chunkSize });
  const onPixels = await image.run(logits, pixels);
  expectSame(onPixels.gradient, crossEntropy(logits, pixels, { ...shaped, shape: [rows, 2, 2] }).gradient);
  expect(runs()).toBe(8);
  await Promise.all([dense.release(), image.release()]);
});

test('a batch whose first dimension is fixed goes as a whole, and so do tensors', async () => {
  const { ort: runtime, runs } = counted();
  const fixed = await createCrossEntropy(runtime, { ...smoothed, shape: [rows, classes], chunkSize });
  await fixed.run(logits, labels);
  const criterion = await createCrossEntropy(runtime, { ...smoothed, chunkSize });
  const { loss, gradient } = await criterion.run(new ort.Tensor('float32', logits, [rows, classes]), labels);
  expect(runs()).toBe(2);
  const expected = crossEntropy(logits, labels, smoothed);
  expectSame(loss.data as Float32Array, [expected.loss]);
  expect(gradient.dims).toEqual([rows, classes]);
  expectSame(gradient.data as Float32Array, expected.gradient);
  await Promise.all([fixed.release(), criterion.release()]);
});

test('a chunk size that is none', async () => {
  await expect(createCrossEntropy(ort, { classes, chunkSize: 0 })).rejects.toMatchObject({ code: 'LS_OPTION' });
});
