// float16 and back. Both ways may work in place: numbers are written no further than bits are read, or the other way
// round. The ends of both are read and written as whole vectors. Constants come from memory: see constants.ts.

const table = memory.data<i32>([
  <i32>0x8fffe000, // float16's sign, exponent and fraction, 13 bits further left
  0x77800000, // 2^112, what the bias of the exponent is short of
  0x47800000, // 2^16
  0x7f800000, // the exponent, and Infinity
  0x38800000, // 2^-14
  0x06800000, // 13 in the exponent
  0x7e00, // NaN in float16
  0x8000, // its sign
]);

/** Numbers at `to` from `n` float16 at `from`, which lie elsewhere, or end where the numbers end. */
export function decodeHalf(from: usize, to: usize, n: i32): void {
  const mask = v128.load32_splat(table);
  const scale = v128.load32_splat(table, 4);
  const limit = v128.load32_splat(table, 8);
  const exponents = v128.load32_splat(table, 12);
  for (const end = from + (<usize>n << 1); from < end; from += 8, to += 16) {
    // A product corrects the exponent's bias, exactly, for subnormals too.
    const x = f32x4.mul(v128.and(i32x4.shl(v128.load16x4_s(from), 13), mask), scale);
    // From 2^16 on it is an infinity or NaN: the exponent is all ones.
    v128.store(to, v128.or(x, v128.and(f32x4.ge(f32x4.abs(x), limit), exponents)));
  }
}

/** `n` float16 at `to` that are nearest to the numbers at `from`, ties to even; `to` may be `from`. */
export function encodeHalf(from: usize, to: usize, n: i32): void {
  const limit = v128.load32_splat(table, 8);
  const exponents = v128.load32_splat(table, 12);
  const least = v128.load32_splat(table, 16);
  const shift = v128.load32_splat(table, 20);
  const nan = v128.load32_splat(table, 24);
  const signs = v128.load32_splat(table, 28);
  for (const end = to + (<usize>n << 1); to < end; from += 16, to += 8) {
    const x = v128.load(from);
    const magnitude = f32x4.pmin(limit, f32x4.abs(x));
    // 2^13 times the power of two below x: added to x, its last digit is the last that float16 has. Below 2^-14 that
    // digit stays where it is.
    const power = i32x4.max_s(v128.and(magnitude, exponents), least);
    const shifter = i32x4.add(power, shift);
    const steps = i32x4.sub(f32x4.add(magnitude, shifter), shifter);
    const bits = i32x4.add(steps, i32x4.shr_u(i32x4.sub(power, least), 13));
    const sign = v128.and(i32x4.shr_u(x, 16), signs);
    const half = v128.or(v128.or(bits, v128.and(f32x4.ne(x, x), nan)), sign);
    v128.store64_lane(to, i16x8.narrow_i32x4_u(half, half), 0);
  }
}
