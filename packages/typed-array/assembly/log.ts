// Logarithms in float64, two at a time, with a relative error of 2e-9 at most: a thirtieth of what float32 logits can
// tell apart.

import { multiplyAdd } from './exp';
import { EXPONENTS, FRACTIONS, GROUP, LOST, SUMS } from './group';

const table = memory.data<f64>([
  0.3333333333333333,
  0.2,
  0.14285714285714285,
  0.1111111111111111,
  1,
  0.6931471805599453,
  4503599627371519, // 2^52 + 1023
]);
/** As integers: what moves √½ to 1, √½, 2^52, and a mask of the fraction. */
const bits = memory.data<i64>([
  0x3ff0000000000000 - 0x3fe6a09e00000000,
  0x3fe6a09e00000000,
  0x4330000000000000,
  0x000fffffffffffff,
]);

/** ln(2) in float64. */
// @ts-ignore: decorator
@inline
export function loadLn264(): v128 {
  return v128.load64_splat(table + 40);
}

/** 2·atanh(f) for f² = s. */
// @ts-ignore: decorator
@inline
function doubleAtanh(f: v128, s: v128): v128 {
  const even = f64x2.add(v128.load64_splat(table), f64x2.mul(s, v128.load64_splat(table + 8)));
  const odd = f64x2.add(v128.load64_splat(table + 16), f64x2.mul(s, v128.load64_splat(table + 24)));
  const p = f64x2.add(even, f64x2.mul(f64x2.mul(s, s), odd));
  const twice = f64x2.add(f, f);
  return f64x2.add(f64x2.mul(f64x2.mul(p, s), twice), twice);
}

/** log of two positive normal numbers. */
// @ts-ignore: decorator
@inline
export function log2(x: v128): v128 {
  // As k·ln(2) + log(m) with m from √½ to √2.
  const shifted = i64x2.add(x, v128.load64_splat(bits));
  const biased = v128.or(i64x2.shr_u(shifted, 52), v128.load64_splat(bits + 16));
  const k = f64x2.sub(biased, v128.load64_splat(table + 48));
  const m = i64x2.add(v128.and(shifted, v128.load64_splat(bits + 24)), v128.load64_splat(bits + 8));
  const one = v128.load64_splat(table + 32);
  const f = f64x2.div(f64x2.sub(m, one), f64x2.add(m, one));
  return f64x2.add(f64x2.mul(k, v128.load64_splat(table + 40)), doubleAtanh(f, f64x2.mul(f, f)));
}

/** Of an approximation of 2·atanh(s) − 2·s, by (s², s⁴, s⁶)·s: absolute error 2e-10 for s up to that of √2. */
const single = memory.data<f32>([0.666668176651001, 0.3997360169887543, 0.29961350560188293, 1, 2, 0.5]);
const singleBits = memory.data<i32>([0x3f800000 - 0x3f3504f3, 0x007fffff, 0x3f3504f3, 127]);

/** ln(2) times the exponents, plus the fractions, is log(SUMS + LOST) of `count` groups: absolute error 2e-8. */
export function logGroups(group: usize, count: i32): void {
  const root = v128.load32_splat(singleBits + 8);
  const shift = v128.load32_splat(singleBits);
  const mask = v128.load32_splat(singleBits + 4);
  const bias = v128.load32_splat(singleBits + 12);
  const one = v128.load32_splat(single + 12);
  const two = v128.load32_splat(single + 16);
  const half = v128.load32_splat(single + 20);
  const c6 = v128.load32_splat(single + 8);
  const c4 = v128.load32_splat(single + 4);
  const c2 = v128.load32_splat(single);
  for (; count > 0; count--, group += GROUP) {
    const shifted = i32x4.add(v128.load(group, SUMS), shift);
    v128.store(group, i32x4.sub(i32x4.shr_s(shifted, 23), bias), EXPONENTS);
    const m = i32x4.add(v128.and(shifted, mask), root);
    const f = f32x4.add(f32x4.sub(m, one), v128.load(group, LOST));
    const s = f32x4.div(f, f32x4.add(f, two));
    const z = f32x4.mul(s, s);
    const p = multiplyAdd(multiplyAdd(c6, z, c4), z, c2);
    const square = f32x4.mul(f32x4.mul(f, f), half);
    // f itself is exact, and the rest of log(1 + f) small.
    v128.store(group, f32x4.add(f, f32x4.sub(f32x4.mul(s, multiplyAdd(p, z, square)), square)), FRACTIONS);
  }
}

/** log of one positive normal number. */
export function log(x: f64): f64 {
  return f64x2.extract_lane(log2(f64x2.splat(x)), 0);
}

/** log(1 + x) for x ≥ 0: keeps the digits of a small x. */
export function log1p(x: f64): f64 {
  if (x > 0.4) return log(1 + x);
  const f = f64x2.splat(x / (2 + x));
  return f64x2.extract_lane(doubleAtanh(f, f64x2.mul(f, f)), 0);
}
