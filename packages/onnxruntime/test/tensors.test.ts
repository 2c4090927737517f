// Tensors of the wrong type or shape: refused whether they are on the CPU or not, and by the same words.
import { crossEntropy } from '@label-smoothing/core';
import { type CriterionOptions, createCrossEntropy, type Ort } from '@label-smoothing/onnxruntime';
import * as ort from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';

const logits = Float32Array.of(2, 1, 0, 0, 0, 3);
const labels = Int32Array.of(0, 2);
const smoothed = { classes: 3, labelSmoothing: 0.1 } as const;
const dense = { ...smoothed, target: 'probabilities' } as const;
const half = { ...smoothed, dtype: 'float16' } as const;
const image = { shape: ['N', 3, 'H', 'W'], axis: 1 } as const;

const asTensor = new ort.Tensor('float32', logits, [2, 3]);
const disposed = new ort.Tensor('float32', logits.slice(), [2, 3]);
disposed.dispose();
/** A tensor as it is on a GPU: its data cannot be read. */
const onDevice = (type: string, dims: readonly number[]) =>
  ({ type, dims, location: 'gpu-buffer', data: undefined, dispose() {} }) as unknown as ort.Tensor;

const run = async (options: CriterionOptions, ...given: readonly unknown[]) => {
  const criterion = await createCrossEntropy(ort as unknown as Ort, options);
  try {
    return await criterion.run(...(given as Parameters<typeof criterion.run>));
  } finally {
    await criterion.release();
  }
};

describe('refused', () => {
  test.each<[string, CriterionOptions, unknown, unknown, string, string]>([
    [
      'labels of H and W exchanged',
      image,
      new ort.Tensor('float32', new Float32Array(18), [1, 3, 2, 3]),
      new ort.Tensor('int64', new BigInt64Array(6), [1, 3, 2]),
      'LS_SHAPE',
      'target: expected a tensor of shape [1,2,3], got [1,3,2]',
    ],
    [
      'labels as a column',
      smoothed,
      logits,
      new ort.Tensor('int32', labels, [2, 1]),
      'LS_SHAPE',
      'target: expected a tensor of shape [2], got [2,1]',
    ],
    [
      'dense targets transposed',
      dense,
      asTensor,
      new ort.Tensor('float32', new Float32Array(6), [3, 2]),
      'LS_SHAPE',
      'target: expected a tensor of shape [2,3], got [3,2]',
    ],
    [
      'uint16 for the bits of float16',
      half,
      new ort.Tensor('uint16', new Uint16Array(6), [2, 3]),
      labels,
      'LS_DTYPE',
      'logits: expected a tensor of float16, got one of uint16',
    ],
    [
      'labels of float16',
      smoothed,
      logits,
      new ort.Tensor('float16', new Uint16Array(2), [2]),
      'LS_DTYPE',
      'target: expected a tensor of int32, int8, uint8, int16, uint16, uint32, int64, uint64, got one of float16',
    ],
    [
      'labels of bool',
      { ...smoothed, labelType: 'int64' },
      logits,
      new ort.Tensor('bool', [true, false], [2]),
      'LS_DTYPE',
      'target: expected a tensor of int64, int8, uint8, int16, uint16, int32, uint32, uint64, got one of bool',
    ],
    [
      'dense targets of another dtype',
      dense,
      logits,
      new ort.Tensor('float64', new Float64Array(6), [2, 3]),
      'LS_DTYPE',
      'target: expected a tensor of float32, got one of float64',
    ],
    [
      'disposed logits',
      smoothed,
      disposed,
      labels,
      'LS_DISPOSED',
      'logits: expected a tensor that is not disposed, got a disposed one',
    ],
    [
      'labels on a device in another type than the graph takes',
      smoothed,
      asTensor,
      onDevice('int64', [2]),
      'LS_DTYPE',
      'target: expected a tensor of int32, got one of int64',
    ],
    [
      'labels on a device of another shape',
      smoothed,
      logits,
      onDevice('int32', [3]),
      'LS_SHAPE',
      'target: expected a tensor of shape [2], got [3]',
    ],
  ])('%s', async (_, options, given, target, code, message) => {
    await expect(run(options, given, target)).rejects.toMatchObject({ code, message });
  });

  test.each([
    [
      'shape',
      new ort.Tensor('float32', [1, 2], [1, 2]),
      'LS_SHAPE',
      'sampleWeight: expected a tensor of shape [2], got [1,2]',
    ],
    [
      'type',
      new ort.Tensor('int32', [1, 2], [2]),
      'LS_DTYPE',
      'sampleWeight: expected a tensor of float32, float64, got one of int32',
    ],
    [
      'type on a device',
      onDevice('float64', [2]),
      'LS_DTYPE',
      'sampleWeight: expected a tensor of float32, got one of float64',
    ],
  ])('sample weights of another %s', async (_, sampleWeight, code, message) => {
    await expect(run(smoothed, logits, labels, { sampleWeight })).rejects.toMatchObject({ code, message });
  });

  test('sample weights in an array are checked beside labels on a device, too', async () => {
    const target = onDevice('int32', [2]);
    for (const sampleWeight of [[1], [1, -1]]) {
      await expect(run(smoothed, logits, target, { sampleWeight })).rejects.toMatchObject({ code: 'LS_SAMPLE_WEIGHT' });
    }
  });

  test("onEmpty 'throw' where the labels or the weights are on a device", async () => {
    const options = { ...smoothed, onEmpty: 'throw' } as const;
    const refused = { code: 'LS_UNSUPPORTED' };
    await expect(run(options, logits, onDevice('int32', [2]))).rejects.toMatchObject(refused);
    const sampleWeight = onDevice('float32', [2]);
    await expect(run(options, logits, labels, { sampleWeight })).rejects.toMatchObject(refused);
  });
});

describe('welcome on the CPU', () => {
  const expected = crossEntropy(logits, labels, smoothed).loss;

  test.each([
    ['int8', Int8Array.of(0, 2)],
    ['uint8', Uint8Array.of(0, 2)],
    ['int16', Int16Array.of(0, 2)],
    ['uint16', Uint16Array.of(0, 2)],
    ['int32', labels],
    ['uint32', Uint32Array.of(0, 2)],
    ['int64', BigInt64Array.of(0n, 2n)],
    ['uint64', BigUint64Array.of(0n, 2n)],
  ] as const)('labels of %s, whatever the graph takes', async (type, data) => {
    const { loss } = await run(smoothed, logits, new ort.Tensor(type as 'int32', data as Int32Array, [2]));
    expect(loss).toBeCloseTo(expected, 6);
  });

  test.each(['float32', 'float64'] as const)('sample weights of %s', async (type) => {
    const sampleWeight = new ort.Tensor(type, [1, 0.5], [2]);
    const own = crossEntropy(logits, labels, { ...smoothed, sampleWeight: [1, 0.5] }).loss;
    expect((await run(smoothed, logits, labels, { sampleWeight })).loss).toBeCloseTo(own, 6);
  });
});

test("one row without a batch axis: reduction 'none' gives an array of one", async () => {
  const options = { shape: [3], labelSmoothing: 0.1, reduction: 'none', gradient: true } as const;
  const { loss, gradient } = await run(options, logits.subarray(0, 3), [0]);
  const expected = crossEntropy(logits.subarray(0, 3), [0], { ...smoothed, reduction: 'none', gradient: true });
  expect(loss).toBeInstanceOf(Float64Array);
  expect(Array.from(loss as Float64Array, (x) => x.toFixed(5))).toEqual([(expected.loss[0] as number).toFixed(5)]);
  expect(gradient).toHaveLength(3);
  expect(await run({ ...options, reduction: 'sum' }, logits.subarray(0, 3), [0])).toMatchObject({
    loss: expect.closeTo(expected.loss[0] as number, 6),
  });
});
