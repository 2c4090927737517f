import { phrase, wrongType, wrongValue } from '@label-smoothing/core/adapter';
import { ProtoWriter } from './protobuf.js';
import type { ReadModel } from './read-model.js';
import { type ReadTensor, storedBytes } from './read-tensor.js';

/** A file beside a model, in the form in which ONNX Runtime takes it. */
export interface ExternalData {
  /** As the model writes it. */
  readonly path: string;
  readonly data: Uint8Array;
}

/** A tensor with its numbers: `new Tensor(type, data, dims)` is ONNX Runtime's. */
export interface StateTensor {
  readonly type: 'float32' | 'float64';
  readonly dims: readonly number[];
  readonly data: Float32Array | Float64Array;
}

/** Decodes the numbers of a float32 or float64 initializer. */
export function decodeTensor(tensor: ReadTensor, files: readonly ExternalData[]): StateTensor {
  const { name, type, dims, external } = tensor;
  // A copy of its own, at the start of its buffer: what is learned must not be written into the caller's file.
  const bytes = external === null ? storedBytes(tensor) : new Uint8Array(externalBytes(name, external, files));
  const size = type === 'float64' ? 8 : 4;
  const length = dims.reduce((product, dim) => product * dim, 1);
  if (bytes.length !== length * size) {
    wrongValue('LS_MODEL', `initializer "${name}"`, `${length * size} bytes`, phrase(`${bytes.length} bytes`));
  }
  const { buffer } = inOtherOrder(bytes, size);
  if (type === 'float64') return { type, dims, data: new Float64Array(buffer) };
  return { type: 'float32', dims, data: new Float32Array(buffer) };
}

const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Turns numbers from the model's order of bytes, little-endian, to this machine's, or back; a copy where they differ. */
export function inOtherOrder(bytes: Uint8Array, size: number): Uint8Array {
  if (isLittleEndian) return bytes;
  const turned = Uint8Array.from(bytes);
  for (let at = 0; at < turned.length; at += size) turned.subarray(at, at + size).reverse();
  return turned;
}

function externalBytes(name: string, entries: ReadonlyMap<string, string>, files: readonly ExternalData[]): Uint8Array {
  const location = entries.get('location') ?? '';
  const file = files.find((entry) => entry?.path === location);
  if (file === undefined) {
    wrongValue('LS_MODEL', 'externalData', `the file "${location}", in which initializer "${name}" is`, phrase('none'));
  }
  if (!(file.data instanceof Uint8Array))
    wrongType('LS_MODEL', `externalData "${location}"`, 'a Uint8Array', file.data);
  const start = Number(entries.get('offset') ?? 0);
  return file.data.subarray(start, start + Number(entries.get('length') ?? file.data.length - start));
}

/** A model's bytes without some of its initializers; nothing is copied yet. */
export function withoutInitializers({ bytes, pieces }: ReadModel, removed: readonly ReadTensor[]): ProtoWriter {
  const gaps = removed.map(({ field }) => field).sort((a, b) => a.at - b.at);
  const writer = new ProtoWriter();
  let at = 0;
  for (const piece of pieces) {
    writer.raw(bytes.subarray(at, piece.at)).message(7, (graph) => {
      let from = piece.start;
      for (const gap of gaps.filter((field) => field.at >= piece.start && field.end <= piece.end)) {
        graph.raw(bytes.subarray(from, gap.at));
        from = gap.end;
      }
      graph.raw(bytes.subarray(from, piece.end));
    });
    at = piece.end;
  }
  return writer.raw(bytes.subarray(at));
}
