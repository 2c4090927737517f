const encoder = new TextEncoder();

/**
 * Writes one protobuf message. Byte arrays are kept by reference and copied once, at the end: a model with large
 * weights costs one copy of them.
 */
export class ProtoWriter {
  readonly #chunks: Uint8Array[] = [];
  #length = 0;

  /** An integer field; a negative one takes the ten bytes of its 64-bit two's complement. */
  int(field: number, value: number | bigint): this {
    return this.#push(varint(field << 3)).#push(varint(value));
  }

  /** A float field: 32 bits, little-endian. */
  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.#push(varint((field << 3) | 5)).#push(bytes);
  }

  /** A string or bytes field. */
  bytes(field: number, value: string | Uint8Array): this {
    const bytes = typeof value === 'string' ? encoder.encode(value) : value;
    return this.#header(field, bytes.length).#push(bytes);
  }

  /** A message field; `write` fills it. */
  message(field: number, write: (inner: ProtoWriter) => void): this {
    const inner = new ProtoWriter();
    write(inner);
    this.#header(field, inner.#length);
    for (const chunk of inner.#chunks) this.#push(chunk);
    return this;
  }

  /** Fields that are encoded already. */
  raw(fields: Uint8Array): this {
    return this.#push(fields);
  }

  /** Bytes so far. */
  get length(): number {
    return this.#length;
  }

  /** The message as bytes. */
  finish(): Uint8Array {
    const bytes = new Uint8Array(this.#length);
    let offset = 0;
    for (const chunk of this.#chunks) {
      bytes.set(chunk, offset);
      offset += chunk.length;
    }
    return bytes;
  }

  #header(field: number, length: number): this {
    return this.#push(varint((field << 3) | 2)).#push(varint(length));
  }

  #push(chunk: Uint8Array): this {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    return this;
  }
}

function varint(value: number | bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}
