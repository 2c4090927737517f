import { ProtoWriter } from './protobuf.js';

/** Element types that our graphs use, with ONNX's numbers for them. */
export const elementTypes = { float32: 1, int32: 6, int64: 7, bool: 9, float16: 10, float64: 11 } as const;
/** Name of an element type. */
export type ElementType = keyof typeof elementTypes;

/** A size, or the name of one that is known when the graph runs. */
export type Dimension = number | string;

/** An attribute of a node: an integer, a list of them, or text. Our operators need no other kind. */
export type Attribute = number | readonly number[] | string;

/** NodeProto as a plain object. */
export interface NodeParts {
  readonly name: string;
  readonly opType: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, Attribute>> | undefined;
}

/** TensorProto as a plain object; `data` is little-endian and kept by reference until the model is written. */
export interface TensorParts {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly data: Uint8Array;
}

/** ValueInfoProto as a plain object. */
export interface ValueParts {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly Dimension[];
  readonly doc?: string | undefined;
}

/** GraphProto as a plain object. */
export interface GraphParts {
  readonly name?: string | undefined;
  readonly doc?: string | undefined;
  readonly nodes: readonly NodeParts[];
  readonly initializers: readonly TensorParts[];
  readonly inputs: readonly ValueParts[];
  readonly outputs: readonly ValueParts[];
}

/** ModelProto as a plain object. With nothing but a graph it is a fragment, to be appended to a model's bytes. */
export interface ModelParts {
  readonly graph: GraphParts;
  readonly opset?: number | undefined;
  readonly producer?: { readonly name: string; readonly version: string } | undefined;
  readonly doc?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** Oldest and newest opset of the default domain that graphs can be written for. */
export const opsetRange = { oldest: 13, newest: 26, usual: 21 } as const;

/** The IR version that came with an opset: runtimes that know the one know the other. */
function irVersionOf(opset: number): number {
  if (opset <= 14) return 7;
  if (opset <= 18) return 8;
  if (opset <= 20) return 9;
  return opset <= 22 ? 10 : Math.min(opset - 12, 13);
}

/**
 * Encodes a model as ONNX protobuf.
 *
 * Field numbers are those of onnx.proto. Repeated numbers are not packed (proto2), attributes carry their type, and
 * tensors use raw_data.
 */
export function encodeModel({ graph, opset, producer, doc, metadata = {} }: ModelParts): Uint8Array {
  const model = new ProtoWriter();
  if (opset !== undefined) model.int(1, irVersionOf(opset));
  if (producer !== undefined) model.bytes(2, producer.name).bytes(3, producer.version);
  if (doc !== undefined) model.bytes(6, doc);
  model.message(7, (writer) => writeGraph(writer, graph));
  if (opset !== undefined) model.message(8, (id) => id.bytes(1, '').int(2, opset));
  for (const [key, value] of Object.entries(metadata)) {
    model.message(14, (entry) => entry.bytes(1, key).bytes(2, value));
  }
  return model.finish();
}

function writeGraph(writer: ProtoWriter, { name, doc, nodes, initializers, inputs, outputs }: GraphParts): void {
  for (const node of nodes) writer.message(1, (inner) => writeNode(inner, node));
  if (name !== undefined) writer.bytes(2, name);
  for (const tensor of initializers) writer.message(5, (inner) => writeTensor(inner, tensor));
  if (doc !== undefined) writer.bytes(10, doc);
  for (const input of inputs) writer.message(11, (inner) => writeValue(inner, input));
  for (const output of outputs) writer.message(12, (inner) => writeValue(inner, output));
}

function writeNode(writer: ProtoWriter, { name, opType, inputs, outputs, attributes = {} }: NodeParts): void {
  for (const input of inputs) writer.bytes(1, input);
  for (const output of outputs) writer.bytes(2, output);
  writer.bytes(3, name).bytes(4, opType);
  for (const [key, value] of Object.entries(attributes)) {
    writer.message(5, (inner) => writeAttribute(inner.bytes(1, key), value));
  }
}

function writeAttribute(writer: ProtoWriter, value: Attribute): void {
  if (typeof value === 'number') writer.int(3, value).int(20, 2);
  else if (typeof value === 'string') writer.bytes(4, value).int(20, 3);
  else {
    for (const entry of value) writer.int(8, entry);
    writer.int(20, 7);
  }
}

function writeTensor(writer: ProtoWriter, { name, type, dims, data }: TensorParts): void {
  for (const size of dims) writer.int(1, size);
  writer.int(2, elementTypes[type]).bytes(8, name).bytes(9, data);
}

function writeValue(writer: ProtoWriter, { name, type, shape, doc }: ValueParts): void {
  writer.bytes(1, name).message(2, (typeProto) =>
    typeProto.message(1, (tensor) =>
      tensor.int(1, elementTypes[type]).message(2, (shapeProto) => {
        for (const size of shape) {
          shapeProto.message(1, (dim) => (typeof size === 'number' ? dim.int(1, size) : dim.bytes(2, size)));
        }
      }),
    ),
  );
  if (doc !== undefined) writer.bytes(3, doc);
}
