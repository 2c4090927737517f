import { crossEntropy } from '@label-smoothing/core';
import {
  type HeadTrainingOptions,
  type HeadTrainingStep,
  headTrainingStep,
  inspectModel,
  type OptimizerOptions,
  type StateTensor,
  withWeights,
} from '@label-smoothing/onnx';
import { describe, expect, test } from 'vitest';
import { version } from '../src/version.js';
import { decode } from './decode.js';
import { layer } from './layer.js';
import type { Feed } from './run-graph.js';
import { open } from './session.js';
import { node, smallModel, value } from './small-model.js';
import { distance, externalData, recorded, torchModel } from './torch-model.js';
import { trainLinear } from './train-linear.js';

const smoothing = { labelSmoothing: 0.1 } as const;
const batch: Record<string, Feed> = {
  features: ['float32', recorded.features, [6, 16]],
  labels: ['int64', recorded.labels, [6]],
};

/** Runs a step again and again, its outputs the next one's inputs; returns the last loss and the state. */
async function train(
  { model, state }: HeadTrainingStep,
  feeds: Record<string, Feed>,
  rate: number,
  steps: number,
): Promise<{ loss: number; state: Record<string, readonly number[]> }> {
  const session = await open(model, externalData);
  let now: Record<string, Feed> = Object.fromEntries(
    Object.entries(state).map(([name, { type, data, dims }]) => [name, [type, data, dims] as const]),
  );
  let loss = Number.NaN;
  const type = Object.values(state)[0]?.type as 'float32';
  for (let step = 0; step < steps; step++) {
    const results = await session.run({ ...feeds, ...now, learning_rate: [type, [rate], []] });
    loss = results['loss']?.data[0] as number;
    now = Object.fromEntries(
      Object.entries(now).map(([name, [kind, , dims]]) => [name, [kind, results[`${name}_new`]?.data ?? [], dims]]),
    );
  }
  return { loss, state: Object.fromEntries(Object.entries(now).map(([name, [, data]]) => [name, Array.from(data)])) };
}

const optimizers: Record<string, OptimizerOptions> = {
  sgd: { kind: 'sgd' },
  momentum: { kind: 'sgd', momentum: 0.9, weightDecay: 0.01 },
  nesterov: { kind: 'sgd', momentum: 0.9, nesterov: true },
  adamw: { kind: 'adamw', weightDecay: 0.05 },
};
const stepOf = (optimizer: OptimizerOptions, more: Partial<HeadTrainingOptions> = {}): HeadTrainingStep =>
  headTrainingStep(torchModel, { ...smoothing, optimizer, externalData, ...more });

describe('a model from PyTorch', () => {
  test.each(Object.entries(recorded.training))(
    '%s: where torch.optim arrives',
    async (name, { settings, steps, ...end }) => {
      const step = stepOf(optimizers[name] as OptimizerOptions);
      expect(step.parameters).toEqual(['head.weight', 'head.bias']);
      const { loss, state } = await train(step, batch, settings['lr'] as number, steps);
      expect(Math.abs(loss - end.loss)).toBeLessThan(1e-6);
      for (const parameter of step.parameters) {
        expect(distance(state[parameter] ?? [], end.parameters[parameter] ?? [])).toBeLessThan(1e-6);
      }
    },
  );

  test('what was learned goes into the model, whose loss is then the next one', async () => {
    const step = stepOf({ kind: 'sgd' });
    const { state } = await train(step, batch, 0.1, 20);
    const learned = step.parameters.map((name) => {
      const { type, dims } = step.state[name] as StateTensor;
      return [name, { type, dims, data: Float32Array.from(state[name] ?? []) }] as const;
    });
    const model = withWeights(torchModel, Object.fromEntries(learned));
    expect(inspectModel(model)).toMatchObject({ initializers: 4, inputs: [{ name: 'features' }] });
    expect(
      decode(model)
        .graph?.initializer.map(({ name }) => name)
        .sort(),
    ).toEqual(
      decode(torchModel)
        .graph?.initializer.map(({ name }) => name)
        .sort(),
    );
    const { scores } = await (await open(model, externalData)).run({ features: batch['features'] as Feed });
    const next = await train({ ...step, state: { ...step.state, ...Object.fromEntries(learned) } }, batch, 0, 1);
    const { loss } = crossEntropy(Float64Array.from(scores?.data ?? []), Int32Array.from(recorded.labels), {
      ...smoothing,
      classes: 10,
    });
    expect(loss).toBeCloseTo(next.loss, 5);
  });

  test('names of inputs and outputs, and the gradient on request', () => {
    const { model, state } = stepOf({ kind: 'adamw' }, { gradient: true, learningRate: 'rate' });
    const names = Object.keys(state);
    expect(names).toEqual([
      ...['head.weight', 'head.weight_moment1', 'head.weight_moment2', 'head.bias', 'head.bias_moment1'],
      ...['head.bias_moment2', 'label_smoothing/moment1_total', 'label_smoothing/moment2_total'],
    ]);
    const { inputs, outputs } = inspectModel(model);
    expect(inputs.map(({ name }) => name)).toEqual(['features', 'labels', 'rate', ...names]);
    expect(outputs.map(({ name }) => name)).toEqual([
      'scores',
      'loss',
      'gradient',
      ...names.map((name) => `${name}_new`),
    ]);
  });
});

const x = Array.from({ length: 48 }, (_, i) => Math.sin(3 * i));
const y = Array.from({ length: 12 }, (_, i) => i % 3);

describe('200 steps agree with float64', () => {
  const kinds = ['MatMul', 'Add', 'Gemm'] as const;
  const runs = kinds.flatMap((kind) =>
    Object.entries(optimizers).map(([name, optimizer]) => [kind, name, optimizer] as const),
  );
  test.each(runs)('%s, %s', async (kind, _, optimizer) => {
    const rate = optimizer.kind === 'sgd' ? 0.1 : 0.01;
    for (const [dtype, allowed] of [
      ['float32', 5e-6],
      ['float64', 1e-14],
    ] as const) {
      const { model, weights, bias } = layer(dtype, kind);
      const step = headTrainingStep(model, { ...smoothing, optimizer });
      const feeds: Record<string, Feed> = { x: [dtype, x, [12, 4]], labels: ['int64', y, [12]] };
      const { loss, state } = await train(step, feeds, rate, 200);
      const exact = trainLinear({ x, y, weights, bias, rate, steps: 200, optimizer, ...smoothing });
      expect(Math.abs(loss - exact.loss)).toBeLessThan(allowed);
      expect(distance(state['W'] ?? [], exact.weights)).toBeLessThan(allowed);
      if (exact.bias !== null) expect(distance(state['b'] ?? [], exact.bias)).toBeLessThan(allowed);
    }
  });
});

test.each([{ beta1: 0 }, { beta2: 0 }, { beta1: 0, beta2: 0, weightDecay: 0 }])(
  'AdamW that remembers nothing: %j',
  async (settings) => {
    const optimizer = { kind: 'adamw', epsilon: 1, ...settings } as const;
    const { model, weights, bias } = layer('float64', 'Gemm');
    const step = headTrainingStep(model, { ...smoothing, optimizer });
    const feeds: Record<string, Feed> = { x: ['float64', x, [12, 4]], labels: ['int64', y, [12]] };
    const { state } = await train(step, feeds, 0.01, 20);
    const exact = trainLinear({ x, y, weights, bias, rate: 0.01, steps: 20, optimizer, ...smoothing });
    expect(distance(state['W'] ?? [], exact.weights)).toBeLessThan(1e-14);
    expect(state['label_smoothing/moment1_total']).toEqual([settings.beta1 === 0 ? 1 : expect.closeTo(1 - 0.9 ** 20)]);
  },
);

test.each(['Gemm', 'Add'] as const)('%s: features of a row that does not count are never read', async (kind) => {
  const { model } = layer('float32', kind);
  const unread = [...x.slice(0, 44), Number.NaN, Infinity, -Infinity, Number.NaN];
  const trained = async (options: object, features: readonly number[], more: Record<string, Feed>) => {
    const step = headTrainingStep(model, { ...smoothing, ...options });
    return (await train(step, { x: ['float32', features, [12, 4]], ...more }, 0.1, 3)).state;
  };
  const ignored: Record<string, Feed> = { labels: ['int64', [...y.slice(0, 11), -100], [12]] };
  expect(await trained({}, unread, ignored)).toEqual(await trained({}, x, ignored));
  const counts = Array.from(y, (_, i) => (i === 11 ? 0 : 1));
  const weighed: Record<string, Feed> = { labels: ['int64', y, [12]], sample_weight: ['float32', counts, [12]] };
  const after = await trained({ sampleWeight: true }, unread, weighed);
  expect(after).toEqual(await trained({ sampleWeight: true }, x, weighed));
  expect(after['W']?.every(Number.isFinite)).toBe(true);
});

test('names of its own are none of the graph, whatever the prefix', async () => {
  const { model, weights, bias } = layer('float32', 'Gemm');
  const options = {
    ...smoothing,
    prefix: '',
    learningRate: 'label',
    names: { loss: 'distances', gradient: 'float32_0' },
  };
  const { state, model: bytes } = headTrainingStep(model, { ...options, gradient: true });
  const session = await open(bytes);
  const outputs = await session.run({
    ...{ x: ['float32', x, [12, 4]], labels: ['int64', y, [12]], label: ['float32', [0.1], []] },
    ...Object.fromEntries(Object.entries(state).map(([name, { type, data, dims }]) => [name, [type, data, dims]])),
  });
  const exact = trainLinear({ x, y, weights, bias, rate: 0.1, steps: 1, optimizer: { kind: 'sgd' }, ...smoothing });
  expect(outputs['distances']?.data[0]).toBeCloseTo(exact.loss, 6);
  expect(distance(outputs['W_new']?.data ?? [], exact.weights)).toBeLessThan(1e-6);
});

test.each([13, 17, 18, 26])('opset %i', async (opset) => {
  const { model, weights, bias } = layer('float32', 'Gemm', { opset });
  const step = headTrainingStep(model, smoothing);
  const feeds: Record<string, Feed> = { x: ['float32', x, [12, 4]], labels: ['int64', y, [12]] };
  const { state } = await train(step, feeds, 0.1, 5);
  const exact = trainLinear({ x, y, weights, bias, rate: 0.1, steps: 5, optimizer: { kind: 'sgd' }, ...smoothing });
  expect(distance(state['W'] ?? [], exact.weights)).toBeLessThan(1e-6);
});

test('sequences: [N, T, K] scores, [N, T] labels', async () => {
  const { model, weights, bias } = layer('float32', 'Add', { dims: ['N', 'T'] });
  const feeds: Record<string, Feed> = { x: ['float32', x, [3, 4, 4]], labels: ['int64', y, [3, 4]] };
  const { state } = await train(headTrainingStep(model, smoothing), feeds, 0.1, 5);
  const exact = trainLinear({ x, y, weights, bias, rate: 0.1, steps: 5, optimizer: { kind: 'sgd' }, ...smoothing });
  expect(distance(state['W'] ?? [], exact.weights)).toBeLessThan(1e-6);
});

test('four axes: the classes of a last layer are in the last', () => {
  const { model } = layer('float32', 'MatMul', { dims: ['N', 'H', 'W'] });
  const { inputs } = inspectModel(headTrainingStep(model, smoothing).model);
  expect(inputs.find(({ name }) => name === 'labels')?.shape).toEqual(['N', 'H', 'W']);
});

test('a step says what it is, without the weights', () => {
  const optimizer = { kind: 'sgd', momentum: 0.9 } as const;
  const { model } = stepOf(optimizer);
  expect(Object.fromEntries(decode(model).metadataProps.map(({ key, value: said }) => [key, said]))).toMatchObject({
    'label_smoothing.version': version,
    'label_smoothing.options': JSON.stringify({ ...smoothing, optimizer }),
  });
  const { doc } = inspectModel(model).outputs[1] as { readonly doc?: string };
  expect(doc).toContain('of "scores", classes along axis 1, without a gradient');
});

test('weights are decoded into memory of their own', () => {
  const [features, classes] = [64, 32];
  const numbers = Float32Array.from({ length: features * classes }, (_, i) => i % 251);
  const bytes = new Uint8Array(numbers.buffer);
  const model = smallModel({
    nodes: [node('scores', 'MatMul', ['x', 'W'])],
    initializers: [{ name: 'W', type: 'float32', dims: [features, classes], data: bytes }],
    inputs: [value('x', { shape: ['N', features] })],
    outputs: [value('scores', { shape: ['N', classes] })],
  });
  const data = headTrainingStep(model, smoothing).state['W']?.data as Float32Array;
  expect(data.length).toBe(numbers.length);
  expect(data.every((number, i) => number === i % 251)).toBe(true);
  const before = model.slice();
  data.fill(-1);
  expect(Buffer.from(model).equals(before)).toBe(true);
  const file = Buffer.from(externalData[0]?.data as Uint8Array);
  const held = Buffer.from(file);
  const { state } = stepOf({ kind: 'sgd' }, { externalData: [{ path: 'mlp.onnx.data', data: file }] });
  state['head.weight']?.data.fill(-1);
  expect(file.equals(held)).toBe(true);
});

test("a loss's own inputs come along: rows of weight 0 teach nothing", async () => {
  const { model, weights, bias } = layer('float32', 'Gemm');
  const step = headTrainingStep(model, { ...smoothing, sampleWeight: true, reduction: 'sum' });
  const feeds: Record<string, Feed> = {
    x: ['float32', x, [12, 4]],
    labels: ['int64', y, [12]],
    sample_weight: ['float32', new Float32Array(12), [12]],
  };
  const { state, loss } = await train(step, feeds, 0.1, 3);
  expect(loss).toBe(0);
  expect(state['W']).toEqual(Array.from(Float32Array.from(weights)));
  expect(state['b']).toEqual(Array.from(Float32Array.from(bias ?? [])));
});
