/** Arrays of each dtype; float16 as IEEE bits. */
export interface ArrayOf {
  readonly float16: Uint16Array;
  readonly float32: Float32Array;
  readonly float64: Float64Array;
}
/** Floating-point types that vectors and backends come in. */
export type Dtype = keyof ArrayOf;

const formats = {
  float16: { precision: 10, smallest: -14 },
  float32: { precision: 23, smallest: -126 },
  float64: { precision: 52, smallest: -1022 },
} as const;

const bits = new DataView(new ArrayBuffer(8));

/**
 * The distance between neighbouring numbers of a dtype around a magnitude.
 *
 * Formula: 2^(max(⌊log2 magnitude⌋, e_min) − p), with p fraction bits and smallest normal exponent e_min.
 *
 * @param dtype - float16, float32 or float64. @param magnitude - finite, ≥ 0.
 * @returns the size of a unit in the last place, > 0.
 *
 * Numerical note: the exponent is read from the bits, never from a logarithm.
 *
 * @example
 * ```ts
 * import { ulpSize } from '@label-smoothing/core/conformance';
 * console.log(ulpSize('float32', 1) === 2 ** -23, ulpSize('float16', 0) === 2 ** -24); // true true
 * ```
 * Source: docs/tolerances.md.
 */
export function ulpSize(dtype: Dtype, magnitude: number): number {
  const { precision, smallest } = formats[dtype];
  bits.setFloat64(0, magnitude);
  const exponent = ((bits.getUint32(0) >>> 20) & 0x7ff) - 1023;
  return 2 ** (Math.max(exponent, smallest) - precision);
}

/**
 * How far an answer is from the truth, in units in the last place at the scale of the computation.
 *
 * Formula: |actual − expected| / ulp(max(|expected|, scale)).
 *
 * @param dtype - the precision to judge by. @param actual - the answer. @param expected - the truth in float64.
 * @param scale - size of the largest operand of the final subtraction: what no formula can do better than.
 * @returns ULP ≥ 0; 0 for NaN against NaN and for infinities of one sign; Infinity where only one of the two is finite,
 * where signs of infinities differ, and for NaN against a number.
 *
 * Numerical note: −0 and +0 are equal. The difference is formed in float64, so a float64 error below 1 ULP may read 0.
 *
 * @example
 * ```ts
 * import { ulpError } from '@label-smoothing/core/conformance';
 * // Logits [20, 0, 0]: the usual float32 formula gives 0 for 4.1e-9, and is exact at the scale of its operands.
 * console.log(ulpError('float32', 0, 4.1e-9, 20).toFixed(3)); // 0.002
 * ```
 * Source: docs/tolerances.md.
 */
export function ulpError(dtype: Dtype, actual: number, expected: number, scale: number): number {
  if (Object.is(actual, expected) || actual === expected) return 0;
  if (!Number.isFinite(actual) || !Number.isFinite(expected)) return Infinity;
  return Math.abs(actual - expected) / ulpSize(dtype, Math.max(Math.abs(expected), scale));
}
