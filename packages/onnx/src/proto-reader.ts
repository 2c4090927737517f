import { phrase, wrongValue } from '@label-smoothing/core/adapter';

/** The bytes of one message within a model's. */
export interface Span {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** What it is called in errors: `graph.node.attribute`. */
  readonly what: string;
  readonly depth: number;
}

/** One field of a message. Its content is [start, end); `at` is where its tag begins. */
export interface Field {
  readonly within: Span;
  readonly what: string;
  readonly wire: number;
  readonly at: number;
  readonly start: number;
  readonly end: number;
}

/** A field's name and what to do with it. */
export type Reader = readonly [name: string, read: (field: Field) => void];

/** Readers of the fields that matter, by number; all others are stepped over. */
export type Readers = Readonly<Record<number, Reader>>;

/** Keeps a field as `target[key]`; of several, the last one counts. */
export function set<T, K extends keyof T & string>(target: T, key: K, read: (field: Field) => T[K]): Reader {
  return [
    key,
    (field) => {
      target[key] = read(field);
    },
  ];
}

/** Collects the entries of a repeated field. */
export function add<T>(list: T[], name: string, read: (field: Field) => T): Reader {
  return [name, (field) => list.push(read(field))];
}

const decoder = new TextDecoder('utf-8', { fatal: true });
/** As deep as other protobuf readers go. */
const deepest = 100;

/** The whole of a file as a message. */
export function wholeSpan(bytes: Uint8Array, what: string): Span {
  return { bytes, start: 0, end: bytes.length, what, depth: 0 };
}

/** Steps through a message in order. The content of a field that nobody reads is never looked at. */
export function walk(span: Span, readers: Readers): void {
  let at = span.start;
  while (at < span.end) {
    const tag = varint(span, at, span.what);
    const number = Math.floor(tag.value / 8);
    const [name, read] = readers[number] ?? [`field ${number}`];
    const what = span.depth === 0 ? name : `${span.what}.${name}`;
    const wire = number > 0 ? tag.value % 8 : -1;
    const [start, end] = extent(span, wire, tag.end, what);
    if (end > span.end)
      broken(`${what} cut off: ${end - start} bytes from byte ${start}, ${span.end - start} are there`);
    read?.({ within: span, what, wire, at, start, end });
    at = end;
  }
}

function extent(span: Span, wire: number, at: number, what: string): readonly [start: number, end: number] {
  if (wire === 0) return [at, varint(span, at, what).end];
  if (wire === 1) return [at, at + 8];
  if (wire === 5) return [at, at + 4];
  if (wire !== 2) broken(`what is no field of ${span.what} before byte ${at}`);
  const length = varint(span, at, what);
  if (length.value < 0) broken(`${what} of a negative length at byte ${at}`);
  return [length.end, length.end + length.value];
}

/** An integer field. */
export function integer(field: Field): number {
  expectWire(field, 0);
  return varint(field.within, field.start, field.what).value;
}

/** The entries of a repeated integer field, packed or one by one. */
export function integers(field: Field): readonly number[] {
  if (field.wire === 0) return [integer(field)];
  const span = message(field);
  const values: number[] = [];
  for (let at = span.start; at < span.end; ) {
    const { value, end } = varint(span, at, field.what);
    values.push(value);
    at = end;
  }
  return values;
}

/** A float field. */
export function float(field: Field): number {
  expectWire(field, 5);
  const { bytes } = field.within;
  return new DataView(bytes.buffer, bytes.byteOffset + field.start, 4).getFloat32(0, true);
}

/** A string field. */
export function text(field: Field): string {
  expectWire(field, 2);
  try {
    return decoder.decode(content(field));
  } catch {
    return broken(`a ${field.what} that is no UTF-8 at byte ${field.start}`);
  }
}

/** A bytes field, in place. */
export function content(field: Field): Uint8Array {
  expectWire(field, 2);
  return field.within.bytes.subarray(field.start, field.end);
}

/** A message field, to walk through. */
export function message(field: Field): Span {
  expectWire(field, 2);
  const { bytes, depth } = field.within;
  if (depth === deepest) broken(`messages more than ${deepest} deep at byte ${field.start}`);
  return { bytes, start: field.start, end: field.end, what: field.what, depth: depth + 1 };
}

function expectWire(field: Field, wire: number): void {
  if (field.wire !== wire) broken(`a ${field.what} of another kind at byte ${field.at}`);
}

interface Varint {
  readonly value: number;
  readonly end: number;
}

function varint({ bytes, end: limit }: Span, at: number, what: string): Varint {
  let last = at;
  while (last < limit && (bytes[last] as number) > 127) last++;
  if (last >= limit) broken(`${what} cut off at byte ${limit}`);
  const length = last + 1 - at;
  if (length > 10) broken(`a number of ${length} bytes in ${what} at byte ${at}`);
  return { value: length <= 7 ? short(bytes, at, last) : long(bytes, at, last), end: last + 1 };
}

/** Up to 49 bits. */
function short(bytes: Uint8Array, first: number, last: number): number {
  let value = 0;
  for (let i = last; i >= first; i--) value = value * 128 + ((bytes[i] as number) & 127);
  return value;
}

/** Up to 64 bits in two's complement. */
function long(bytes: Uint8Array, first: number, last: number): number {
  let value = 0n;
  for (let i = last; i >= first; i--) value = (value << 7n) | BigInt((bytes[i] as number) & 127);
  return Number(BigInt.asIntN(64, value));
}

/** Throws LS_MODEL for bytes that are no ONNX model. */
export function broken(got: string): never {
  wrongValue('LS_MODEL', 'model', 'the bytes of an ONNX model', phrase(got));
}
