import { headTrainingStep, withWeights } from '@label-smoothing/onnx';
import { describe, expect, test } from 'vitest';
import { layer } from './layer.js';
import { node, smallModel } from './small-model.js';
import { torchModel } from './torch-model.js';

describe('what cannot be trained', () => {
  const { model } = layer('float32', 'Gemm');
  const shared = smallModel({
    nodes: [node('hidden', 'MatMul', ['x', 'W']), node('scores', 'MatMul', ['hidden', 'W'])],
    initializers: [{ name: 'W', type: 'float32', dims: [3, 3], data: new Uint8Array(36) }],
  });
  test.each<[what: string, bytes: Uint8Array, options: object, code: string, text: string]>([
    ['another layer', smallModel(), {}, 'LS_MODEL', 'Gemm or MatMul (+ Add) to make "scores", got none'],
    ['weights used twice', shared, {}, 'LS_MODEL', 'a weight "W" that its last layer alone uses, got 2 uses'],
    [
      'weights that are computed',
      smallModel({ nodes: [node('W', 'Neg', ['x']), node('scores', 'MatMul', ['x', 'W'])] }),
      {},
      'LS_MODEL',
      'an initializer as the weight of its last layer, got "W"',
    ],
    ['no external data', torchModel, {}, 'LS_MODEL', 'externalData: expected the file "mlp.onnx.data"'],
    [
      'short external data',
      torchModel,
      { externalData: [{ path: 'mlp.onnx.data', data: new Uint8Array(8) }] },
      'LS_MODEL',
      'initializer "head.',
    ],
    ['files that are none', torchModel, { externalData: null }, 'LS_OPTION', 'externalData: expected a list of files'],
    ['a file that is none', torchModel, { externalData: [null] }, 'LS_MODEL', 'expected the file "mlp.onnx.data"'],
    ['other classes', model, { classes: 4 }, 'LS_SHAPE', 'classes: expected 3'],
    ['another axis', model, { axis: 0 }, 'LS_SHAPE', 'axis: expected the last axis'],
    ['no such optimizer', model, { optimizer: { kind: 'adam' } }, 'LS_OPTION', 'optimizer.kind'],
    ['no such setting', model, { optimizer: { kind: 'sgd', beta1: 0.5 } }, 'LS_OPTION', 'beta1'],
    ['a decay of 1', model, { optimizer: { kind: 'adamw', beta2: 1 } }, 'LS_OPTION', 'optimizer.beta2'],
    [
      'Nesterov without momentum',
      model,
      { optimizer: { kind: 'sgd', nesterov: true } },
      'LS_OPTION',
      'optimizer.momentum',
    ],
    ['a rate that is no name', model, { learningRate: 0.1 }, 'LS_OPTION', 'learningRate'],
  ])('%s', (_, bytes, options, code, text) => {
    expect(() => headTrainingStep(bytes, options)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(text) }),
    );
  });

  test('weights that do not fit the model', () => {
    const data = new Float32Array(12);
    const put = (weights: object) => () => withWeights(model, weights as Parameters<typeof withWeights>[1]);
    const wrong = (text: string) =>
      expect.objectContaining({ code: 'LS_MODEL', message: expect.stringContaining(text) });
    expect(put({ V: { type: 'float32', dims: [4, 3], data } })).toThrow(wrong('initializers of the model, got "V"'));
    expect(put({ W: { type: 'float32', dims: [3, 4], data } })).toThrow(wrong('float32 [4,3], got float32 [3,4]'));
    expect(put({ W: { type: 'float32', dims: [4, 3], data: [1] } })).toThrow(wrong('weights "W"'));
    expect(put({ W: null })).toThrow(wrong('weights "W": expected a tensor of type, dims and data, got null'));
    expect(put({ W: {} })).toThrow(wrong('weights "W": expected a tensor'));
    expect(put([])).toThrow(wrong('weights: expected an object of tensors by name'));
    expect(put(null as never)).toThrow(wrong('weights: expected an object of tensors by name, got null'));
  });
});
