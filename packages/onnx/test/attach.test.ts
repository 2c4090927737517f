import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crossEntropy } from '@label-smoothing/core';
import { type AttachOptions, attachLoss, inspectModel, lossModel } from '@label-smoothing/onnx';
import { describe, expect, test } from 'vitest';
import { version } from '../src/version.js';
import { decode } from './decode.js';
import { open } from './session.js';
import { node, rows, runRows, smallModel, value } from './small-model.js';
import { distance, externalData, recorded, torchModel } from './torch-model.js';

const smoothing = { labelSmoothing: 0.1, gradient: true } as const;
const scores = Float32Array.from(rows.scores);
const expected = crossEntropy(scores, Int32Array.from(rows.labels), { classes: 3, ...smoothing });

describe('a model from PyTorch with external data', () => {
  test.each(Object.entries(recorded.losses))(
    '%s: what F.cross_entropy gives',
    async (_, { options, loss, gradient }) => {
      const { label_smoothing: labelSmoothing, weight, reduction } = options;
      const attached = attachLoss(torchModel, {
        labelSmoothing,
        weight,
        reduction,
        gradient: true,
        dialect: 'pytorch',
      });
      const session = await open(attached, externalData);
      const outputs = await session.run({
        features: ['float32', recorded.features, [6, 16]],
        labels: ['int64', recorded.labels, [6]],
      });
      expect(Object.keys(outputs)).toEqual(['scores', 'loss', 'gradient']);
      expect(Math.abs((outputs['loss']?.data[0] as number) / loss - 1)).toBeLessThan(5e-7);
      expect(distance(outputs['gradient']?.data ?? [], gradient)).toBeLessThan(1e-7);
    },
  );

  // Where Python has onnxruntime: npm run onnx:check.
  const python = process.env['ONNX_PYTHON'];
  test.skipIf(python === undefined).each(Object.entries(recorded.losses))('%s, in Python', (name, { options }) => {
    const { label_smoothing: labelSmoothing, weight, reduction } = options;
    const folder = mkdtempSync(join(tmpdir(), 'label-smoothing-'));
    const path = join(folder, 'with-loss.onnx');
    writeFileSync(
      path,
      attachLoss(torchModel, { labelSmoothing, weight, reduction, gradient: true, dialect: 'pytorch' }),
    );
    for (const { path: file, data } of externalData) writeFileSync(join(folder, file), data);
    const check = `${import.meta.dirname}/models/check.py`;
    const away = JSON.parse(execFileSync(python as string, [check, path, name], { encoding: 'utf8' }));
    rmSync(folder, { recursive: true });
    expect(away.loss).toBeLessThan(5e-7);
    expect(away.gradient).toBeLessThan(1e-7);
  });

  test('all of its bytes stand in the result as they were', () => {
    const attached = attachLoss(torchModel, smoothing);
    expect(attached.subarray(0, torchModel.length)).toEqual(new Uint8Array(torchModel));
    expect(inspectModel(attached)).toMatchObject({
      externalData: ['mlp.onnx.data'],
      inputs: [{ name: 'features' }, { name: 'labels', type: 'int64', shape: ['batch'] }],
      outputs: [{ name: 'scores' }, { name: 'loss', shape: [] }, { name: 'gradient', shape: ['batch', 10] }],
    });
  });

  test('a decoder that is not ours reads one graph, in order, with names of its own', () => {
    const { graph } = decode(attachLoss(torchModel, smoothing));
    const known = [...(graph?.initializer ?? []), ...(graph?.input ?? [])].map(({ name }) => name);
    for (const { input, output } of graph?.node ?? []) {
      for (const name of input) expect(known).toContain(name);
      for (const name of output) expect(known).not.toContain(name);
      known.push(...output);
    }
  });
});

describe('every opset', () => {
  test.each(Array.from({ length: 14 }, (_, i) => 13 + i))('%i', async (opset) => {
    const { loss, gradient } = await runRows(attachLoss(smallModel({}, opset), smoothing));
    expect(loss?.data[0]).toBeCloseTo(expected.loss, 6);
    expect(distance(gradient?.data ?? [], expected.gradient)).toBeLessThan(1e-7);
  });
});

describe('a model that ends in', () => {
  const ending = (...nodes: readonly (readonly [name: string, opType: string])[]): Uint8Array => {
    const chain = nodes.map(([name, opType], i) =>
      node(name, opType, [nodes[i - 1]?.[0] ?? 'hidden'], opType === 'Cast' ? { to: 1 } : undefined),
    );
    const last = nodes.at(-1)?.[0] as string;
    return smallModel({ nodes: [node('hidden', 'Identity', ['x']), ...chain], outputs: [value(last)] });
  };

  test.each(['Softmax', 'LogSoftmax'])('%s gets its loss before that', async (opType) => {
    const model = ending(['p', opType]);
    const { loss, p } = await runRows(attachLoss(model, smoothing));
    expect(loss?.data[0]).toBeCloseTo(expected.loss, 6);
    expect(p?.dims).toEqual([3, 3]);
    expect(inspectModel(model).logits).toMatchObject({ name: 'hidden', output: 'p', softmax: { op: opType } });
    expect(() => attachLoss(model, { softmax: 'refuse' })).toThrow(
      expect.objectContaining({ code: 'LS_MODEL', message: expect.stringContaining(opType) }),
    );
  });

  test('Softmax and steps that move or copy', async () => {
    const model = ending(['p', 'Softmax'], ['cast', 'Cast'], ['copy', 'Identity']);
    const { loss } = await runRows(attachLoss(model, { ...smoothing, shape: ['N', 3], dtype: 'float32' }));
    expect(loss?.data[0]).toBeCloseTo(expected.loss, 6);
  });

  test('Softmax, taken as probabilities where the options say so', async () => {
    const attached = attachLoss(ending(['p', 'Softmax']), { ...smoothing, input: 'probabilities' });
    const { loss, gradient, p } = await runRows(attached);
    const same = crossEntropy(Float64Array.from(p?.data ?? []), Int32Array.from(rows.labels), {
      ...smoothing,
      classes: 3,
      input: 'probabilities',
    });
    expect(loss?.data[0]).toBeCloseTo(same.loss, 5);
    expect(distance(gradient?.data ?? [], same.gradient)).toBeLessThan(1e-5);
  });

  test('Softmax and a Reshape: the type is that of the end, the shape is not', async () => {
    const model = smallModel({
      nodes: [node('hidden', 'Identity', ['x']), node('p', 'Softmax', ['hidden']), node('out', 'Reshape', ['p', 'to'])],
      initializers: [{ name: 'to', type: 'int64', dims: [1], data: new Uint8Array(8).fill(255) }],
      outputs: [value('out', { shape: ['M'] })],
    });
    expect(inspectModel(model)).toMatchObject({
      logits: { name: 'hidden', type: 'float32', shape: null },
      problem: 'shape: expected the shape of "hidden", which the model does not say, got null',
    });
    const { loss } = await runRows(attachLoss(model, { ...smoothing, shape: ['N', 3] }));
    expect(loss?.data[0]).toBeCloseTo(expected.loss, 6);
  });

  test('Softmax and a Cast: the shape is that of the end, the type is not', () => {
    const half = { type: 'float16' } as const;
    const model = smallModel({
      nodes: [
        node('hidden', 'Identity', ['x']),
        node('p', 'Softmax', ['hidden']),
        node('out', 'Cast', ['p'], { to: 10 }),
      ],
      outputs: [value('out', half)],
    });
    expect(inspectModel(model).logits).toMatchObject({ name: 'hidden', type: 'unknown', shape: ['N', 3] });
  });

  test.each(['Identity', 'Cast', 'Reshape'])('Sigmoid and %s has no logits', (opType) => {
    const model = ending(['p', 'Sigmoid'], ['q', opType]);
    expect(inspectModel(model)).toMatchObject({ candidates: [], problem: expect.stringContaining('no sigmoid') });
  });

  test('Sigmoid has no logits', () => {
    expect(() => attachLoss(ending(['p', 'Sigmoid']), {})).toThrow(expect.objectContaining({ code: 'LS_MODEL' }));
    expect(inspectModel(ending(['p', 'Sigmoid'])).problem).toContain('no sigmoid');
  });
});

describe('the class axis of', () => {
  const ranked = (...shape: readonly (string | number)[]): Uint8Array =>
    smallModel({ inputs: [value('x', { shape })], outputs: [value('scores', { shape })] });
  const labelsOf = (model: Uint8Array, options = {}): unknown =>
    inspectModel(attachLoss(model, options)).inputs.find(({ name }) => name === 'labels')?.shape;

  test('up to three is the last', () => {
    expect(labelsOf(ranked('K'))).toEqual([]);
    expect(labelsOf(ranked('N', 'T', 5))).toEqual(['N', 'T']);
    expect(inspectModel(ranked('N', 'T', 5)).logits?.axis).toBe(2);
  });

  test('four has to be said: images have it in second place', () => {
    const images = ranked('N', 5, 'H', 'W');
    const problem = 'axis: expected the axis of the classes of "scores" [N, 5, H, W], got undefined';
    expect(() => attachLoss(images, {})).toThrow(expect.objectContaining({ code: 'LS_MODEL', message: problem }));
    expect(inspectModel(images)).toMatchObject({ logits: { name: 'scores', axis: null }, problem });
    expect(labelsOf(images, { axis: 1 })).toEqual(['N', 'H', 'W']);
    expect(labelsOf(images, { axis: -1 })).toEqual(['N', 5, 'H']);
  });

  test('a Softmax in the model is said', () => {
    const model = (axis: number): Uint8Array =>
      smallModel({
        nodes: [node('hidden', 'Identity', ['x']), node('p', 'Softmax', ['hidden'], { axis })],
        outputs: [value('p', { shape: ['N', 5, 'H', 'W'] })],
      });
    for (const axis of [1, -3]) {
      expect(inspectModel(model(axis))).toMatchObject({ logits: { axis: 1 }, problem: null });
      expect(labelsOf(model(axis))).toEqual(['N', 'H', 'W']);
    }
    expect(labelsOf(model(1), { axis: -3 })).toEqual(['N', 'H', 'W']);
    expect(() => attachLoss(model(1), { axis: 3 })).toThrow(
      'axis: expected 1, the axis of Softmax in the model, got 3',
    );
  });
});

test('the model says what was attached, and from which options; of a second loss, too', () => {
  const options = { labelSmoothing: 0.1, weight: new Float64Array(20).fill(2), prefix: 'p/' };
  const wide = { shape: ['N', 20] };
  const model = smallModel({ inputs: [value('x', wide)], outputs: [value('scores', wide)] });
  const once = attachLoss(model, options);
  const names = { labels: 'y', loss: 'second' };
  const twice = attachLoss(once, { logits: 'scores', gradient: true, names });
  const text = (sum: string, what: string): string => `Label-smoothed cross-entropy (${sum}) of "scores", ${what}.`;
  expect(inspectModel(twice).outputs.map(({ doc }) => doc)).toEqual([
    undefined,
    text('labelSmoothing 0.1, uniform', 'classes along axis 1, without a gradient'),
    text('labelSmoothing 0, uniform', 'classes along axis 1, and its gradient with respect to the logits'),
    undefined,
  ]);
  const second = '{"logits":"scores","gradient":true,"names":{"labels":"y","loss":"second"}}';
  expect(decode(twice).metadataProps.map(({ key, value: said }) => [key, said])).toEqual([
    ['label_smoothing.version', version],
    ['label_smoothing.options', '{"labelSmoothing":0.1,"weight":"20 entries","prefix":"p/"}'],
    ['label_smoothing.2.version', version],
    ['label_smoothing.2.options', second],
  ]);
});

describe('options', () => {
  test('new names, where the usual ones are taken', async () => {
    const model = smallModel({ nodes: [node('loss', 'Identity', ['x'])], outputs: [value('loss')] });
    const attached = attachLoss(model, { ...smoothing, names: { loss: 'smoothed_loss' } });
    expect((await runRows(attached))['smoothed_loss']?.data[0]).toBeCloseTo(expected.loss, 6);
  });

  test.each<[prefix: string, names: AttachOptions['names']]>([
    ['', { labels: 'label', loss: 'distances', gradient: 'float32_0' }],
    ['', { labels: 'class', loss: 'gradient', gradient: 'loss' }],
    ['label_smoothing/', { labels: 'label_smoothing/label', loss: 'label_smoothing/float32_0' }],
    ['p/', { labels: 'p/labels', loss: 'p/mean_loss', gradient: 'p/gradient' }],
  ])('prefix "%s" and names %j: no node has one of them', async (prefix, names) => {
    const session = await open(attachLoss(smallModel(), { ...smoothing, prefix, names }));
    const { labels = '', loss = '', gradient = 'gradient' } = names ?? {};
    const outputs = await session.run({
      x: ['float32', rows.scores, [3, 3]],
      [labels]: ['int64', rows.labels, [3]],
    });
    expect(outputs[loss]?.data[0]).toBeCloseTo(expected.loss, 6);
    expect(distance(outputs[gradient]?.data ?? [], expected.gradient)).toBeLessThan(1e-7);
  });

  test('a loss twice, under two prefixes', async () => {
    const once = attachLoss(smallModel(), { logits: 'scores' });
    const names = { labels: 'labels_2', loss: 'loss_2' };
    const twice = attachLoss(once, { logits: 'scores', labelSmoothing: 0.1, prefix: 'second/', names });
    const session = await open(twice);
    const labels = ['int64', rows.labels, [3]] as const;
    const outputs = await session.run({ x: ['float32', rows.scores, [3, 3]], labels, labels_2: labels });
    expect(outputs['loss_2']?.data[0]).toBeCloseTo(expected.loss, 6);
    expect(outputs['loss']?.data[0]).toBeCloseTo(expected.nll, 6);
  });

  test('inputs for sample weights and a normalizer', () => {
    const attached = attachLoss(smallModel(), { sampleWeight: true, normalizer: true, labelType: 'int32' });
    expect(inspectModel(attached).inputs.slice(1)).toEqual([
      { name: 'labels', type: 'int32', shape: ['N'] },
      { name: 'sample_weight', type: 'float32', shape: ['N'] },
      { name: 'normalizer', type: 'float32', shape: [] },
    ]);
  });

  test('a loss model is a model, too', () => {
    const { inputs, problem } = inspectModel(lossModel({ classes: 10 }));
    expect(inputs.map(({ name }) => name)).toEqual(['logits', 'labels']);
    expect(problem).toContain('an output that could be logits');
  });

  test('sizes that the model leaves open', async () => {
    const model = smallModel({ outputs: [value('scores', { shape: ['N', 'K'] })] });
    const { loss } = await runRows(attachLoss(model, { ...smoothing, classes: 3 }));
    expect(loss?.data[0]).toBeCloseTo(expected.loss, 6);
  });

  test('half-precision logits', () => {
    const half = { type: 'float16' } as const;
    const attached = attachLoss(
      smallModel({ inputs: [value('x', half)], outputs: [value('scores', half)] }),
      smoothing,
    );
    expect(inspectModel(attached).outputs.map(({ type }) => type)).toEqual(['float16', 'float32', 'float16']);
  });
});
