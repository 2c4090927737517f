/**
 * The number that 16 bits stand for in IEEE 754 binary16.
 *
 * Formula: (−1)^s·2^(e − 15)·(1 + f/1024); subnormal (e = 0): (−1)^s·2^−14·f/1024.
 *
 * @param bits - an integer in [0, 65535]. @returns the number, exactly.
 *
 * Numerical note: every binary16 number is a float64.
 *
 * @example
 * ```ts
 * import { fromFloat16 } from '@label-smoothing/core';
 * console.log(fromFloat16(0x3555)); // 0.333251953125
 * ```
 * Source: IEEE 754-2019, §3.4.
 */
export function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/**
 * The bits of the binary16 number nearest to `value`, ties to even.
 *
 * Formula: |value| is rounded to a multiple of 2^(max(⌊log2|value|⌋, −14) − 10); from 65520 on it is infinite.
 *
 * @param value - any number. @returns an integer in [0, 65535].
 *
 * Numerical note: one rounding, from float64.
 *
 * @example
 * ```ts
 * import { toFloat16 } from '@label-smoothing/core';
 * console.log(toFloat16(1 / 3).toString(16)); // 3555
 * ```
 * Source: IEEE 754-2019, §4.3.1.
 */
export function toFloat16(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (magnitude >= 65520) return sign | 0x7c00;
  const exponent = magnitude < 2 ** -14 ? -14 : Math.floor(Math.log2(magnitude));
  const steps = roundToEven(magnitude * 2 ** (10 - exponent));
  // Adding the fraction with its implicit bit carries into the exponent where rounding reached the next power of two.
  return sign | (((exponent + 14) << 10) + steps);
}

function roundToEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
