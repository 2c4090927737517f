// What lossModel takes and refuses, and what its files say of themselves.
import { crossEntropy, type DialectName, dialects } from '@label-smoothing/core';
import { type ExportOptions, lossModel } from '@label-smoothing/onnx';
import { describe, expect, test } from 'vitest';
import { version } from '../src/version.js';
import { decode, valueType } from './decode.js';
import { type Output, runGraph } from './run-graph.js';

describe('refuses', () => {
  test.each<[unknown, string, string]>([
    [{ labelSmoothing: 1.5 }, 'LS_SMOOTHING', 'labelSmoothing: expected a number in [0, 1], got 1.5'],
    [{ labelSmoothing: [0.1, 0.1] }, 'LS_SMOOTHING', 'labelSmoothing'],
    [
      { classes: undefined, labelSmoothing: [0.1] },
      'LS_SHAPE',
      'classes: expected the number of classes beside labelSmoothing',
    ],
    [
      { classes: undefined, weight: [1, 2] },
      'LS_SHAPE',
      'classes: expected the number of classes beside weight, got undefined',
    ],
    [{ classes: undefined, classMask: [true] }, 'LS_SHAPE', 'classes: expected the number of classes beside classMask'],
    [{ classes: 0 }, 'LS_SHAPE', 'classes'],
    [{ weight: [1, 2] }, 'LS_WEIGHT', 'weight'],
    [{ smoothingMode: 'prior', prior: [1, 2, 3] }, 'LS_PRIOR', 'prior'],
    [{ shape: ['N', 4] }, 'LS_SHAPE', 'classes: expected 4, the size of axis 1, got 3'],
    [{ shape: [] }, 'LS_SHAPE', 'shape: expected an array of sizes'],
    [{ shape: ['N', ''] }, 'LS_SHAPE', 'shape[1]: expected a size or its name'],
    [{ shape: [1.5, 3] }, 'LS_SHAPE', 'shape[0]'],
    [{ axis: 2 }, 'LS_SHAPE', 'axis: expected an axis of shape [N,3], got 2'],
    [{ axis: -3 }, 'LS_SHAPE', 'axis'],
    [{ dtype: 'bfloat16' }, 'LS_DTYPE', 'dtype'],
    [{ labelType: 'uint8' }, 'LS_DTYPE', 'labelType: expected one of int64, int32, got "uint8"'],
    [{ opset: 12 }, 'LS_OPTION', 'opset'],
    [{ opset: 27 }, 'LS_OPTION', 'opset: expected an integer in [13, 26], got 27'],
    [{ opset: '21' }, 'LS_OPTION', 'opset'],
    [{ target: 'dense' }, 'LS_OPTION', 'target'],
    [{ target: 'probabilities', labelSmoothing: [0.1, 0.1, 0.1] }, 'LS_SMOOTHING', 'labelSmoothing'],
    [{ sampleWeight: [1, 2] }, 'LS_OPTION', 'sampleWeight: expected true or false'],
    [{ normalizer: -1 }, 'LS_NORMALIZER', 'normalizer'],
    [{ normalizer: 'foo' }, 'LS_NORMALIZER', 'normalizer: expected a finite number ≥ 0, got "foo"'],
    [{ normalizer: 'input' }, 'LS_NORMALIZER', 'normalizer'],
    [{ normalizer: '' }, 'LS_NORMALIZER', 'normalizer'],
    [{ normalizer: [] }, 'LS_NORMALIZER', 'normalizer'],
    [{ normalizer: {} }, 'LS_NORMALIZER', 'normalizer'],
    [{ classes: 2 ** 31 + 1, labelType: 'int32' }, 'LS_SHAPE', 'classes: expected at most 2147483648, as far as'],
    [{ normalizer: true, reduction: 'sum' }, 'LS_OPTION', "reduction: expected 'mean' beside a normalizer"],
    [{ onEmpty: 'throw' }, 'LS_UNSUPPORTED', "onEmpty: expected 'nan' or 'zero' in a graph"],
    [{ invalidLabel: 'throw' }, 'LS_OPTION', 'invalidLabel'],
    [{ scatter: 0 }, 'LS_OPTION', 'scatter'],
    [{ dialect: 'caffe' }, 'LS_DIALECT', 'dialect'],
    [{ labelSmothing: 0.1 }, 'LS_OPTION', 'labelSmothing'],
    [null, 'LS_OPTION', 'options'],
  ])('%j', (options, code, message) => {
    const call = () => lossModel(options === null ? (null as never) : { classes: 3, ...(options as ExportOptions) });
    expect(call).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) }));
  });
});

test.each(Object.keys(dialects) as DialectName[])('takes dialect %s as it is', (dialect) => {
  expect(decode(lossModel({ dialect, classes: 3, gradient: true })).graph?.output).toHaveLength(2);
});

test('says what it is: version, options, and a sentence', () => {
  const model = decode(lossModel({ classes: 20, labelSmoothing: 0.1, weight: new Float32Array(20).fill(2) }));
  expect([model.producerName, model.producerVersion]).toEqual(['@label-smoothing/onnx', version]);
  expect(model.docString).toBe('Label-smoothed cross-entropy (labelSmoothing 0.1, uniform), without a gradient.');
  expect(Object.fromEntries(model.metadataProps.map(({ key, value }) => [key, value]))).toEqual({
    'label_smoothing.version': version,
    'label_smoothing.options': '{"classes":20,"labelSmoothing":0.1,"weight":"20 entries"}',
  });
  expect(model.graph?.name).toBe('label_smoothed_cross_entropy');
});

test.each([
  [13, 7],
  [18, 8],
  [19, 9],
  [21, 10],
  [23, 11],
  [26, 13],
])('opset %i is written with IR version %i', (opset, irVersion) => {
  expect(Number(decode(lossModel({ classes: 3, opset })).irVersion)).toBe(irVersion);
});

test('inputs and outputs have the types and shapes that were asked for', () => {
  const options = { shape: ['N', 5, 'H'], axis: 1, dtype: 'float16', labelType: 'int32', gradient: true } as const;
  const { graph } = decode(lossModel({ ...options, sampleWeight: true, normalizer: true, labelSmoothing: 0.1 }));
  const shapes = [...(graph?.input ?? []), ...(graph?.output ?? [])].map((value) => {
    const tensor = value.type?.value.case === 'tensorType' ? value.type.value.value : undefined;
    const sizes = tensor?.shape?.dim.map(({ value: { value: size } }) =>
      typeof size === 'bigint' ? Number(size) : size,
    );
    return [value.name, valueType(value), sizes];
  });
  expect(shapes).toEqual([
    ['logits', 'float16', ['N', 5, 'H']],
    ['labels', 'int32', ['N', 'H']],
    ['sample_weight', 'float32', ['N', 'H']],
    ['normalizer', 'float32', []],
    ['loss', 'float32', []],
    ['gradient', 'float16', ['N', 5, 'H']],
  ]);
});

test('more classes than anyone writes down: their numbers are made when the graph runs', () => {
  for (const options of [
    { classes: 2 ** 33, input: 'probabilities' },
    { classes: 1e8, scatter: false },
  ] as const) {
    const { graph } = decode(lossModel({ ...options, gradient: true }));
    expect(graph?.node.map(({ opType }) => opType)).toContain('Range');
  }
});

const logits = [2, 1, 0, 0, 0, 3];

test('a label that is no class makes its row NaN, and no other', async () => {
  const bytes = lossModel({ classes: 3, labelSmoothing: 0.1, reduction: 'none', gradient: true });
  for (const label of [3, -1, -101, 2 ** 40]) {
    const feeds = { logits: ['float32', logits, [2, 3]], labels: ['int64', [label, 2], [2]] } as const;
    const { loss, gradient } = await runGraph(bytes, feeds);
    expect(loss?.data.map(Number.isNaN)).toEqual([true, false]);
    expect(gradient?.data.map(Number.isNaN)).toEqual([true, true, true, false, false, false]);
  }
});

test.each([true, false])('and where the loss of one class is 0 by itself, scatter %j', async (scatter) => {
  const nothing = { classes: 1, labelSmoothing: 1, smoothingMode: 'others', maskedLogits: 'propagate' } as const;
  const bytes = lossModel({ ...nothing, reduction: 'none', gradient: true, scatter });
  const feeds = { logits: ['float32', [3, 2], [2, 1]], labels: ['int64', [5, 0], [2]] } as const;
  const { loss, gradient } = await runGraph(bytes, feeds);
  expect([loss?.data, gradient?.data]).toEqual([
    [Number.NaN, 0],
    [Number.NaN, 0],
  ]);
});

describe('constants that ONNX Runtime takes for 1 in float32', () => {
  const call = (options: object, x: readonly number[]): Promise<Record<string, Output>> =>
    runGraph(lossModel({ classes: 3, dtype: 'float64', gradient: true, ...options }), {
      logits: ['float64', x, [1, 3]],
      labels: ['int64', [0], [1]],
    });

  test.each([1e-8, 2e-8, 1e-7, 9e-7])('ε %d: a label of −∞ has an infinite loss and finite gradients', async (ε) => {
    const x = [-Infinity, 1, 2];
    const { loss, gradient } = await call({ labelSmoothing: ε }, x);
    const options = { classes: 3, labelSmoothing: ε, gradient: true } as const;
    const expected = crossEntropy(Float64Array.from(x), [0], options);
    expect(loss?.data).toEqual([Infinity]);
    expect(gradient?.data.map((value, k) => value - (expected.gradient[k] as number))).toEqual([
      expect.closeTo(0, 15),
      expect.closeTo(0, 15),
      expect.closeTo(0, 15),
    ]);
  });

  test.each([1 - 2 ** -28, 1 + 2 ** -28])('as a divisor, %d, and as a factor', async (near) => {
    const x = [2, 1, 0];
    const [plain, divided, weighted] = await Promise.all(
      [{}, { normalizer: near }, { weight: [near, near, near], reduction: 'sum' }].map((options) => call(options, x)),
    );
    const [loss, push] = [plain?.['loss']?.data[0] as number, plain?.['gradient']?.data[0] as number];
    expect(divided?.['loss']?.data[0]).toBeCloseTo(loss / near, 15);
    expect(divided?.['gradient']?.data[0]).toBeCloseTo(push / near, 15);
    expect(weighted?.['loss']?.data[0]).toBeCloseTo(loss * near, 15);
    expect(weighted?.['gradient']?.data[0]).toBeCloseTo(push * near, 15);
  });
});

test('an ignored row is never read', async () => {
  const bytes = lossModel({ classes: 3, labelSmoothing: 0.1, gradient: true });
  const [nan, inf] = [Number.NaN, Infinity];
  const feeds = { logits: ['float32', [nan, inf, -inf, 0, 0, 3], [2, 3]], labels: ['int64', [-100, 2], [2]] } as const;
  const { loss, gradient } = await runGraph(bytes, feeds);
  expect(loss?.data[0]).toBeCloseTo(0.2949, 4);
  expect(gradient?.data.slice(0, 3)).toEqual([0, 0, 0]);
});

test('no rows: a mean of nothing is what onEmpty says', async () => {
  for (const [onEmpty, expected] of [
    ['nan', Number.NaN],
    ['zero', 0],
  ] as const) {
    const bytes = lossModel({ classes: 3, onEmpty, gradient: true });
    const { loss, gradient } = await runGraph(bytes, { logits: ['float32', [], [0, 3]], labels: ['int64', [], [0]] });
    expect(loss?.data).toEqual([expected]);
    expect(gradient).toEqual({ data: [], dims: [0, 3] });
  }
});

test('a normalizer as input divides the sum, and with it the gradient', async () => {
  const common = { logits: ['float32', logits, [2, 3]], labels: ['int64', [0, 2], [2]] } as const;
  const bytes = lossModel({ classes: 3, labelSmoothing: 0.1, normalizer: true, gradient: true });
  const halves = await runGraph(bytes, { ...common, normalizer: ['float32', [4], []] });
  const whole = await runGraph(bytes, { ...common, normalizer: ['float32', [2], []] });
  expect(halves['loss']?.data[0]).toBeCloseTo((whole['loss']?.data[0] as number) / 2, 6);
  expect(halves['gradient']?.data[0]).toBeCloseTo((whole['gradient']?.data[0] as number) / 2, 6);
});
