// Four short rows at once, one in each lane: no tails, no sums across lanes. Their logits are turned into columns, one
// vector per class; these become exponentials, and then gradients as they are turned back.
import { LEAST_WIDE, LOG2E, MAGIC_FAST, MAGIC_PLAIN, ONES, POLY_FAST, POLY_PLAIN, SAVED } from './constants';
import { inRange, loadLn2, loadLn2Low, multiplyAdd, power, storeFirst } from './exp';
import { DOTS, GROUP, HITS, LOST, MISSING, PUSHES, SHARES, SUMS, startOf, TOPS } from './group';
import { exact, profile, zLoss } from './state';

/** Bytes from one class's column to the next. */
const STEP: usize = 16;
/** Classes that are added up before they are added to those before: errors grow with the longer of both sums. */
const RUN: i32 = 16;

/** Bytes of a group's columns. */
// @ts-ignore: decorator
@inline
export function sizeOf(n: i32): usize {
  return <usize>((n + 3) & ~3) << 4;
}

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

/**
 * Columns of exponentials, and their sums, for v = 1: of `count` groups, one behind the other. Ends before the first that is
 * not in the fast range, or {@link maySmall}, and returns how many it did.
 */
export function sumFast(n: i32, columns: usize, group: usize, count: i32): i32 {
  const log2e = v128.load32_splat(LOG2E);
  const magic = v128.load32_splat(MAGIC_FAST);
  const ln2 = loadLn2();
  const ln2Low = loadLn2Low();
  const c6 = v128.load32_splat(POLY_FAST);
  const c5 = v128.load32_splat(POLY_FAST + 4);
  const c4 = v128.load32_splat(POLY_FAST + 8);
  const c3 = v128.load32_splat(POLY_FAST + 12);
  const c2 = v128.load32_splat(POLY_FAST + 16);
  const one = v128.load32_splat(POLY_FAST + 20);
  const zero = f32x4.splat(0);
  const step = sizeOf(n);
  for (let done = 0; done < count; done++, group += GROUP, columns += step) {
    const row0 = startOf(group, 0);
    const row1 = startOf(group, 1);
    const row2 = startOf(group, 2);
    const row3 = startOf(group, 3);
    let all = zero;
    let sums = zero;
    let dots = zero;
    let at = columns;
    let part = SAVED;
    let left = n;
    // In the end those of the last classes, fewer than four.
    let x0 = zero;
    let x1 = zero;
    let x2 = zero;
    for (let from: usize = 0; left > 0; left -= 4, from += 16, at += 4 * STEP) {
      const a = v128.load(row0 + from);
      const b = v128.load(row1 + from);
      const c = v128.load(row2 + from);
      const d = v128.load(row3 + from);
      const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
      const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
      const ab2 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
      const cd2 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
      x0 = v128.shuffle<f64>(ab, cd, 0, 2);
      x1 = v128.shuffle<f64>(ab, cd, 1, 3);
      x2 = v128.shuffle<f64>(ab2, cd2, 0, 2);
      if (left < 4) break;
      const x3 = v128.shuffle<f64>(ab2, cd2, 1, 3);
      dots = f32x4.add(dots, f32x4.add(f32x4.add(x0, x1), f32x4.add(x2, x3)));
      const t0 = multiplyAdd(x0, log2e, magic);
      all = v128.or(all, t0);
      const e0 = power(x0, t0, magic, ln2, ln2Low, c6, c5, c4, c3, c2, one);
      v128.store(at, e0);
      const t1 = multiplyAdd(x1, log2e, magic);
      all = v128.or(all, t1);
      const e1 = power(x1, t1, magic, ln2, ln2Low, c6, c5, c4, c3, c2, one);
      v128.store(at, e1, STEP);
      const t2 = multiplyAdd(x2, log2e, magic);
      all = v128.or(all, t2);
      const e2 = power(x2, t2, magic, ln2, ln2Low, c6, c5, c4, c3, c2, one);
      v128.store(at, e2, 2 * STEP);
      const t3 = multiplyAdd(x3, log2e, magic);
      all = v128.or(all, t3);
      const e3 = power(x3, t3, magic, ln2, ln2Low, c6, c5, c4, c3, c2, one);
      v128.store(at, e3, 3 * STEP);
      // What is small beside one of them is not lost beside it one by one.
      v128.store(part, f32x4.add(f32x4.add(e0, e1), f32x4.add(e2, e3)));
      part += STEP;
    }
    for (; left > 0; left--, at += STEP) {
      const t = multiplyAdd(x0, log2e, magic);
      all = v128.or(all, t);
      const e = power(x0, t, magic, ln2, ln2Low, c6, c5, c4, c3, c2, one);
      v128.store(at, e);
      sums = f32x4.add(sums, e);
      dots = f32x4.add(dots, x0);
      x0 = x1;
      x1 = x2;
    }
    for (let next = SAVED; next < part; ) {
      let run = zero;
      for (const end = min(part, next + 4 * STEP); next < end; next += STEP) run = f32x4.add(run, v128.load(next));
      sums = f32x4.add(sums, run);
    }
    if (!inRange(all, dots) || maySmall(zero, sums)) return done;
    v128.store(group, sums, SUMS);
    v128.store(group, zero, LOST);
    v128.store(group, dots, DOTS);
    v128.store(group, zero, TOPS);
    v128.store(group, zero, MISSING);
  }
  return count;
}

/**
 * Whether all terms of a loss may be small: then the largest exponential must not drown the others. That is where Σ e^x is
 * between e^-½ and e^½, in some lane.
 */
// @ts-ignore: decorator
@inline
export function maySmall(top: v128, sum: v128): bool {
  const excess = f32x4.add(top, f32x4.sub(sum, f32x4.splat(1.128)));
  return v128.any_true(f32x4.lt(f32x4.abs(excess), f32x4.splat(0.522)));
}

/** Keeps the largest logits. Returns whether all are well within the fast range, which ends near 63·ln(2). */
export function findTops(n: i32, at: usize, kept: usize): bool {
  let most = f32x4.splat(-Infinity);
  let least = f32x4.splat(Infinity);
  for (; n > 0; n--, at += STEP) {
    const x = v128.load(at);
    most = f32x4.pmax(most, x);
    least = f32x4.pmin(least, x);
  }
  v128.store(kept, most, TOPS);
  return i32x4.all_true(f32x4.lt(f32x4.pmax(most, f32x4.neg(least)), f32x4.splat(43.5)));
}

/**
 * What sumFast does, relative to what findTops kept, and for classes that are missing, whose columns
 * become NaN. false where that is not all there is to do.
 */
export function sumFar(n: i32, at: usize, kept: usize): bool {
  const log2e = v128.load32_splat(LOG2E);
  const magic = v128.load32_splat(MAGIC_PLAIN);
  const ln2 = loadLn2();
  const ln2Low = loadLn2Low();
  const c6 = v128.load32_splat(POLY_PLAIN);
  const c5 = v128.load32_splat(POLY_PLAIN + 4);
  const c4 = v128.load32_splat(POLY_PLAIN + 8);
  const c3 = v128.load32_splat(POLY_PLAIN + 12);
  const c2 = v128.load32_splat(POLY_PLAIN + 16);
  const one = v128.load32_splat(POLY_PLAIN + 20);
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
  v128.store(kept, zero, LOST);
  v128.store(kept, sums, SUMS);
  v128.store(kept, dots, DOTS);
  v128.store(kept, missing, MISSING);
  // What is not a number, or is infinite, leaves no finite sum of distances.
  const size = f32x4.abs(f32x4.add(dots, top));
  return i32x4.all_true(v128.andnot(f32x4.lt(size, f32x4.splat(Infinity)), far));
}

/** Sums up anew after sumFar: where log Σ e^x is next to 0, the largest exponential must not drown the others. */
export function splitSums(n: i32, columns: usize, kept: usize): void {
  const one = f32x4.splat(1);
  // All but one.
  let peaks = i32x4.splat(-1);
  let rest = f32x4.splat(0);
  for (let at = columns; n > 0; n--, at += STEP) {
    const e = v128.load(at);
    const isPeak = f32x4.eq(e, one);
    peaks = i32x4.sub(peaks, isPeak);
    rest = f32x4.add(rest, v128.andnot(v128.and(e, f32x4.eq(e, e)), isPeak));
  }
  rest = f32x4.add(rest, f32x4.convert_i32x4_s(peaks));
  const sums = f32x4.add(one, rest);
  v128.store(kept, sums, SUMS);
  const lost = f32x4.sub(rest, f32x4.sub(sums, one));
  v128.store(kept, v128.and(lost, f32x4.lt(rest, f32x4.splat(0.25))), LOST);
}

/** What is no number is missing, and has no gradient. */
// @ts-ignore: decorator
@inline
function numberOr0(x: v128): v128 {
  return v128.and(x, f32x4.eq(x, x));
}

/** Gradients of a group's rows from the columns of their exponentials, but for those at labels. */
export function writeColumns(n: i32, columns: usize, group: usize, x: usize, out: usize, targets: usize): void {
  const toOut = out - x;
  const row0 = startOf(group, 0) + toOut;
  const row1 = startOf(group, 1) + toOut;
  const row2 = startOf(group, 2) + toOut;
  const row3 = startOf(group, 3) + toOut;
  const share = f32x4.div(v128.load(group, SHARES), v128.load(group, SUMS));
  const push = v128.load(group, PUSHES);
  const some = v128.any_true(v128.load(group, MISSING));
  let a = push;
  let b = push;
  let c = push;
  let d = push;
  const last = <usize>max(0, n - 4) << 2;
  let at: usize = 0;
  while (true) {
    const from = columns + (at << 2);
    if (profile) {
      a = f32x4.mul(push, v128.load32_splat(profile + at));
      b = f32x4.mul(push, v128.load32_splat(profile + at, 4));
      c = f32x4.mul(push, v128.load32_splat(profile + at, 8));
      d = f32x4.mul(push, v128.load32_splat(profile + at, 12));
    }
    let g0 = multiplyAdd(v128.load(from), share, a);
    let g1 = multiplyAdd(v128.load(from, STEP), share, b);
    let g2 = multiplyAdd(v128.load(from, 2 * STEP), share, c);
    let g3 = multiplyAdd(v128.load(from, 3 * STEP), share, d);
    if (some) {
      g0 = numberOr0(g0);
      g1 = numberOr0(g1);
      g2 = numberOr0(g2);
      g3 = numberOr0(g3);
    }
    const ab = v128.shuffle<f32>(g0, g1, 0, 4, 1, 5);
    const cd = v128.shuffle<f32>(g2, g3, 0, 4, 1, 5);
    const ab2 = v128.shuffle<f32>(g0, g1, 2, 6, 3, 7);
    const cd2 = v128.shuffle<f32>(g2, g3, 2, 6, 3, 7);
    g0 = v128.shuffle<f64>(ab, cd, 0, 2);
    g1 = v128.shuffle<f64>(ab, cd, 1, 3);
    g2 = v128.shuffle<f64>(ab2, cd2, 0, 2);
    g3 = v128.shuffle<f64>(ab2, cd2, 1, 3);
    if (targets) {
      const t = targets - out + at;
      g0 = multiplyAdd(v128.load(t + row0), v128.load32_splat(group, HITS), g0);
      g1 = multiplyAdd(v128.load(t + row1), v128.load32_splat(group, HITS + 4), g1);
      g2 = multiplyAdd(v128.load(t + row2), v128.load32_splat(group, HITS + 8), g2);
      g3 = multiplyAdd(v128.load(t + row3), v128.load32_splat(group, HITS + 12), g3);
    }
    if (n < 4) {
      storeFirst(row0, g0, n);
      storeFirst(row1, g1, n);
      storeFirst(row2, g2, n);
      storeFirst(row3, g3, n);
      return;
    }
    v128.store(row0 + at, g0);
    v128.store(row1 + at, g1);
    v128.store(row2 + at, g2);
    v128.store(row3 + at, g3);
    if (at == last) return;
    // The last four classes, some of them once more.
    at = min(at + 16, last);
  }
}
