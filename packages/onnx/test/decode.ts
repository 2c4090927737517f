import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { type ModelProto, ModelProtoSchema, type NodeProto, type ValueInfoProto } from 'onnx-buf';

/** A model as the decoder of onnx-buf, which is not ours, reads it. */
export function decode(bytes: Uint8Array): ModelProto {
  return fromBinary(ModelProtoSchema, bytes);
}

/** Encodes what was decoded: the same fields in the order of their numbers. */
export function encode(model: ModelProto): Uint8Array {
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, model));
}

const typeNames: Readonly<Record<number, string>> = {
  1: 'float32',
  6: 'int32',
  7: 'int64',
  9: 'bool',
  10: 'float16',
  11: 'float64',
};

/** A node, and the type that chooses its kernel. */
export interface TypedNode {
  readonly op: string;
  readonly type: string;
  readonly name: string;
}

/** Nodes with the type of what they work on: the second input of Where, the first of all others. */
export function typedNodes(bytes: Uint8Array): readonly TypedNode[] {
  const { graph } = decode(bytes);
  const types = new Map<string, string>();
  for (const { name, dataType } of graph?.initializer ?? []) types.set(name, typeNames[dataType] as string);
  for (const value of graph?.input ?? []) types.set(value.name, valueType(value));
  return (graph?.node ?? []).map((node) => {
    const type = types.get(node.input[node.opType === 'Where' ? 1 : 0] as string) as string;
    for (const output of node.output) types.set(output, outputType(node, type));
    return { op: node.opType, type, name: node.name };
  });
}

function outputType({ opType, attribute }: NodeProto, type: string): string {
  if (['Equal', 'Less', 'Greater', 'Not'].includes(opType)) return 'bool';
  if (opType === 'Shape') return 'int64';
  return opType === 'Cast' ? (typeNames[Number(attribute[0]?.i)] as string) : type;
}

/** The element type of a graph's input or output. */
export function valueType({ type }: ValueInfoProto): string {
  return type?.value.case === 'tensorType' ? (typeNames[type.value.value.elemType] as string) : '';
}
