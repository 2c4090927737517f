import { content, type Field, integer, integers, message, set, text, walk } from './proto-reader.js';
import { typeName } from './read-value.js';

/** TensorProto; its numbers stay where they are. */
export interface ReadTensor {
  readonly name: string;
  readonly type: string;
  readonly dims: readonly number[];
  /** Where the numbers are if they are not in the model: `location`, `offset`, `length`. */
  readonly external: ReadonlyMap<string, string> | null;
  /** Where the message stands in the model. */
  readonly field: Field;
}

/** Reads what a tensor is, without its numbers. */
export function readTensor(field: Field): ReadTensor {
  const tensor = { name: '', data_type: 0, data_location: 0 };
  const dims: number[] = [];
  const external = new Map<string, string>();
  walk(message(field), {
    1: ['dims', (sizes) => dims.push(...integers(sizes))],
    2: set(tensor, 'data_type', integer),
    8: set(tensor, 'name', text),
    13: ['external_data', (entry) => external.set(...readEntry(entry))],
    14: set(tensor, 'data_location', integer),
  });
  const { name, data_type: type, data_location: location } = tensor;
  return { name, type: typeName(type), dims, external: location === 1 ? external : null, field };
}

function readEntry(field: Field): [key: string, value: string] {
  const entry = { key: '', value: '' };
  walk(message(field), { 1: set(entry, 'key', text), 2: set(entry, 'value', text) });
  return [entry.key, entry.value];
}

/** A tensor's numbers as the model holds them, little-endian: raw_data, or the list of their type. */
export function storedBytes(tensor: ReadTensor): Uint8Array {
  const parts: Uint8Array[] = [];
  const take = (field: Field): void => {
    parts.push(field.wire === 2 ? content(field) : field.within.bytes.subarray(field.start, field.end));
  };
  walk(message(tensor.field), { 4: ['float_data', take], 9: ['raw_data', take], 10: ['double_data', take] });
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
