/** The engine's own array of float16 numbers, as the compiler's library knows it; `never` where that has none. */
export type NativeFloat16Array = typeof globalThis extends { readonly Float16Array: { readonly prototype: infer A } }
  ? A
  : never;
/** float16 numbers: as their IEEE bits, or in the engine's own array. */
export type HalfArray = Uint16Array | NativeFloat16Array;

const { Float16Array: Native } = globalThis as {
  readonly Float16Array?: new (buffer: ArrayBufferLike, offset: number, length: number) => NativeFloat16Array;
};

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
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  return sign | magnitudeBits(Math.abs(value));
}

/** The bits without the sign. */
function magnitudeBits(magnitude: number): number {
  // Subnormals are multiples of 2^-24.
  if (magnitude < 2 ** -14) return roundToEven(magnitude * 2 ** 24);
  if (magnitude < 65520) {
    const exponent = Math.floor(Math.log2(magnitude));
    // Adding the fraction with its implicit bit carries into the exponent where rounding reached the next power of two.
    return ((exponent + 14) << 10) + roundToEven(magnitude * 2 ** (10 - exponent));
  }
  return Number.isNaN(magnitude) ? 0x7e00 : 0x7c00;
}

/** To an integer: at 2^52, float64 has no fraction, and rounds to even. */
function roundToEven(x: number): number {
  return x + 2 ** 52 - 2 ** 52;
}

/** Whether `value` is the engine's own array of float16 numbers, which Node 20 does not have. */
export function isFloat16Array(value: unknown): value is NativeFloat16Array {
  return Native !== undefined && value instanceof Native;
}

/** The bits of float16 numbers, in the memory where they are. */
export function float16Bits(array: HalfArray): Uint16Array {
  if (array instanceof Uint16Array) return array;
  const { buffer, byteOffset, length } = array as Pick<Uint16Array, 'buffer' | 'byteOffset' | 'length'>;
  return new Uint16Array(buffer, byteOffset, length);
}

/** Float16 bits as an array of the kind that `like` is, in the memory where they are. */
export function float16Like<L extends HalfArray>(bits: Uint16Array, like: L): L {
  const native = Native !== undefined && isFloat16Array(like);
  return (native ? new Native(bits.buffer, bits.byteOffset, bits.length) : bits) as L;
}

let decoded: Float32Array | undefined;

/** Writes the numbers of float16 bits, by a table of all 65,536. */
export function decodeFloat16(bits: Uint16Array, numbers: Float32Array): void {
  decoded ??= Float32Array.from({ length: 65_536 }, (_, i) => fromFloat16(i));
  for (let i = 0; i < bits.length; i++) numbers[i] = decoded[bits[i] as number] as number;
}

/** Writes the bits of the float16 numbers nearest to `numbers`, ties to even. */
export function encodeFloat16(numbers: Float32Array, bits: Uint16Array): void {
  const words = new Int32Array(numbers.buffer, numbers.byteOffset, numbers.length);
  for (let i = 0; i < bits.length; i++) {
    const word = words[i] as number;
    const magnitude = word & 0x7fffffff;
    // From 2^-14 up to 2^16, integers do: the exponent's bias goes from 127 to 15; half a unit, less one where the last
    // digit kept is even, rounds.
    const rounded =
      magnitude >= 0x38800000 && magnitude < 0x47800000
        ? (magnitude - 0x38000000 + 0xfff + ((magnitude >> 13) & 1)) >> 13
        : magnitudeBits(Math.abs(numbers[i] as number));
    bits[i] = ((word >>> 16) & 0x8000) | rounded;
  }
}
