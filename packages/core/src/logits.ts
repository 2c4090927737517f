import { wrongType } from './errors.js';
import { float16Bits, fromFloat16, type HalfArray, isFloat16Array } from './float16.js';

/** Arrays of numbers: the dtype of logits is the dtype of their gradient. */
export type LogitsArray = Float32Array | Float64Array;
/** Arrays of logits, float16 among them. */
export type AnyLogitsArray = LogitsArray | HalfArray;
/** Logits as a batch has them: a Uint16Array is float16 bits. */
export type StoredLogits = LogitsArray | Uint16Array;

/** Logits as a batch has them, in the memory where they are. */
export function storedLogits(array: AnyLogitsArray): StoredLogits {
  if (array instanceof Float32Array || array instanceof Float64Array) return array;
  if (array instanceof Uint16Array || isFloat16Array(array)) return float16Bits(array);
  return wrongType(
    'LS_DTYPE',
    'logits',
    'Float32Array, Float64Array, Float16Array or Uint16Array (float16 bits)',
    array,
  );
}

/** Zeros, as many, of the same dtype. */
export function zerosLike(logits: StoredLogits): StoredLogits {
  const { length } = logits;
  if (logits instanceof Uint16Array) return new Uint16Array(length);
  return logits instanceof Float32Array ? new Float32Array(length) : new Float64Array(length);
}

/** A logit as a number. */
export function logitAt(logits: StoredLogits, index: number): number {
  const stored = logits[index] as number;
  return logits instanceof Uint16Array ? fromFloat16(stored) : stored;
}
