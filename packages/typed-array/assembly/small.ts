// Four short rows at once, one in each lane: no tails, no sums across lanes, and nothing is overwritten before all four
// are known to be in the fast range.
import { COLUMNS, LOG2E, MAGIC_FAST, ONES, POLY_FAST } from './constants';
import { inRange, loadLn2, loadLn2Low, multiplyAdd, power, storePart } from './exp';
import { profile } from './state';

/** Σ e^x and Σ v·x by lane. */
export let laneSums: v128 = f32x4.splat(0);
export let laneDots: v128 = f32x4.splat(0);

/** Sums of the rows at these places; their exponentials go to COLUMNS. Returns whether all were in range. */
export function sumFour(n: i32, row0: usize, row1: usize, row2: usize, row3: usize): bool {
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
  let v = profile ? profile : ONES;
  const stepV: usize = profile ? 4 : 0;
  let all = i32x4.splat(0x4b400000);
  let sums = f32x4.splat(0);
  let dots = f32x4.splat(0);
  let to = COLUMNS;
  let at: usize = 0;
  for (let left = n; left > 0; left -= 4, at += 16) {
    const a = v128.load(row0 + at);
    const b = v128.load(row1 + at);
    const c = v128.load(row2 + at);
    const d = v128.load(row3 + at);
    const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
    const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
    const x0 = v128.shuffle<f64>(ab, cd, 0, 2);
    const t0 = multiplyAdd(x0, log2e, magic);
    let group = power(x0, t0, magic, ln2, ln2Low, c6, c5, c4, c3, c2, one);
    let dot = f32x4.mul(x0, v128.load32_splat(v));
    all = v128.or(all, t0);
    v128.store(to, group);
    v += stepV;
    if (left > 1) {
      const x1 = v128.shuffle<f64>(ab, cd, 1, 3);
      const t1 = multiplyAdd(x1, log2e, magic);
      const e1 = power(x1, t1, magic, ln2, ln2Low, c6, c5, c4, c3, c2, one);
      all = v128.or(all, t1);
      v128.store(to, e1, 16);
      group = f32x4.add(group, e1);
      dot = multiplyAdd(x1, v128.load32_splat(v), dot);
      v += stepV;
    }
    if (left > 2) {
      const ab2 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
      const cd2 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
      const x2 = v128.shuffle<f64>(ab2, cd2, 0, 2);
      const t2 = multiplyAdd(x2, log2e, magic);
      let e2 = power(x2, t2, magic, ln2, ln2Low, c6, c5, c4, c3, c2, one);
      all = v128.or(all, t2);
      v128.store(to, e2, 32);
      dot = multiplyAdd(x2, v128.load32_splat(v), dot);
      v += stepV;
      if (left > 3) {
        const x3 = v128.shuffle<f64>(ab2, cd2, 1, 3);
        const t3 = multiplyAdd(x3, log2e, magic);
        const e3 = power(x3, t3, magic, ln2, ln2Low, c6, c5, c4, c3, c2, one);
        all = v128.or(all, t3);
        v128.store(to, e3, 48);
        e2 = f32x4.add(e2, e3);
        dot = multiplyAdd(x3, v128.load32_splat(v), dot);
        v += stepV;
      }
      group = f32x4.add(group, e2);
    }
    sums = f32x4.add(sums, group);
    dots = f32x4.add(dots, dot);
    to += 64;
  }
  laneSums = sums;
  laneDots = dots;
  return inRange(all);
}

/** share·e − even·v for the classes from `at` on, one lane per row. */
// @ts-ignore: decorator
@inline
function slope(at: usize, share: v128, even: v128, v: usize): v128 {
  return multiplyAdd(v128.load(at), share, f32x4.mul(even, v128.load32_splat(v)));
}

// @ts-ignore: decorator
@inline
function storeUpTo(to: usize, value: v128, count: i32): void {
  if (count >= 4) v128.store(to, value);
  else storePart(to, value, count);
}

/** Gradients from COLUMNS, to these places. */
export function sweepFour(
  n: i32,
  row0: usize,
  row1: usize,
  row2: usize,
  row3: usize,
  share: v128,
  even: v128,
): void {
  const push = f32x4.neg(even);
  let v = profile ? profile : ONES;
  const stepV: usize = profile ? 4 : 0;
  let from = COLUMNS;
  let at: usize = 0;
  for (let left = n; left > 0; left -= 4, at += 16) {
    // Columns behind the last class are garbage, and not stored.
    const a = slope(from, share, push, v);
    const b = slope(from + 16, share, push, v + stepV);
    const c = slope(from + 32, share, push, v + 2 * stepV);
    const d = slope(from + 48, share, push, v + 3 * stepV);
    const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
    const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
    const ab2 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
    const cd2 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
    storeUpTo(row0 + at, v128.shuffle<f64>(ab, cd, 0, 2), left);
    storeUpTo(row1 + at, v128.shuffle<f64>(ab, cd, 1, 3), left);
    storeUpTo(row2 + at, v128.shuffle<f64>(ab2, cd2, 0, 2), left);
    storeUpTo(row3 + at, v128.shuffle<f64>(ab2, cd2, 1, 3), left);
    from += 64;
    v += 4 * stepV;
  }
}
