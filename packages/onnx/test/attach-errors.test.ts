// What cannot be attached to: each has its code and a message that names the thing.
import { attachLoss, inspectModel } from '@label-smoothing/onnx';
import { describe, expect, test } from 'vitest';
import { node, smallModel, value } from './small-model.js';
import { torchModel } from './torch-model.js';

const refused = (code: string, ...words: readonly string[]): object =>
  expect.objectContaining({
    code,
    message: expect.stringMatching(new RegExp(words.map((word) => word.replace(/[[\]()*+.^$]/g, '\\$&')).join('[^]*'))),
  });
const two = (a: object, b: object): Uint8Array =>
  smallModel({
    nodes: [node('a', 'Identity', ['x']), node('b', 'Neg', ['x'])],
    outputs: [value('a', a), value('b', b)],
  });

describe('a file that', () => {
  test.each<[what: string, bytes: unknown, ...words: string[]]>([
    ['is no array', 'model.onnx', 'a Uint8Array', '"model.onnx"'],
    ['is empty', new Uint8Array(), 'no bytes'],
    ['is text', new TextEncoder().encode('{"format": "graph-model"}'), 'the bytes of an ONNX model'],
    ['is a picture', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a), 'the bytes of an ONNX model'],
    ['is zeros', new Uint8Array(64), 'the bytes of an ONNX model'],
    ['is 2 GiB', new Uint8Array(2 ** 31), '2147483648 bytes', '2 GiB'],
    ['has no graph', smallModel().subarray(0, 2), 'no graph'],
  ])('%s', (_, bytes, ...words) => {
    expect(() => attachLoss(bytes as Uint8Array, {})).toThrow(refused('LS_MODEL', 'model', ...words));
    expect(() => inspectModel(bytes as Uint8Array)).toThrow(refused('LS_MODEL', 'model', ...words));
  });

  test('ends at any byte before its last', () => {
    for (const model of [smallModel(), torchModel]) {
      for (let end = 0; end < model.length; end++) {
        expect(() => inspectModel(model.subarray(0, end)), `${end}`).toThrow(refused('LS_MODEL'));
      }
    }
  });

  test('has any byte changed: an answer or LS_MODEL, nothing else', () => {
    const model = smallModel();
    for (let at = 0; at < model.length; at++) {
      for (const flip of [1, 128, 255]) {
        const changed = model.map((byte, i) => (i === at ? byte ^ flip : byte));
        try {
          attachLoss(changed, {});
        } catch (error) {
          expect((error as { code?: string }).code).toMatch(/^LS_(MODEL|SHAPE|DTYPE)$/);
        }
      }
    }
  });

  test('would be larger than protobuf allows', () => {
    // A field of zeros that nobody reads: no memory is touched for it.
    const model = new Uint8Array(2 ** 31 - 1);
    model.set(smallModel());
    const left = model.length - smallModel().length - 7;
    model.set(
      [0x9a, 6, ...[0, 7, 14, 21].map((shift) => ((left >> shift) & 127) | 128), left >> 28],
      smallModel().length,
    );
    expect(() => attachLoss(model, { gradient: true })).toThrow(
      refused('LS_MODEL', 'less than 2 GiB with what is added'),
    );
  });

  test('lost its bytes to another thread', () => {
    const model = smallModel();
    structuredClone(model.buffer, { transfer: [model.buffer as ArrayBuffer] });
    expect(() => attachLoss(model, {})).toThrow(refused('LS_DETACHED', 'model'));
  });
});

describe('a model', () => {
  test.each([9, 12, 27])('of opset %i', (opset) => {
    expect(() => attachLoss(smallModel({}, opset), {})).toThrow(refused('LS_MODEL', '[13, 26]', `opset ${opset}`));
    expect(inspectModel(smallModel({}, opset))).toMatchObject({ opset, logits: null });
  });

  test.each<[what: string, model: Uint8Array, ...words: string[]]>([
    ['without outputs', smallModel({ outputs: [] }), 'an output that could be logits', 'no outputs'],
    ['of integers', smallModel({ outputs: [value('scores', { type: 'int64' })] }), 'logits', '"scores" (int64)'],
    ['of a scalar', smallModel({ outputs: [value('scores', { shape: [] })] }), 'no scalar'],
    ['of two candidates', two({}, {}), 'the name of the logits', '"a" and "b"'],
  ])('%s', (_, model, ...words) => {
    expect(() => attachLoss(model, {})).toThrow(refused('LS_MODEL', ...words));
    expect(inspectModel(model)).toMatchObject({ logits: null, problem: expect.stringContaining(words[0] as string) });
  });

  test('of two candidates, of which the caller names one, or one is called logits', () => {
    expect(inspectModel(attachLoss(two({}, {}), { logits: 'b' })).outputs).toHaveLength(3);
    const named = smallModel({
      nodes: [node('logits', 'Identity', ['x']), node('features', 'Neg', ['x'])],
      outputs: [value('features'), value('logits')],
    });
    expect(inspectModel(named).logits?.name).toBe('logits');
  });
});

describe('options that the model contradicts', () => {
  const taken = smallModel({ nodes: [node('loss', 'Identity', ['x'])], outputs: [value('loss')] });
  const shapeless = smallModel({ nodes: [node('y', 'Neg', ['x']), node('scores', 'Neg', ['y'])] });

  test.each<[what: string, model: Uint8Array, options: object, code: string, ...words: string[]]>([
    ['a name that exists', taken, {}, 'LS_MODEL', 'names', '"loss"'],
    ['two inputs of one name', smallModel(), { names: { labels: 'x' } }, 'LS_MODEL', 'names', '"x"'],
    ['one name for two', smallModel(), { names: { loss: 'labels' } }, 'LS_MODEL', 'names', '"labels"'],
    [
      'a prefix in use',
      attachLoss(smallModel(), {}),
      { logits: 'scores', names: { labels: 'l', loss: 'k' } },
      'LS_MODEL',
      'prefix',
    ],
    ['logits that do not exist', smallModel(), { logits: 'score' }, 'LS_MODEL', 'logits', 'scores', '"score"'],
    [
      'logits of integers',
      smallModel({ outputs: [value('scores', { type: 'int32' })] }),
      { logits: 'scores' },
      'LS_MODEL',
      'int32',
    ],
    ['logits of an unknown type', shapeless, { logits: 'y' }, 'LS_MODEL', 'dtype', '"y"'],
    ['logits of an unknown shape', shapeless, { logits: 'y', dtype: 'float32' }, 'LS_MODEL', 'shape', '"y"'],
    ['another dtype', smallModel(), { dtype: 'float64' }, 'LS_DTYPE', 'dtype', 'float32'],
    ['another shape', smallModel(), { shape: ['N', 4] }, 'LS_SHAPE', 'shape', '[N, 3]'],
    ['other classes', smallModel(), { classes: 4 }, 'LS_SHAPE', 'classes', '3'],
    ['no such option', smallModel(), { opset: 17 }, 'LS_OPTION', 'opset'],
    ['no such name', smallModel(), { names: { lables: 'y' } }, 'LS_OPTION', 'lables'],
    ['a name that is no text', smallModel(), { names: { labels: 1 } }, 'LS_OPTION', 'names.labels'],
    ['bad smoothing', smallModel(), { labelSmoothing: 2 }, 'LS_SMOOTHING', 'labelSmoothing'],
  ])('%s', (_, model, options, code, ...words) => {
    expect(() => attachLoss(model, options)).toThrow(refused(code, ...words));
  });
});
