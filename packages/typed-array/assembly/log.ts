// Logarithms in float64, two at a time, within 1e-13 of the truth: far below what float32 logits can tell apart.

/** 2·atanh(f) for f² = s. */
// @ts-ignore: decorator
@inline
function doubleAtanh(f: v128, s: v128): v128 {
  let p = f64x2.splat(1.0 / 15.0);
  p = f64x2.add(f64x2.mul(p, s), f64x2.splat(1.0 / 13.0));
  p = f64x2.add(f64x2.mul(p, s), f64x2.splat(1.0 / 11.0));
  p = f64x2.add(f64x2.mul(p, s), f64x2.splat(1.0 / 9.0));
  p = f64x2.add(f64x2.mul(p, s), f64x2.splat(1.0 / 7.0));
  p = f64x2.add(f64x2.mul(p, s), f64x2.splat(1.0 / 5.0));
  p = f64x2.add(f64x2.mul(p, s), f64x2.splat(1.0 / 3.0));
  const twice = f64x2.add(f, f);
  return f64x2.add(f64x2.mul(f64x2.mul(p, s), twice), twice);
}

/** log of two positive normal numbers. */
export function log2(x: v128): v128 {
  // As k·ln(2) + log(m) with m from √½ to √2.
  const shifted = i64x2.add(x, i64x2.splat(0x3ff0000000000000 - 0x3fe6a09e00000000));
  const biased = v128.or(i64x2.shr_u(shifted, 52), i64x2.splat(0x4330000000000000));
  const k = f64x2.sub(biased, f64x2.splat(4503599627371519)); // 2^52 + 1023
  const m = i64x2.add(v128.and(shifted, i64x2.splat(0x000fffffffffffff)), i64x2.splat(0x3fe6a09e00000000));
  const f = f64x2.div(f64x2.sub(m, f64x2.splat(1)), f64x2.add(m, f64x2.splat(1)));
  return f64x2.add(f64x2.mul(k, f64x2.splat(0.6931471805599453)), doubleAtanh(f, f64x2.mul(f, f)));
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
