import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { AttributeProtoSchema, type GraphProto, ModelProtoSchema, type NodeProto, TensorProtoSchema } from 'onnx-buf';

/**
 * A model of opset 9 for opset 13, the oldest that a loss can be attached to. It knows what the OCR models have in them;
 * other models need a version converter.
 */
export function upgraded(bytes: Uint8Array): Uint8Array {
  const model = fromBinary(ModelProtoSchema, bytes);
  const { graph, opsetImport } = model as { graph: GraphProto; opsetImport: { version: bigint }[] };
  for (const opset of opsetImport) opset.version = 13n;
  for (const node of graph.node) upgrade(node, graph);
  const isWeight = ({ opType }: NodeProto): boolean => opType === 'Constant';
  for (const { attribute, output } of graph.node.filter(isWeight)) {
    const tensor = attribute[0]?.t;
    if (tensor !== undefined) graph.initializer.push({ ...tensor, name: output[0] as string });
  }
  graph.node = graph.node.filter((node) => !isWeight(node));
  return toBinary(ModelProtoSchema, model);
}

/** Attributes that have become inputs since, in the order of these. */
const inputsNow: Readonly<Record<string, readonly string[]>> = {
  Clip: ['min', 'max'],
  Slice: ['starts', 'ends', 'axes'],
  Squeeze: ['axes'],
};

function upgrade(node: NodeProto, graph: GraphProto): void {
  const names = inputsNow[node.opType] ?? [];
  for (const name of names) {
    const { f = 0, ints = [] } = node.attribute.find((attribute) => attribute.name === name) ?? {};
    const tensor =
      node.opType === 'Clip'
        ? { dataType: 1, dims: [], rawData: new Uint8Array(Float32Array.of(f).buffer) }
        : { dataType: 7, dims: [BigInt(ints.length)], rawData: new Uint8Array(BigInt64Array.from(ints).buffer) };
    const input = `${node.output[0]}/${name}`;
    graph.initializer.push(create(TensorProtoSchema, { ...tensor, name: input }));
    node.input.push(input);
  }
  node.attribute = node.attribute.filter(({ name }) => !names.includes(name));
  // Over the last axis, as here, Softmax is what it was; it only has to say so.
  if (node.opType === 'Softmax') {
    node.attribute = [create(AttributeProtoSchema, { name: 'axis', type: 2, i: -1n })];
  }
}
