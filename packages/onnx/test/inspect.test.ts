import { inspectModel, lossModel } from '@label-smoothing/onnx';
import { expect, test } from 'vitest';
import { ProtoWriter } from '../src/protobuf.js';
import { readModel } from '../src/read-model.js';
import { node, smallModel, value } from './small-model.js';
import { torchModel } from './torch-model.js';

test('a model from PyTorch', () => {
  const features = { name: 'features', type: 'float32', shape: ['batch', 16] };
  const scores = { name: 'scores', type: 'float32', shape: ['batch', 10] };
  expect(inspectModel(torchModel)).toEqual({
    irVersion: 10,
    opset: 20,
    opsets: { '': 20 },
    producer: expect.stringMatching(/^pytorch 2\./),
    inputs: [features],
    outputs: [scores],
    nodes: 3,
    initializers: 4,
    externalData: ['mlp.onnx.data'],
    logits: {
      ...scores,
      output: 'scores',
      softmax: null,
      axis: 1,
      why: '"scores" is the only output that could be logits',
    },
    candidates: ['scores'],
    head: { op: 'Gemm', weight: 'head.weight', bias: 'head.bias', features: 32, classes: 10 },
    problem: null,
  });
});

test('the weights of IR version 3 are no inputs that anyone has to feed', () => {
  const weight = { name: 'W', type: 'float32', dims: [3, 3], data: new Uint8Array(36) } as const;
  const model = smallModel({
    nodes: [node('scores', 'MatMul', ['x', 'W'])],
    initializers: [weight],
    inputs: [value('x'), value('W', { shape: [3, 3] })],
  });
  const { inputs, head } = inspectModel(model);
  expect(inputs.map(({ name }) => name)).toEqual(['x']);
  expect(head).toEqual({ op: 'MatMul', weight: 'W', bias: null, features: 3, classes: 3 });
});

test("a model without ONNX's own operators", () => {
  const graph = new ProtoWriter().message(7, () => {}).message(8, (id) => id.bytes(1, 'ai.onnx.ml').int(2, 3));
  const bytes = new ProtoWriter().int(1, 8).raw(graph.finish()).finish();
  const { opset, opsets, problem } = inspectModel(bytes);
  expect({ opset, opsets }).toEqual({ opset: null, opsets: { 'ai.onnx.ml': 3 } });
  expect(problem).toContain('none, but ai.onnx.ml');
});

test('sizes without a name, and values that are no tensors', () => {
  const shape = new ProtoWriter().message(1, (dim) => dim.int(1, -1)).message(1, () => {});
  const tensor = new ProtoWriter().int(1, 1).bytes(2, shape.finish());
  const graph = new ProtoWriter()
    .message(12, (output) => output.bytes(1, 'y').message(2, (type) => type.bytes(1, tensor.finish())))
    .message(12, (output) => output.bytes(1, 'list').message(2, (type) => type.bytes(4, '')));
  const model = new ProtoWriter()
    .int(1, 8)
    .bytes(7, graph.finish())
    .message(8, (id) => id.int(2, 17));
  expect(inspectModel(model.finish()).outputs).toEqual([
    { name: 'y', type: 'float32', shape: [null, null] },
    { name: 'list', type: 'sequence', shape: null },
  ]);
});

/** The fields of a node, as they stand in a graph. */
const nodeFields = (opType: string, write: (attribute: ProtoWriter) => void): ProtoWriter =>
  new ProtoWriter()
    .bytes(2, `${opType}_out`)
    .bytes(4, opType)
    .message(5, (attribute) => write(attribute.bytes(1, 'a')));
const tensorIn = (location: string): Uint8Array =>
  new ProtoWriter()
    .int(1, 1)
    .int(2, 1)
    .bytes(8, location)
    .message(13, (entry) => entry.bytes(1, 'location').bytes(2, location))
    .int(14, 1)
    .finish();
const withNodes = (...nodes: readonly ProtoWriter[]): Uint8Array => {
  const graph = new ProtoWriter();
  for (const fields of nodes) graph.bytes(1, fields.finish());
  const sparse = new ProtoWriter().bytes(1, tensorIn('values')).bytes(2, tensorIn('places'));
  return new ProtoWriter()
    .raw(smallModel())
    .message(7, (piece) => piece.raw(graph.finish()).bytes(15, sparse.finish()))
    .finish();
};

test('weights in files are found wherever a model may have them', () => {
  const inner = new ProtoWriter().bytes(5, tensorIn('in a branch'));
  const model = withNodes(
    nodeFields('Constant', (attribute) => attribute.bytes(5, tensorIn('in a node')).int(20, 4)),
    nodeFields('If', (attribute) => attribute.bytes(6, inner.finish()).int(20, 5)),
  );
  expect(inspectModel(model).externalData).toEqual(['values', 'places', 'in a node', 'in a branch']);
});

test('an attribute is what its type says, of whatever else is written', () => {
  const model = withNodes(
    nodeFields('Both', (attribute) => attribute.float(2, 0.5).int(3, 0).int(20, 1)),
    nodeFields('Zero', (attribute) => attribute.int(20, 2)),
    nodeFields('Text', (attribute) => attribute.int(3, 7).int(20, 3)),
  );
  const { nodes } = readModel(model).graph;
  expect(nodes.slice(1).map(({ attributes }) => attributes.get('a'))).toEqual([0.5, 0, undefined]);
});

test('a loss model has no logits to give', () => {
  expect(inspectModel(lossModel({ classes: 4, gradient: true })).logits?.name).toBe('gradient');
  expect(inspectModel(lossModel({ classes: 4 }))).toMatchObject({ logits: null, candidates: [], head: null });
});
