import { readFileSync, writeFileSync } from 'node:fs';

const magic = '\x93NUMPY\x01\x00';
const kinds = { '<f4': Float32Array, '|u1': Uint8Array } as const;
type Kind = keyof typeof kinds;

/** An array of NumPy's format 1.0, little-endian and in C order, with its shape. */
export interface NpyArray<A> {
  readonly data: A;
  readonly shape: readonly number[];
}

/** Reads a file that holds numbers of that kind; anything else is an error. */
export function readNpy<K extends Kind>(path: string, kind: K): NpyArray<InstanceType<(typeof kinds)[K]>> {
  const bytes = readFileSync(path);
  const start = 10 + bytes.readUInt16LE(8);
  const header = bytes.toString('latin1', 10, start);
  const found = /'descr': '(.*?)', 'fortran_order': False, 'shape': \((.*?)\)/.exec(header);
  if (bytes.toString('latin1', 0, 8) !== magic || found?.[1] !== kind) throw new Error(`${path}: no .npy of ${kind}`);
  const shape = (found[2] as string)
    .split(',')
    .filter((size) => size.trim() !== '')
    .map(Number);
  // A copy, so that the numbers are aligned.
  const data = new kinds[kind](Uint8Array.from(bytes.subarray(start)).buffer) as InstanceType<(typeof kinds)[K]>;
  return { data, shape };
}

/** Writes a file that NumPy, and {@link readNpy}, can read. */
export function writeNpy(path: string, { data, shape }: NpyArray<Float32Array | Uint8Array>): void {
  const kind = data instanceof Float32Array ? '<f4' : '|u1';
  const description = `{'descr': '${kind}', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`;
  // The numbers start at a multiple of 64.
  const text = `${description.padEnd(Math.ceil((description.length + 11) / 64) * 64 - 11)}\n`;
  const length = Buffer.alloc(2);
  length.writeUInt16LE(text.length);
  const numbers = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  writeFileSync(path, Buffer.concat([Buffer.from(magic, 'latin1'), length, Buffer.from(text, 'latin1'), numbers]));
}
