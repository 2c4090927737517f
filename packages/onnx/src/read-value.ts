import { add, type Field, integer, message, type Readers, set, text, walk } from './proto-reader.js';

/** ONNX's element types by number. */
const typeNames = [
  ...['undefined', 'float32', 'uint8', 'int8', 'uint16', 'int16', 'int32', 'int64', 'string', 'bool', 'float16'],
  ...['float64', 'uint32', 'uint64', 'complex64', 'complex128', 'bfloat16', 'float8e4m3fn', 'float8e4m3fnuz'],
  ...['float8e5m2', 'float8e5m2fnuz', 'uint4', 'int4', 'float4e2m1', 'float8e8m0', 'uint2', 'int2'],
];

/** A size, the name of one, or null where the model says neither. */
export type ReadDimension = number | string | null;

/** ValueInfoProto. */
export interface ReadValue {
  readonly name: string;
  /** Element type, such as 'float32' or 'int64'; 'sequence', 'map' … for what is no tensor; 'unknown'. */
  readonly type: string;
  /** Null where the model does not say the rank. */
  readonly shape: readonly ReadDimension[] | null;
  /** There only where the model says something. */
  readonly doc?: string;
}

/** Reads the name and type of a value. */
export function readValue(field: Field): ReadValue {
  const unknown: Omit<ReadValue, 'name'> = { type: 'unknown', shape: null };
  const value = { name: '', type: unknown, doc_string: '' };
  walk(message(field), {
    1: set(value, 'name', text),
    2: set(value, 'type', readType),
    3: set(value, 'doc_string', text),
  });
  const { name, type, doc_string: doc } = value;
  return { name, ...type, ...(doc === '' ? {} : { doc }) };
}

function readType(field: Field): Omit<ReadValue, 'name'> {
  const value: { type: string; shape: readonly ReadDimension[] | null } = { type: 'unknown', shape: null };
  const tensor: Readers = {
    1: set(value, 'type', (element) => typeName(integer(element))),
    2: set(value, 'shape', readShape),
  };
  walk(message(field), {
    1: ['tensor_type', (inner) => walk(message(inner), tensor)],
    4: set(value, 'type', () => 'sequence'),
    5: set(value, 'type', () => 'map'),
    7: set(value, 'type', () => 'opaque'),
    8: set(value, 'type', () => 'sparse tensor'),
    9: set(value, 'type', () => 'optional'),
  });
  return value;
}

function readShape(field: Field): ReadDimension[] {
  const shape: ReadDimension[] = [];
  walk(message(field), { 1: add(shape, 'dim', readDimension) });
  return shape;
}

/** Some exporters write −1 or an empty name for a size that they do not know. */
function readDimension(field: Field): ReadDimension {
  const dim: { size: ReadDimension } = { size: null };
  walk(message(field), {
    1: set(dim, 'size', (value) => (integer(value) < 0 ? null : integer(value))),
    2: set(dim, 'size', (name) => text(name) || null),
  });
  return dim.size;
}

/** Name of an element type. */
export function typeName(type: number): string {
  return typeNames[type] ?? `type ${type}`;
}
