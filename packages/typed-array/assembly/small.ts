// Four short rows at once, one in each lane: no tails, no sums across lanes. Their logits are turned into columns, one
// vector per class; these become exponentials, and then gradients as they are turned back.
import { LEAST_WIDE, LOG2E, MAGIC_FAST, MAGIC_PLAIN, ONES, POLY_FAST, POLY_PLAIN } from './constants';
import { inRange, loadLn2, loadLn2Low, multiplyAdd, power } from './exp';
import { exact, profile, zLoss } from './state';

/** Bytes from one class's column to the next. */
const STEP: usize = 16;
/** Classes that are added up before they are added to those before: errors grow with the longer of both sums. */
const RUN: i32 = 16;
/** What is kept of four rows, by lane: Σ e^{x − top}, Σ v·(x − top), top, and minus the number of missing classes. */
export const SUMS: usize = 0;
export const DOTS: usize = 16;
export const TOPS: usize = 32;
export const MISSING: usize = 48;

/** Columns of four rows. Those behind the last class, up to a multiple of four, are garbage. */
export function readColumns(n: i32, row0: usize, row1: usize, row2: usize, row3: usize, to: usize): void {
  for (let at: usize = 0, end = <usize>n << 2; at < end; at += 16, to += 4 * STEP) {
    const a = v128.load(row0 + at);
    const b = v128.load(row1 + at);
    const c = v128.load(row2 + at);
    const d = v128.load(row3 + at);
    const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
    const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
    const ab2 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
    const cd2 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
    v128.store(to, v128.shuffle<f64>(ab, cd, 0, 2));
    v128.store(to, v128.shuffle<f64>(ab, cd, 1, 3), STEP);
    v128.store(to, v128.shuffle<f64>(ab2, cd2, 0, 2), 2 * STEP);
    v128.store(to, v128.shuffle<f64>(ab2, cd2, 1, 3), 3 * STEP);
  }
}

/** Makes columns of logits columns of exponentials, and sums them up, for v = 1. Returns whether all were in the fast range. */
export function sumColumns(n: i32, at: usize, kept: usize): bool {
  const log2e = v128.load32_splat(LOG2E);
  const magic = v128.load32_splat(MAGIC_FAST);
  const ln2 = loadLn2();
  const ln2Low = loadLn2Low();
  const c6 = v128.load32_splat(POLY_FAST);
  const c5 = v128.load32_splat(POLY_FAST, 4);
  const c4 = v128.load32_splat(POLY_FAST, 8);
  const c3 = v128.load32_splat(POLY_FAST, 12);
  const c2 = v128.load32_splat(POLY_FAST, 16);
  const one = v128.load32_splat(POLY_FAST, 20);
  const zero = f32x4.splat(0);
  let all = i32x4.splat(0x4b400000);
  let sums = zero;
  let dots = zero;
  while (n > 0) {
    let sum = zero;
    let dot = zero;
    for (const end = n - min(RUN, n); n > end; n--, at += STEP) {
      const x = v128.load(at);
      const t = multiplyAdd(x, log2e, magic);
      all = v128.or(all, t);
      const e = power(x, t, magic, ln2, ln2Low, c6, c5, c4, c3, c2, one);
      v128.store(at, e);
      sum = f32x4.add(sum, e);
      dot = f32x4.add(dot, x);
    }
    sums = f32x4.add(sums, sum);
    dots = f32x4.add(dots, dot);
  }
  v128.store(kept, sums, SUMS);
  v128.store(kept, dots, DOTS);
  v128.store(kept, zero, TOPS);
  v128.store(kept, zero, MISSING);
  return inRange(all, dots);
}

/** Keeps the largest logits. Returns whether all are in the fast range. */
export function findTops(n: i32, at: usize, kept: usize): bool {
  let most = f32x4.splat(-Infinity);
  let least = f32x4.splat(Infinity);
  for (; n > 0; n--, at += STEP) {
    const x = v128.load(at);
    most = f32x4.pmax(most, x);
    least = f32x4.pmin(least, x);
  }
  v128.store(kept, most, TOPS);
  const log2e = v128.load32_splat(LOG2E);
  const magic = v128.load32_splat(MAGIC_FAST);
  const all = v128.or(multiplyAdd(most, log2e, magic), multiplyAdd(least, log2e, magic));
  return inRange(all, least);
}

/**
 * What sumColumns does, relative to what findTops kept, and for classes that are missing, whose columns
 * become NaN. false where that is not all there is to do.
 */
export function sumFar(n: i32, at: usize, kept: usize): bool {
  const log2e = v128.load32_splat(LOG2E);
  const magic = v128.load32_splat(MAGIC_PLAIN);
  const ln2 = loadLn2();
  const ln2Low = loadLn2Low();
  const c6 = v128.load32_splat(POLY_PLAIN);
  const c5 = v128.load32_splat(POLY_PLAIN, 4);
  const c4 = v128.load32_splat(POLY_PLAIN, 8);
  const c3 = v128.load32_splat(POLY_PLAIN, 12);
  const c2 = v128.load32_splat(POLY_PLAIN, 16);
  const one = v128.load32_splat(POLY_PLAIN, 20);
  const least = v128.load32_splat(LEAST_WIDE);
  const nothing = f32x4.splat(-Infinity);
  const top = v128.load(kept, TOPS);
  const zero = f32x4.splat(0);
  // With digits in what is far below the top, that takes another exponential than this.
  const careful = exact || zLoss > 0;
  let far = zero;
  let v = profile ? profile : ONES;
  const stepV: usize = profile ? 4 : 0;
  let missing = i32x4.splat(0);
  let sums = zero;
  let dots = zero;
  while (n > 0) {
    let sum = zero;
    let dot = zero;
    for (const end = n - min(RUN, n); n > end; n--, at += STEP) {
      const x = v128.load(at);
      const gone = f32x4.eq(x, nothing);
      const d = f32x4.sub(x, top);
      const near = f32x4.pmax(d, least);
      const e = power(near, multiplyAdd(near, log2e, magic), magic, ln2, ln2Low, c6, c5, c4, c3, c2, one);
      sum = f32x4.add(sum, e);
      dot = multiplyAdd(v128.andnot(d, gone), v128.load32_splat(v), dot);
      missing = i32x4.add(missing, gone);
      if (careful) far = v128.or(far, v128.andnot(f32x4.lt(d, least), gone));
      v128.store(at, v128.or(e, gone));
      v += stepV;
    }
    sums = f32x4.add(sums, sum);
    dots = f32x4.add(dots, dot);
  }
  v128.store(kept, sums, SUMS);
  v128.store(kept, dots, DOTS);
  v128.store(kept, missing, MISSING);
  // What is not a number, or is infinite, leaves no finite sum of distances.
  const size = f32x4.abs(f32x4.add(dots, top));
  return i32x4.all_true(v128.andnot(f32x4.lt(size, f32x4.splat(Infinity)), far));
}

/** Σ e^{x − top} after sumFar, but for one class at the top in each lane. */
export function sumRest(n: i32, at: usize): v128 {
  const one = f32x4.splat(1);
  let sum = f32x4.splat(-1);
  let peaks = f32x4.splat(0);
  for (; n > 0; n--, at += STEP) {
    const e = v128.load(at);
    const isPeak = f32x4.eq(e, one);
    peaks = f32x4.add(peaks, v128.and(isPeak, one));
    sum = f32x4.add(sum, v128.andnot(v128.and(e, f32x4.eq(e, e)), isPeak));
  }
  return f32x4.add(sum, peaks);
}

/** share·e − even·v for one class. */
// @ts-ignore: decorator
@inline
function slope(at: usize, share: v128, push: v128, v: usize): v128 {
  return multiplyAdd(v128.load(at), share, f32x4.mul(push, v128.load32_splat(v)));
}

/** What is no number is missing, and has no gradient. */
// @ts-ignore: decorator
@inline
function numberOr0(x: v128): v128 {
  return v128.and(x, f32x4.eq(x, x));
}

/** Gradients of four rows from the columns of their exponentials; `some` where classes may be missing. */
export function writeColumns(
  n: i32,
  from: usize,
  row0: usize,
  row1: usize,
  row2: usize,
  row3: usize,
  share: v128,
  even: v128,
  some: bool,
): void {
  const push = f32x4.neg(even);
  let v = profile ? profile : ONES;
  const stepV: usize = profile ? 4 : 0;
  let at: usize = 0;
  for (let left = n; left > 0; left -= 4, at += 16, from += 4 * STEP, v += 4 * stepV) {
    // Columns behind the last class are garbage, and not stored.
    let a = slope(from, share, push, v);
    let b = slope(from + STEP, share, push, v + stepV);
    let c = slope(from + 2 * STEP, share, push, v + 2 * stepV);
    let d = slope(from + 3 * STEP, share, push, v + 3 * stepV);
    if (some) {
      a = numberOr0(a);
      b = numberOr0(b);
      c = numberOr0(c);
      d = numberOr0(d);
    }
    const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
    const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
    const ab2 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
    const cd2 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
    const g0 = v128.shuffle<f64>(ab, cd, 0, 2);
    const g1 = v128.shuffle<f64>(ab, cd, 1, 3);
    const g2 = v128.shuffle<f64>(ab2, cd2, 0, 2);
    const g3 = v128.shuffle<f64>(ab2, cd2, 1, 3);
    if (left >= 4) {
      v128.store(row0 + at, g0);
      v128.store(row1 + at, g1);
      v128.store(row2 + at, g2);
      v128.store(row3 + at, g3);
    } else {
      storeParts(row0 + at, row1 + at, row2 + at, row3 + at, g0, g1, g2, g3, left);
    }
  }
}

// @ts-ignore: decorator
@inline
function storeParts(
  row0: usize,
  row1: usize,
  row2: usize,
  row3: usize,
  a: v128,
  b: v128,
  c: v128,
  d: v128,
  count: i32,
): void {
  if (count & 2) {
    v128.store64_lane(row0, a, 0);
    v128.store64_lane(row1, b, 0);
    v128.store64_lane(row2, c, 0);
    v128.store64_lane(row3, d, 0);
    if (count & 1) {
      v128.store32_lane(row0, a, 2, 8);
      v128.store32_lane(row1, b, 2, 8);
      v128.store32_lane(row2, c, 2, 8);
      v128.store32_lane(row3, d, 2, 8);
    }
  } else {
    v128.store32_lane(row0, a, 0);
    v128.store32_lane(row1, b, 0);
    v128.store32_lane(row2, c, 0);
    v128.store32_lane(row3, d, 0);
  }
}
