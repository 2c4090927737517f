// The multi-label loss on ONNX Runtime: golden vectors at level precise, random calls, and what it refuses.
import { type BinaryCrossEntropyOptions, binaryCrossEntropy, type LogitsArray } from '@label-smoothing/core';
import { type Arithmetic, budgetFor, budgets, fromFloat16, ulpError } from '@label-smoothing/core/conformance';
import { decodeAnswer, decodeInputs, readVectors, type VectorCase } from '@label-smoothing/core/vectors';
import { type BinaryExportOptions, binaryLossModel } from '@label-smoothing/onnx';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Feed, runGraph } from './run-graph.js';

const hasGpu = process.env['VK_ICD_FILENAMES'] !== undefined || process.platform === 'darwin';
const { cases } = await readVectors('binary.json');

interface Change extends BinaryExportOptions {
  readonly provider?: 'cpu' | 'webgpu';
}

async function answer(vector: VectorCase, { provider, ...change }: Change) {
  const { rows, dtype } = vector;
  const { logits, target, options } = decodeInputs(vector);
  const { sampleWeight, classes, ...rest } = options as BinaryCrossEntropyOptions & { readonly classes: number };
  const dims = [rows, classes];
  const shape = change.shape ?? dims;
  const bytes = binaryLossModel({
    ...rest,
    gradient: true,
    dtype,
    sampleWeight: sampleWeight != null,
    ...change,
    shape,
  });
  const feeds: Record<string, Feed> = { logits: [dtype, logits, dims], targets: [dtype, target, dims] };
  const real = dtype === 'float64' ? dtype : 'float32';
  if (sampleWeight != null) feeds['sample_weight'] = [real, sampleWeight, dims];
  return runGraph(bytes, feeds, provider);
}

/** Every miss of a vector, in words. */
async function misses(vector: VectorCase, change: Change): Promise<readonly string[]> {
  const outputs = await answer(vector, change);
  const arithmetic: Arithmetic = change.provider === 'webgpu' ? 'relaxed' : 'ieee';
  const budget = budgets[arithmetic][arithmetic === 'ieee' ? 'precise' : 'standard'][vector.dtype];
  return (['loss', 'gradient'] as const).flatMap((name) => {
    const { expected, scale } = decodeAnswer(vector[name]);
    const actual = outputs[name]?.data ?? [];
    if (actual.length !== expected.length) return [`#${vector.id} ${name}: ${actual.length} values`];
    return Array.from(expected, (value, i) => {
      const flushed = arithmetic === 'relaxed' && Math.abs(value) < 2 ** -126 ? 0 : value;
      const error = ulpError(vector.dtype, actual[i] as number, flushed, scale[i] as number);
      const text = `#${vector.id} ${name}[${i}]: ${actual[i]} for ${value}, ${error} ULP`;
      return error <= budgetFor(budget[name], vector.classes) ? '' : text;
    }).filter((text) => text !== '');
  });
}

const allMisses = async (vectors: readonly VectorCase[], change: Change): Promise<readonly string[]> => {
  const found: string[] = [];
  for (const vector of vectors) found.push(...(await misses(vector, change)));
  return found;
};

describe('golden vectors', () => {
  test('every one, at level precise', async () => {
    expect(cases.length).toBeGreaterThan(80);
    expect(await allMisses(cases, {})).toEqual([]);
  });

  test.each([13, 18, 26])('opset %i, with named sizes', async (opset) => {
    const named = cases.filter(({ options }) => typeof options['posWeight'] !== 'object');
    expect(await allMisses(named, { opset, shape: ['N', 'columns'] })).toEqual([]);
  });

  test.skipIf(!hasGpu)('WebGPU with the CPU forbidden, on a software device', async () => {
    const vectors = cases.filter(({ dtype, rows, tier }) => dtype === 'float32' && rows > 0 && tier === 'core');
    expect(vectors.length).toBeGreaterThan(5);
    expect(await allMisses(vectors, { provider: 'webgpu' })).toEqual([]);
  });
});

const element = fc.record({
  x: fc.oneof(
    { weight: 8, arbitrary: fc.double({ min: -30, max: 30, noNaN: true }) },
    fc.constantFrom(0, 1e4, -1e4, Infinity, -Infinity),
  ),
  t: fc.oneof(
    fc.constantFrom(0, 1, 0.5),
    fc.nat(64).map((n) => n / 64),
  ),
  s: fc.oneof(
    fc.constant(0),
    fc.nat(64).map((n) => n / 16),
  ),
});

test('any call agrees with the reference', async () => {
  const options = fc.record({
    labelSmoothing: fc.oneof(
      fc.constantFrom(0, 1),
      fc.nat(64).map((n) => n / 64),
    ),
    posWeight: fc.oneof(fc.constantFrom(0, 1), fc.constant(Float64Array.of(0.5, 3))),
    reduction: fc.constantFrom('none', 'sum', 'mean'),
    denominator: fc.constantFrom('rows', 'nonzeroWeights'),
    onEmpty: fc.constantFrom('nan', 'zero'),
  } as const);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(element, element), { maxLength: 4 }), options, async (rows, chosen) => {
      const elements = rows.flat();
      const dims = [rows.length, 2];
      const [logits, targets, sampleWeight] = (['x', 't', 's'] as const).map((key) =>
        Float64Array.from(elements, (drawn) => drawn[key]),
      ) as [Float64Array, Float64Array, Float64Array];
      const expected = binaryCrossEntropy(logits, targets, { ...chosen, shape: dims, sampleWeight, gradient: true });
      const bytes = binaryLossModel({
        ...chosen,
        shape: ['N', 2],
        dtype: 'float64',
        sampleWeight: true,
        gradient: true,
      });
      const feeds = { logits, targets, sample_weight: sampleWeight };
      const actual = await runGraph(
        bytes,
        Object.fromEntries(Object.entries(feeds).map(([name, data]) => [name, ['float64', data, dims] as const])),
      );
      const losses = typeof expected.loss === 'number' ? [expected.loss] : expected.loss;
      const size = Math.max(1, ...losses.filter(Number.isFinite));
      losses.forEach((value, i) => {
        expect(ulpError('float64', actual['loss']?.data[i] as number, value, size)).toBeLessThan(16);
      });
      expected.gradient.forEach((value, i) => {
        expect(ulpError('float64', actual['gradient']?.data[i] as number, value, 1)).toBeLessThan(16);
      });
    }),
    { seed: 12, numRuns: 200 },
  );
});

test('shapes of any rank, and of named sizes', async () => {
  const logits = Float32Array.from({ length: 12 }, (_, i) => i - 6);
  const targets = Float32Array.from({ length: 12 }, (_, i) => i % 2);
  const posWeight = [1, 2, 3];
  const shape = [2, 2, 3];
  const bytes = binaryLossModel({ shape: ['N', 2, 3], posWeight, labelSmoothing: 0.1, reduction: 'none' });
  const { loss } = await runGraph(bytes, { logits: ['float32', logits, shape], targets: ['float32', targets, shape] });
  const options = { shape, posWeight, labelSmoothing: 0.1, reduction: 'none' } as const;
  const expected = binaryCrossEntropy(logits as LogitsArray, targets, options).loss;
  expect(loss?.dims).toEqual(shape);
  loss?.data.forEach((value, i) => expect(value).toBeCloseTo(expected[i] as number, 5));
});

test('a constant coefficient near 1 leaves infinite losses infinite', async () => {
  const feeds = { logits: ['float64', [-Infinity, 2], [1, 2]], targets: ['float64', [1, 0], [1, 2]] } as const;
  for (const posWeight of [2 - 2e-8, 2 + 2e-9]) {
    const options = { labelSmoothing: 1, posWeight, reduction: 'none', gradient: true } as const;
    const { loss, gradient } = await runGraph(binaryLossModel({ ...options, dtype: 'float64' }), feeds);
    const expected = binaryCrossEntropy(Float64Array.of(-Infinity, 2), [1, 0], options);
    expect(loss?.data).toEqual([Infinity, expect.closeTo(expected.loss[1] as number, 15)]);
    expect(gradient?.data).toEqual(Array.from(expected.gradient, (value) => expect.closeTo(value, 15)));
  }
});

test('float16 logits: the loss is float32, the gradient float16', async () => {
  const bits = [0x4000, 0xbc00];
  const feeds = { logits: ['float16', bits, [1, 2]], targets: ['float16', [0x3c00, 0], [1, 2]] } as const;
  const bytes = binaryLossModel({ dtype: 'float16', labelSmoothing: 0.125, gradient: true });
  const { loss, gradient } = await runGraph(bytes, feeds);
  const options = { labelSmoothing: 0.125, gradient: true } as const;
  const expected = binaryCrossEntropy(Float64Array.from(bits, fromFloat16), [1, 0], options);
  expect(loss?.data[0]).toBeCloseTo(expected.loss, 6);
  gradient?.data.forEach((g, i) => expect(g).toBeCloseTo(expected.gradient[i] as number, 3));
});

test.each<[unknown, string, string]>([
  [{ labelSmoothing: 2 }, 'LS_SMOOTHING', 'labelSmoothing: expected a number in [0, 1], got 2'],
  [{ labelSmoothing: [0.1] }, 'LS_SMOOTHING', 'labelSmoothing: expected a number in [0, 1]'],
  [{ posWeight: -1 }, 'LS_WEIGHT', 'posWeight'],
  [{ posWeight: [1, 2] }, 'LS_SHAPE', 'shape: expected the number of columns beside posWeight, got "columns"'],
  [{ shape: ['N', 3], posWeight: [1, 2] }, 'LS_WEIGHT', 'posWeight: expected 3 entries, got 2 entries'],
  [{ shape: ['N', 2], posWeight: [1, Number.NaN] }, 'LS_WEIGHT', 'posWeight[1]'],
  [{ shape: [] }, 'LS_SHAPE', 'shape'],
  [{ shape: ['N', -1] }, 'LS_SHAPE', 'shape[1]'],
  [{ dtype: 'bfloat16' }, 'LS_DTYPE', 'dtype'],
  [{ opset: 12 }, 'LS_OPTION', 'opset'],
  [{ opset: 27 }, 'LS_OPTION', 'opset: expected an integer in [13, 26], got 27'],
  [{ sampleWeight: [1] }, 'LS_OPTION', 'sampleWeight'],
  [{ reduction: 'avg' }, 'LS_OPTION', 'reduction'],
  [{ denominator: 'weights' }, 'LS_OPTION', 'denominator'],
  [{ onEmpty: 'throw' }, 'LS_UNSUPPORTED', "onEmpty: expected 'nan' or 'zero' in a graph"],
  [{ gradient: 1 }, 'LS_OPTION', 'gradient'],
  [{ smoothing: 0.1 }, 'LS_OPTION', 'smoothing'],
  [null, 'LS_OPTION', 'options'],
])('%j is refused', (options, code, message) => {
  const call = () => binaryLossModel(options as BinaryExportOptions);
  expect(call).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) }));
});
