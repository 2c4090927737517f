// The second sweep: exponentials become a gradient where they are.
import { BLOCK, LEAST_EXACT, LN2_REST, LOG2E, MAGIC_PLAIN, MASKS, ONES, POLY_PLAIN, ZEROS } from './constants';
import { loadLn2, loadLn2Low, multiplyAdd, polynomial, reduce, storePart } from './exp';
import { profile, references } from './state';

// @ts-ignore: decorator
@external('env', 'exp')
declare function exp(x: f64): f64;

/** out_k = share·out_k − even·v_k. */
// @ts-ignore: decorator
@inline
function sweep(out: usize, n: i32, share: f32, even: f32, v: usize, PROFILE: bool): void {
  const factor = f32x4.splat(share);
  const push = f32x4.splat(-even);
  let left = n;
  for (; left >= 16; left -= 16) {
    for (let i = 0; i < 4; i++) {
      const at = out + (<usize>i << 4);
      const c = PROFILE ? f32x4.mul(push, v128.load(v + (<usize>i << 4))) : push;
      v128.store(at, multiplyAdd(v128.load(at), factor, c));
    }
    out += 64;
    if (PROFILE) v += 64;
  }
  for (; left > 0; left -= 4) {
    const c = PROFILE ? f32x4.mul(push, v128.load(v)) : push;
    const g = multiplyAdd(v128.load(out), factor, c);
    if (left >= 4) v128.store(out, g);
    else storePart(out, g, left);
    out += 16;
    if (PROFILE) v += 16;
  }
}

/** The gradient of a row that was in the fast range. */
export function sweepFast(out: usize, n: i32, share: f32, even: f32): void {
  if (profile) sweep(out, n, share, even, profile, true);
  else sweep(out, n, share, even, 0, false);
}

/** Writes zeros. */
export function clear(out: usize, n: i32): void {
  memory.fill(out, 0, <usize>n << 2);
}

/** factor·e^d, to the last subnormal, for d ≤ 0; 0 for −Infinity. */
function exactPower(d: v128, factor: v128): v128 {
  const magic = v128.load32_splat(MAGIC_PLAIN);
  const least = v128.load32_splat(LEAST_EXACT);
  const near = f32x4.pmax(d, least);
  const shifted = multiplyAdd(near, v128.load32_splat(LOG2E), magic);
  const whole = f32x4.sub(shifted, magic);
  let r = reduce(near, whole, loadLn2(), loadLn2Low());
  // So far from 0, ln(2) in one part is not enough.
  if (ASC_FEATURE_RELAXED_SIMD) r = f32x4.relaxed_nmadd(whole, v128.load32_splat(LN2_REST), r);
  const p = polynomial(
    r,
    v128.load32_splat(POLY_PLAIN),
    v128.load32_splat(POLY_PLAIN, 4),
    v128.load32_splat(POLY_PLAIN, 8),
    v128.load32_splat(POLY_PLAIN, 12),
    v128.load32_splat(POLY_PLAIN, 16),
    v128.load32_splat(POLY_PLAIN, 20),
  );
  const n = i32x4.sub(shifted, magic);
  const half = i32x4.shr_s(n, 1);
  // In two steps, of which only the last can leave the normal numbers.
  const first = i32x4.shl(i32x4.add(half, i32x4.splat(127)), 23);
  const second = i32x4.shl(i32x4.add(i32x4.sub(n, half), i32x4.splat(127)), 23);
  return v128.and(f32x4.mul(f32x4.mul(f32x4.mul(p, factor), first), second), f32x4.gt(d, least));
}

/**
 * The gradient of any row: blocks with references of their own, missing classes, dense targets. `share` is relative to
 * `reference`. `t` and `w` 0: no dense targets, no weights on them. Missing classes get 0, or −c where `propagate`.
 * What is far below the reference gets its exponential where `exact`, else 0.
 */
export function sweepAny(
  out: usize,
  n: i32,
  share: f64,
  reference: f64,
  even: f32,
  keep: f32,
  t: usize,
  w: usize,
  isWide: bool,
  propagate: bool,
  exact: bool,
): void {
  const evens = f32x4.splat(even);
  const keeps = f32x4.splat(keep);
  const nothing = f32x4.splat(-Infinity);
  const zero = f32x4.splat(0);
  const kept = i32x4.splat(propagate ? -1 : 0);
  let v = profile ? profile : ONES;
  let weights = w ? w : ONES;
  let targets = t ? t : ZEROS;
  const stepV: usize = profile ? 16 : 0;
  const stepW: usize = w ? 16 : 0;
  const stepT: usize = t ? 16 : 0;
  for (let first = 0; first < n; first += BLOCK) {
    const stored = isWide ? <f64>load<f32>(references + (<usize>(first / BLOCK) << 2)) : reference;
    const own = stored == reference ? share : share * exp(stored - reference);
    // In two steps where one factor would be subnormal.
    const tiny = abs(own) < 8.673617379884035e-19; // 2^-60
    const factor = f32x4.splat(<f32>(tiny ? own * 18446744073709551616.0 : own));
    const second = f32x4.splat(tiny ? 5.421010862427522e-20 : 1);
    for (let left = min(BLOCK, n - first); left > 0; left -= 4) {
      const e = v128.load(out);
      const far = f32x4.lt(e, zero);
      let pull = v128.andnot(f32x4.mul(e, factor), far);
      if (exact && v128.any_true(far)) pull = v128.bitselect(exactPower(e, factor), pull, far);
      const ts = v128.load(targets);
      const hits = f32x4.mul(f32x4.mul(keeps, ts), v128.load(weights));
      const c = multiplyAdd(evens, v128.load(v), hits);
      const g = f32x4.sub(f32x4.mul(pull, second), c);
      const absent = v128.andnot(v128.andnot(f32x4.eq(e, nothing), f32x4.gt(ts, zero)), kept);
      const result = v128.andnot(g, absent);
      if (left >= 4) v128.store(out, result);
      else storePart(out, result, left);
      out += 16;
      v += stepV;
      weights += stepW;
      targets += stepT;
    }
  }
}
