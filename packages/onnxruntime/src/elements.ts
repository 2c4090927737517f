import type { LabelArray, LogitsArray } from '@label-smoothing/core';
import { decodeFloat16, type FloatArray, float16Bits, isFloat16Array, wrongType } from '@label-smoothing/core/adapter';
import type { OrtData, OrtType } from './ort.js';

/** Types of logits, gradients and dense targets. */
export type RealType = 'float16' | 'float32' | 'float64';
/** Arrays of logits: float16 as its bits, or as Float16Array where that exists. */
export type RealArray = Uint16Array | Float32Array | Float64Array;

const arrays = { float16: Uint16Array, float32: Float32Array, float64: Float64Array } as const;

/** An array of zeros. */
export function arrayOf(dtype: RealType, length: number): RealArray {
  return new arrays[dtype](length);
}

/** Checks that an array is of the criterion's dtype. */
export function aRealArray(value: unknown, argument: string, dtype: RealType): RealArray {
  if (value instanceof arrays[dtype] || (dtype === 'float16' && isFloat16Array(value))) return value as RealArray;
  const expected = dtype === 'float16' ? 'Uint16Array or Float16Array' : arrays[dtype].name;
  return wrongType('LS_DTYPE', argument, `${expected}, for dtype '${dtype}'`, value);
}

/** The array as ONNX Runtime takes it: bits for float16, and no shared memory, which onnxruntime-node refuses. */
export function plainData<A extends OrtData>(array: A): A {
  const data = isFloat16Array(array) ? (float16Bits(array) as A) : array;
  const shared = typeof SharedArrayBuffer !== 'undefined' && data.buffer instanceof SharedArrayBuffer;
  return shared ? (data.slice() as A) : data;
}

/** The numbers of an array of dense targets, for checks. */
export function numbersOf(array: RealArray): LogitsArray {
  const data = plainData(array);
  if (!(data instanceof Uint16Array)) return data;
  const numbers = new Float32Array(data.length);
  decodeFloat16(data, numbers);
  return numbers;
}

/** `data` in the class of `like`: ONNX Runtime gives float16 as Float16Array or as bits, as the runtime has it. */
export function inClassOf<A extends RealArray>(data: RealArray, like: A): A {
  if (data.constructor === like.constructor) return data as A;
  const type = like.constructor as new (buffer: ArrayBufferLike, offset: number, length: number) => A;
  return new type(data.buffer, data.byteOffset, data.length);
}

/** Numbers in an array of a real type: sample weights and the normalizer, which no graph takes in float16. */
export function realsOf(values: FloatArray, type: OrtType): Float32Array | Float64Array {
  const array = type === 'float32' ? Float32Array : Float64Array;
  return values instanceof array ? plainData(values) : array.from(values);
}

/** Labels in the graph's integer type; the values were checked. */
export function integersOf(labels: LabelArray, type: OrtType): Int32Array | BigInt64Array {
  const array = type === 'int32' ? Int32Array : BigInt64Array;
  if (labels instanceof array) return plainData(labels);
  const values = labels as ArrayLike<number | bigint>;
  return type === 'int32' ? Int32Array.from(values, Number) : BigInt64Array.from(values, BigInt);
}
