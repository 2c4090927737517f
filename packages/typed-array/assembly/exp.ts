import { LN2, LN2_HIGH, LN2_LOW, MASKS } from './constants';

/** a·b + c, rounded once in the relaxed-SIMD build. */
// @ts-ignore: decorator
@inline
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** The same in float64. */
// @ts-ignore: decorator
@inline
export function multiplyAdd64(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f64x2.relaxed_madd(a, b, c);
  return f64x2.add(f64x2.mul(a, b), c);
}

/** c − a·b in float64, rounded once in the relaxed-SIMD build. */
// @ts-ignore: decorator
@inline
export function takeProduct64(c: v128, a: v128, b: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f64x2.relaxed_nmadd(a, b, c);
  return f64x2.sub(c, f64x2.mul(a, b));
}

/** ln(2), or its first part where two are needed. */
// @ts-ignore: decorator
@inline
export function loadLn2(): v128 {
  return v128.load32_splat(ASC_FEATURE_RELAXED_SIMD ? LN2 : LN2_HIGH);
}

/** The second part of ln(2). */
// @ts-ignore: decorator
@inline
export function loadLn2Low(): v128 {
  return v128.load32_splat(LN2_LOW);
}

/** x − n·ln(2). */
// @ts-ignore: decorator
@inline
export function reduce(x: v128, n: v128, ln2: v128, ln2Low: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_nmadd(n, ln2, x);
  return f32x4.sub(f32x4.sub(x, f32x4.mul(n, ln2)), f32x4.mul(n, ln2Low));
}

/** c6·r^6 + … + c2·r^2 + one·r + one. */
// @ts-ignore: decorator
@inline
export function polynomial(r: v128, c6: v128, c5: v128, c4: v128, c3: v128, c2: v128, one: v128): v128 {
  let p = multiplyAdd(c6, r, c5);
  p = multiplyAdd(p, r, c4);
  p = multiplyAdd(p, r, c3);
  p = multiplyAdd(p, r, c2);
  p = multiplyAdd(p, r, one);
  return multiplyAdd(p, r, one);
}

/**
 * e^x where `shifted` = x·log2(e) + magic, whose low bits are n plus the offset that the coefficients make up for. Right
 * where n plus the offset is in [0, 127], which one OR of all `shifted` tells afterwards: {@link inRange}.
 */
// @ts-ignore: decorator
@inline
export function power(
  x: v128,
  shifted: v128,
  magic: v128,
  ln2: v128,
  ln2Low: v128,
  c6: v128,
  c5: v128,
  c4: v128,
  c3: v128,
  c2: v128,
  one: v128,
): v128 {
  const r = reduce(x, f32x4.sub(shifted, magic), ln2, ln2Low);
  return i32x4.add(polynomial(r, c6, c5, c4, c3, c2, one), i32x4.shl(shifted, 23));
}

/**
 * Whether every `shifted` that went into `all` by OR has its n plus offset in [0, 127]; false for NaN and infinities.
 * `low` is the sum of all x by lane, or the least: a few x below −2^21 leave no bit in `all` that others do not have.
 */
// @ts-ignore: decorator
@inline
export function inRange(all: v128, low: v128): bool {
  const inside = i32x4.eq(i32x4.shr_u(all, 7), i32x4.splat(0x4b400000 >> 7));
  return i32x4.all_true(v128.andnot(inside, f32x4.le(low, f32x4.splat(-1048576))));
}

/** The last two lanes in float64. */
// @ts-ignore: decorator
@inline
export function highOf(value: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<f32>(value, value, 2, 3, 2, 3));
}

/** The four lanes added in float64, in pairs. */
// @ts-ignore: decorator
@inline
export function widen(sums: v128): v128 {
  return f64x2.add(f64x2.promote_low_f32x4(sums), highOf(sums));
}

/** The sum of both lanes. */
// @ts-ignore: decorator
@inline
export function total(pair: v128): f64 {
  return f64x2.extract_lane(pair, 0) + f64x2.extract_lane(pair, 1);
}

/** Writes the first `count` of four lanes, 1 to 3. */
function storePart(to: usize, value: v128, count: i32): void {
  if (count & 2) {
    v128.store64_lane(to, value, 0);
    if (count & 1) v128.store32_lane(to, value, 2, 8);
  } else {
    v128.store32_lane(to, value, 0);
  }
}

/** The same for any count: all four lanes where there are more, none where there are none. */
export function storeFirst(to: usize, value: v128, count: i32): void {
  if (count >= 4) v128.store(to, value);
  else if (count > 0) storePart(to, value, count);
}

/** `value` in its first `count` lanes, any number of them, and `rest` behind. */
export function firstOf(value: v128, count: i32, rest: v128): v128 {
  return v128.bitselect(value, rest, v128.load(MASKS + (<usize>min(4, max(0, count)) << 4)));
}

/** The largest of four lanes. A maximum of scalars takes several times as long: it has rules for NaN and for −0. */
export function largestOf(value: v128): f32 {
  const pairs = f32x4.pmax(value, v128.shuffle<f32>(value, value, 2, 3, 0, 1));
  return f32x4.extract_lane(f32x4.pmax(pairs, v128.shuffle<f32>(pairs, pairs, 1, 0, 3, 2)), 0);
}
