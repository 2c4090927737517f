import { type ErrorCode, nearest, phrase, wrongType, wrongValue } from './errors.js';

/** Floating-point numbers as callers may write them. */
export type FloatArray = readonly number[] | Float32Array | Float64Array;

/** Checks that `value` is one of the words in `known`; the error names the nearest one. */
export function aWord<W extends string>(value: unknown, argument: string, known: readonly W[], code: ErrorCode): W {
  if (typeof value !== 'string') wrongType(code, argument, `one of ${known.join(', ')}`, value);
  if (!known.includes(value as W)) {
    wrongValue(code, argument, `one of ${known.join(', ')}${nearest(value, known)}`, value);
  }
  return value as W;
}

/** Checks that `value` is true or false. */
export function aBoolean(value: unknown, argument: string): boolean {
  if (typeof value !== 'boolean') wrongType('LS_OPTION', argument, 'true or false', value);
  return value;
}

/** Checks that `value` is an integer ≥ `least`. */
export function anInteger(value: unknown, argument: string, least: number, code: ErrorCode): number {
  if (typeof value !== 'number') wrongType(code, argument, 'an integer', value);
  if (!Number.isSafeInteger(value) || value < least) {
    wrongValue(code, argument, least === -Infinity ? 'an integer' : `an integer ≥ ${least}`, value);
  }
  return value;
}

/** Checks that `value` is a number in [low, high]; an infinite `high` excludes infinity itself. */
export function aNumberIn(value: unknown, argument: string, low: number, high: number, code: ErrorCode): number {
  const expected = high === Infinity ? `a finite number ≥ ${low}` : `a number in [${low}, ${high}]`;
  if (typeof value !== 'number') wrongType(code, argument, expected, value);
  if (!(value >= low && value <= high) || value === Infinity) wrongValue(code, argument, expected, value);
  return value;
}

/** Checks that `value` is number[], Float32Array or Float64Array, of one of `lengths`, each entry finite and in [0, high]. */
export function aFloatArray(
  value: unknown,
  argument: string,
  lengths: readonly number[],
  high: number,
  code: ErrorCode,
): FloatArray {
  if (!isFloatArray(value)) wrongType(code, argument, 'number[], Float32Array or Float64Array', value);
  notDetached(value, argument);
  if (!lengths.includes(value.length)) {
    wrongValue(code, argument, `${lengths.join(' or ')} entries`, phrase(`${value.length} entries`));
  }
  for (let i = 0; i < value.length; i++) {
    const entry = value[i] as number;
    // The name of an entry is only made for the error.
    if (!(entry >= 0 && entry <= high && entry < Infinity)) aNumberIn(entry, `${argument}[${i}]`, 0, high, code);
  }
  return value;
}

/** Whether `value` is an array of floating-point numbers by its type alone. */
export function isFloatArray(value: unknown): value is FloatArray {
  return Array.isArray(value) || value instanceof Float32Array || value instanceof Float64Array;
}

/**
 * A typed array whose buffer was transferred away has length 0 and would pass as an empty batch; so would one that a
 * shrunk resizable buffer left behind, which looks like any other empty view of it.
 */
export function notDetached(value: unknown, argument: string): void {
  if (!ArrayBuffer.isView(value) || value.byteLength > 0) return;
  const { buffer } = value;
  const { resizable = false } = buffer as { resizable?: boolean };
  if (resizable || !canView(buffer)) wrongType('LS_DETACHED', argument, 'an array whose buffer is attached', value);
}

function canView(buffer: ArrayBufferLike): boolean {
  try {
    new Uint8Array(buffer);
    return true;
  } catch {
    return false;
  }
}
