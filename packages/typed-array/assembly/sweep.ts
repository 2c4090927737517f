// The second sweep: exponentials become a gradient where they are.
import { LEAST_EXACT, LEAST_WIDE, LN2_REST, LOG2E, MAGIC_PLAIN, ONES, POLY_PLAIN, ZEROS } from './constants';
import { loadLn2, loadLn2Low, multiplyAdd, polynomial, reduce, storeFirst } from './exp';
import { fastEnd, profile, reference, wide, wideReference } from './state';
import { isMarked } from './wide';

// @ts-ignore: decorator
@external('env', 'exp')
declare function exp(x: f64): f64;

/** share·e − c for four classes, `push` and `hit` being negative. `absent` classes get 0. */
// @ts-ignore: decorator
@inline
function slope(
  e: v128,
  share: v128,
  push: v128,
  v: usize,
  hit: v128,
  t: usize,
  absent: v128,
  PROFILE: bool,
  TARGETS: bool,
  MASKED: bool,
): v128 {
  let c = PROFILE ? f32x4.mul(push, v128.load(v)) : push;
  if (TARGETS) c = multiplyAdd(hit, v128.load(t), c);
  if (!MASKED) return multiplyAdd(e, share, c);
  // What is far below the row's maximum has no digit to show beside c.
  const near = f32x4.pmax(e, f32x4.splat(0));
  return v128.andnot(multiplyAdd(near, share, c), f32x4.eq(e, absent));
}

// @ts-ignore: decorator
@inline
function sweep(
  to: usize,
  n: i32,
  share: f32,
  push: v128,
  profileAt: usize,
  hit: v128,
  targetsAt: usize,
  absent: v128,
  PROFILE: bool,
  TARGETS: bool,
  MASKED: bool,
): void {
  const factor = f32x4.splat(share);
  let out = to;
  let v = profileAt;
  let t = targetsAt;
  let left = n;
  // One vector a turn: the engine unrolls such a loop itself.
  for (; left >= 4; left -= 4) {
    v128.store(out, slope(v128.load(out), factor, push, v, hit, t, absent, PROFILE, TARGETS, MASKED));
    out += 16;
    if (PROFILE) v += 16;
    if (TARGETS) t += 16;
  }
  if (left > 0) {
    storeFirst(out, slope(v128.load(out), factor, push, v, hit, t, absent, PROFILE, TARGETS, MASKED), left);
  }
}

/** The gradient of a row that was in the fast range, with a label. */
export function sweepFast(out: usize, n: i32, share: f32, even: f32): void {
  const push = f32x4.splat(-even);
  if (profile) sweep(out, n, share, push, profile, push, 0, push, true, false, false);
  else sweep(out, n, share, push, 0, push, 0, push, false, false, false);
}

/** Writes zeros. */
export function clear(out: usize, n: i32): void {
  memory.fill(out, 0, <usize>n << 2);
}

/** factor·e^d, to the last subnormal, for d ≤ 0. */
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

/** The same for whatever a block can be. `share` and `step` are one factor in two, `w` weights on the targets. */
function sweepRare(
  to: usize,
  n: i32,
  share: v128,
  step: v128,
  push: v128,
  profileAt: usize,
  hit: v128,
  targetsAt: usize,
  weightsAt: usize,
  absent: v128,
  isExact: bool,
): void {
  const zero = f32x4.splat(0);
  const stepV: usize = profileAt ? 16 : 0;
  const stepT: usize = targetsAt ? 16 : 0;
  const stepW: usize = weightsAt ? 16 : 0;
  let v = profileAt ? profileAt : ONES;
  let t = targetsAt ? targetsAt : ZEROS;
  let w = weightsAt ? weightsAt : ONES;
  let out = to;
  for (let left = n; left > 0; left -= 4) {
    const e = v128.load(out);
    const ts = v128.load(t);
    const c = multiplyAdd(f32x4.mul(hit, v128.load(w)), ts, f32x4.mul(push, v128.load(v)));
    const far = f32x4.lt(e, zero);
    let pull = v128.andnot(f32x4.mul(e, share), far);
    if (isExact && v128.any_true(far)) {
      pull = v128.bitselect(exactPower(f32x4.add(e, v128.load32_splat(LEAST_WIDE)), share), pull, far);
    }
    const gone = v128.andnot(f32x4.eq(e, absent), f32x4.gt(ts, zero));
    const slope = v128.andnot(f32x4.add(f32x4.mul(pull, step), c), gone);
    if (left >= 4) v128.store(out, slope);
    else storeFirst(out, slope, left);
    out += 16;
    v += stepV;
    t += stepT;
    w += stepW;
  }
}

/**
 * The gradient of any row: share·e − even·v − hits·w·t, with classes outside the fast range, and missing ones. `share` is
 * relative to the row's reference. `t` and `w` 0: no dense targets, no weights on them. Where `propagate`, missing
 * classes get −c; where `isExact`, those far below the row's maximum what is left of their exponentials.
 */
export function sweepAny(
  out: usize,
  n: i32,
  share: f64,
  even: f64,
  hits: f64,
  t: usize,
  w: usize,
  propagate: bool,
  isExact: bool,
): void {
  const push = f32x4.splat(<f32>-even);
  const hit = f32x4.splat(<f32>-hits);
  if (!wide && !profile && !w && !propagate) {
    sweep(out, n, <f32>share, push, 0, hit, t, push, false, true, false);
    return;
  }
  const absent = f32x4.splat(propagate ? NaN : -Infinity);
  const isCommon = !isExact && !profile && !t;
  for (let first = 0, end = 0; first < n; first = end) {
    const at = <usize>first << 2;
    const isFast = first < fastEnd;
    end = isFast ? fastEnd : n;
    const count = end - first;
    const start: f64 = isFast ? 0 : wideReference;
    const own = start == reference ? share : share * exp(start - reference);
    const size = abs(own);
    if (isCommon && size > 1e-37) {
      if (isFast || !isMarked) sweepFast(out + at, count, <f32>own, <f32>even);
      else sweep(out + at, count, <f32>own, push, 0, push, 0, absent, false, false, true);
      continue;
    }
    // In two steps where one factor would be subnormal: what it multiplies may be as large as e^44.
    const step: f64 = size < 8.673617379884035e-19 ? 5.421010862427522e-20 : 1;
    const factor = f32x4.splat(<f32>(own / step));
    const v = profile ? profile + at : 0;
    sweepRare(
      out + at,
      count,
      factor,
      f32x4.splat(<f32>step),
      push,
      v,
      hit,
      t ? t + at : 0,
      w ? w + at : 0,
      absent,
      isExact,
    );
  }
}
