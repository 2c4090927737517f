import { crossEntropy } from '@label-smoothing/core';
import { createCrossEntropy } from '@label-smoothing/onnxruntime';
import { createCrossEntropy as createOnNode } from '@label-smoothing/onnxruntime/node';
import * as ort from 'onnxruntime-node';
import { afterAll, describe, expect, test } from 'vitest';

const logits = Float32Array.of(2, 1, 0, 0, 0, 3);
const labels = Int32Array.of(0, 2);
const smoothed = { classes: 3, labelSmoothing: 0.1, gradient: true } as const;
const expected = crossEntropy(logits, labels, smoothed);

const open: { release(): Promise<void> }[] = [];
afterAll(() => Promise.all(open.map((criterion) => criterion.release())));
const create = async <const O extends Parameters<typeof createOnNode>[0]>(options: O) => {
  const criterion = await createOnNode(options);
  open.push(criterion);
  return criterion;
};

describe('typed arrays in, typed arrays out', () => {
  test('the loss and the gradient are those of the reference', async () => {
    const { loss, gradient } = await (await create(smoothed)).run(logits, labels);
    expect(loss).toBeCloseTo(expected.loss, 6);
    expect(gradient).toBeInstanceOf(Float32Array);
    gradient?.forEach((g, i) => expect(g).toBeCloseTo(expected.gradient[i] as number, 6));
  });

  test('one loss per row, no gradient unless asked for', async () => {
    const result = await (await create({ classes: 3, reduction: 'none' })).run(logits, [0, 2]);
    expect(result).toEqual({ loss: expect.any(Float64Array) });
    expect(result.loss).toHaveLength(2);
  });

  test.each([
    ['number[]', [0, 2]],
    ['Uint8Array', Uint8Array.of(0, 2)],
    ['BigInt64Array', BigInt64Array.of(0n, 2n)],
    ['shared memory', new Int32Array(new SharedArrayBuffer(8)).fill(2, 1)],
  ])('labels as %s', async (_, given) => {
    const { loss } = await (await create(smoothed)).run(logits, given);
    expect(loss).toBeCloseTo(expected.loss, 6);
  });

  test('float64 keeps its digits', async () => {
    const exact = crossEntropy(Float64Array.from(logits), labels, smoothed);
    const criterion = await create({ ...smoothed, dtype: 'float64', labelType: 'int64' });
    const { loss, gradient } = await criterion.run(Float64Array.from(logits), labels);
    expect(loss).toBeCloseTo(exact.loss as number, 14);
    expect(gradient).toBeInstanceOf(Float64Array);
  });

  test('float16 as bits', async () => {
    const criterion = await create({ ...smoothed, dtype: 'float16' });
    const { loss, gradient } = await criterion.run(Uint16Array.of(0x4000, 0x3c00, 0, 0, 0, 0x4200), labels);
    expect(loss).toBeCloseTo(expected.loss, 6);
    expect(gradient).toBeInstanceOf(Uint16Array);
  });

  test('dense targets, sample weights and a normalizer of the call', async () => {
    const targets = Float32Array.of(0.5, 0.5, 0, 0, 0, 1);
    const call = { sampleWeight: [1, 0.5], normalizer: 4 };
    const { loss } = await (await create({ ...smoothed, target: 'probabilities' })).run(logits, targets, call);
    expect(loss).toBeCloseTo(crossEntropy(logits, targets, { ...smoothed, ...call }).loss as number, 6);
  });

  test('sample weights and a normalizer of the options, which a call overrides', async () => {
    const criterion = await create({ ...smoothed, sampleWeight: [1, 0.5], normalizer: 4 });
    const own = crossEntropy(logits, labels, { ...smoothed, sampleWeight: [1, 0.5], normalizer: 4 });
    expect((await criterion.run(logits, labels)).loss).toBeCloseTo(own.loss as number, 6);
    const call = { sampleWeight: [2, 0], normalizer: 3 };
    const other = crossEntropy(logits, labels, { ...smoothed, ...call });
    expect((await criterion.run(logits, labels, call)).loss).toBeCloseTo(other.loss as number, 6);
  });

  test('an array tells one size of its shape', async () => {
    const image = Float32Array.from({ length: 12 }, (_, i) => Math.sin(i));
    const pixels = [0, 2, 1, 1];
    const { loss } = await (await create({ shape: ['N', 3, 2], axis: 1 })).run(image, pixels);
    expect(loss).toBeCloseTo(crossEntropy(image, pixels, { shape: [2, 3, 2], axis: 1 }).loss as number, 6);
  });
});

describe('tensors in, tensors out', () => {
  test('the caller brings ONNX Runtime', async () => {
    const criterion = await createCrossEntropy(ort, smoothed);
    open.push(criterion);
    const target = new ort.Tensor('int64', BigInt64Array.of(0n, 2n), [2]);
    const { loss, gradient } = await criterion.run(new ort.Tensor('float32', logits, [2, 3]), target);
    expect(loss).toBeInstanceOf(ort.Tensor);
    expect(loss.dims).toEqual([]);
    expect(gradient?.dims).toEqual([2, 3]);
    expect((loss.data as Float32Array)[0]).toBeCloseTo(expected.loss, 6);
    expect(criterion.executionProvider).toBe('cpu');
  });

  test('any size of an n-d shape', async () => {
    const criterion = await create({ shape: ['N', 3, 'H', 'W'], axis: 1, reduction: 'none' });
    for (const dims of [
      [1, 3, 2, 2],
      [2, 3, 1, 5],
    ] as const) {
      const data = Float32Array.from({ length: dims.reduce<number>((a, b) => a * b, 1) }, (_, i) => Math.cos(i));
      const rows = new Int32Array(data.length / 3).fill(1);
      const { loss } = await criterion.run(new ort.Tensor('float32', data, dims), rows);
      expect(loss.dims).toEqual([dims[0], dims[2], dims[3]]);
      const own = crossEntropy(data, rows, { shape: dims, axis: 1, reduction: 'none' }).loss as Float64Array;
      expect(Array.from(loss.data as Float32Array, (x) => x.toFixed(5))).toEqual(Array.from(own, (x) => x.toFixed(5)));
    }
  });
});

describe('data that is odd', () => {
  test.each([
    ['sum', 0],
    ['mean', Number.NaN],
  ] as const)('no rows: reduction %s is %d', async (reduction, loss) => {
    const result = await (await create({ ...smoothed, reduction })).run(new Float32Array(0), new Int32Array(0));
    expect(result).toEqual({ loss, gradient: new Float32Array(0) });
  });

  test('no rows as tensors, and as one loss per row', async () => {
    const criterion = await create({ ...smoothed, reduction: 'none' });
    const { loss, gradient } = await criterion.run(new ort.Tensor('float32', [], [0, 3]), []);
    expect([loss.dims, gradient?.dims]).toEqual([[0], [0, 3]]);
  });

  test('a NaN in a row that counts is a NaN; in a row that is ignored it is not read', async () => {
    const criterion = await create({ ...smoothed, reduction: 'none' });
    const withNaN = Float32Array.of(Number.NaN, 1, 0, 0, 0, 3);
    const counted = await criterion.run(withNaN, [0, 2]);
    expect(Array.from(counted.loss as Float64Array, Number.isNaN)).toEqual([true, false]);
    const ignored = await criterion.run(withNaN, [-100, 2]);
    expect((ignored.loss as Float64Array)[0]).toBe(0);
    expect(Array.from(ignored.gradient ?? [], Number.isNaN)).not.toContain(true);
  });

  test('−inf is a class that does not exist, or infinite where the target has mass on it', async () => {
    const masked = Float32Array.of(2, 1, -Infinity, 0, 0, 3);
    const { loss } = await (await create(smoothed)).run(masked, labels);
    expect(loss).toBeCloseTo(crossEntropy(masked, labels, smoothed).loss as number, 6);
    expect((await (await create(smoothed)).run(masked, [2, 2])).loss).toBe(Infinity);
  });
});

describe('bad input', () => {
  test.each<[string, Parameters<typeof createOnNode>[0], unknown, unknown, string]>([
    ['a label of K', smoothed, logits, [0, 3], 'LS_LABEL'],
    ['a negative label', smoothed, logits, [0, -1], 'LS_LABEL'],
    ['a label of K in a tensor', smoothed, logits, new ort.Tensor('int64', [0n, 3n], [2]), 'LS_LABEL'],
    ['a label missing', smoothed, logits, [0], 'LS_SHAPE'],
    ['logits of another dtype', smoothed, Float64Array.from(logits), labels, 'LS_DTYPE'],
    ['a tensor of another dtype', smoothed, new ort.Tensor('float64', [0, 0, 0], [1, 3]), [0], 'LS_DTYPE'],
    ['logits as number[]', smoothed, [0, 0, 0], [0], 'LS_DTYPE'],
    ['a tensor of another shape', smoothed, new ort.Tensor('float32', [0, 0], [1, 2]), [0], 'LS_SHAPE'],
    ['a length that is no multiple', smoothed, new Float32Array(4), [0], 'LS_SHAPE'],
    ['two unknown sizes', { shape: ['N', 3, 'D'], axis: 1 }, logits, labels, 'LS_SHAPE'],
    ['dense targets for labels', smoothed, logits, logits, 'LS_DTYPE'],
    ['a negative target', { ...smoothed, target: 'probabilities' }, logits, logits.map((x) => -x), 'LS_TARGET'],
    ['probabilities', smoothed, new Float32Array(9).fill(1 / 3), [0, 0, 0], 'LS_PROBABILITIES_AS_LOGITS'],
    ['an empty mean that throws', { ...smoothed, onEmpty: 'throw' }, logits, [-100, -100], 'LS_EMPTY'],
  ])('%s', async (_, options, given, target, code) => {
    const criterion = await create(options);
    await expect(criterion.run(given as Float32Array, target as Int32Array)).rejects.toMatchObject({ code });
  });

  test.each<[string, object, string]>([
    ['no classes', {}, 'LS_SHAPE'],
    ['an unknown option', { classes: 3, labelSmothing: 0.1 }, 'LS_OPTION'],
    ['an unknown dtype', { classes: 3, dtype: 'bfloat16' }, 'LS_DTYPE'],
    ['an opset that is none', { classes: 3, opset: 99 }, 'LS_OPTION'],
    ['no providers', { classes: 3, executionProviders: [] }, 'LS_OPTION'],
    ['providers inside', { classes: 3, sessionOptions: { executionProviders: ['cpu'] } }, 'LS_OPTION'],
    ['an ignored label beyond int32', { classes: 3, ignoreIndex: 2 ** 40 }, 'LS_OPTION'],
  ])('%s', async (_, options, code) => {
    await expect(createOnNode(options)).rejects.toMatchObject({ code });
  });

  test('sample weights that are negative, and a normalizer beside a written sum', async () => {
    const criterion = await create({ ...smoothed, reduction: 'sum' });
    await expect(criterion.run(logits, labels, { sampleWeight: [1, -1] })).rejects.toMatchObject({
      code: 'LS_SAMPLE_WEIGHT',
    });
    await expect(criterion.run(logits, labels, { normalizer: 2 })).rejects.toMatchObject({ code: 'LS_OPTION' });
  });
});
