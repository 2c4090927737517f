// What the loss of a row with dense targets needs of them, before anything is overwritten.
import { BLOCK, MASKS, ONES } from './constants';
import { firstOf, highOf, largestOf, multiplyAdd, total, widen } from './exp';
import { DISTANCES, MASSES, startOf, TOPS } from './group';

/** Σ w·t. */
export let sum: f64 = 0;
/** Σ w·t·x over w·t > 0. */
export let dot: f64 = 0;
/** The largest logit. */
export let peak: f32 = 0;

/**
 * Whether `n` integers are in [0, most]; or float32 by their bits, which are in the same order, what is negative, −0 too, or a
 * NaN above all others.
 */
export function allWithin(from: usize, n: i32, most: u32): bool {
  const zero = i32x4.splat(0);
  let largest = zero;
  let at = from;
  let left = n;
  for (; left >= 4; left -= 4, at += 16) largest = i32x4.max_u(largest, v128.load(at));
  if (left > 0) largest = i32x4.max_u(largest, firstOf(v128.load(at), left, zero));
  return i32x4.all_true(i32x4.le_u(largest, i32x4.splat(most)));
}

/** Σ w·t·x over w·t > 0, in float64. */
function exactDot(x: usize, t: usize, w: usize, step: usize, n: i32): f64 {
  const zero = f32x4.splat(0);
  let dots = f64x2.splat(0);
  for (let left = n; left > 0; left -= 4) {
    const c = firstOf(f32x4.mul(v128.load(t), v128.load(w)), left, zero);
    const y = v128.andnot(v128.load(x), f32x4.eq(c, zero));
    dots = f64x2.add(dots, f64x2.mul(f64x2.promote_low_f32x4(c), f64x2.promote_low_f32x4(y)));
    dots = f64x2.add(dots, f64x2.mul(highOf(c), highOf(y)));
    x += 16;
    t += 16;
    w += step;
  }
  return total(dots);
}

/** Sums over one row; `w` 0: weights of 1. */
export function readTargets(row: usize, targets: usize, w: usize, n: i32): void {
  let x = row;
  let t = targets;
  let weight = w ? w : ONES;
  const step: usize = w ? 16 : 0;
  const zero = f32x4.splat(0);
  // Stands for logits behind the row's end, whose coefficient is 0.
  const any = v128.load32_splat(row);
  let sums = f64x2.splat(0);
  let dots = f64x2.splat(0);
  let most = any;
  for (let first = 0; first < n; first += BLOCK) {
    let sum0 = zero;
    let sum1 = zero;
    let dot0 = zero;
    let dot1 = zero;
    for (let left = min(BLOCK, n - first); left > 0; left -= 8) {
      let x0 = v128.load(x);
      let x1 = v128.load(x, 16);
      let t0 = v128.load(t);
      let t1 = v128.load(t, 16);
      if (left < 8) {
        x0 = firstOf(x0, left, any);
        x1 = firstOf(x1, left - 4, any);
        t0 = firstOf(t0, left, zero);
        t1 = firstOf(t1, left - 4, zero);
      }
      const c0 = f32x4.mul(t0, v128.load(weight));
      const c1 = f32x4.mul(t1, v128.load(weight + step));
      sum0 = f32x4.add(sum0, c0);
      sum1 = f32x4.add(sum1, c1);
      dot0 = multiplyAdd(c0, x0, dot0);
      dot1 = multiplyAdd(c1, x1, dot1);
      most = f32x4.pmax(most, f32x4.pmax(x0, x1));
      x += 32;
      t += 32;
      weight += 2 * step;
    }
    sums = f64x2.add(sums, widen(f32x4.add(sum0, sum1)));
    dots = f64x2.add(dots, widen(f32x4.add(dot0, dot1)));
  }
  sum = total(sums);
  dot = total(dots);
  // Near the end of float32, or where a class is missing: −∞ times 0 is no number.
  if (!(abs(dot) < Infinity)) dot = exactDot(row, targets, w ? w : ONES, step, n);
  peak = largestOf(most);
}

/** Σ by lane of four vectors, each in a lane. */
// @ts-ignore: decorator
@inline
function totals(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f64>(ab, cd, 0, 2), v128.shuffle<f64>(ab, cd, 1, 3));
}

/** Σ t and Σ t·(x − top) of a group of short rows, where all logits are finite; `toTargets` from them to their targets. */
export function sumTargets(n: i32, group: usize, toTargets: usize): void {
  let sum0 = f32x4.splat(0);
  let sum1 = sum0;
  let sum2 = sum0;
  let sum3 = sum0;
  let dot0 = sum0;
  let dot1 = sum0;
  let dot2 = sum0;
  let dot3 = sum0;
  let at = startOf(group, 0);
  const to1 = startOf(group, 1) - at;
  const to2 = startOf(group, 2) - at;
  const to3 = startOf(group, 3) - at;
  for (let left = n; left > 0; left -= 4, at += 16) {
    // The lanes behind the row's end belong to others.
    const mask = v128.load(MASKS + (<usize>min(4, left) << 4));
    const t0 = v128.and(v128.load(toTargets + at), mask);
    const t1 = v128.and(v128.load(toTargets + at + to1), mask);
    const t2 = v128.and(v128.load(toTargets + at + to2), mask);
    const t3 = v128.and(v128.load(toTargets + at + to3), mask);
    sum0 = f32x4.add(sum0, t0);
    sum1 = f32x4.add(sum1, t1);
    sum2 = f32x4.add(sum2, t2);
    sum3 = f32x4.add(sum3, t3);
    const d0 = f32x4.sub(v128.load(at), v128.load32_splat(group, TOPS));
    const d1 = f32x4.sub(v128.load(at + to1), v128.load32_splat(group, TOPS + 4));
    const d2 = f32x4.sub(v128.load(at + to2), v128.load32_splat(group, TOPS + 8));
    const d3 = f32x4.sub(v128.load(at + to3), v128.load32_splat(group, TOPS + 12));
    dot0 = multiplyAdd(t0, v128.and(d0, mask), dot0);
    dot1 = multiplyAdd(t1, v128.and(d1, mask), dot1);
    dot2 = multiplyAdd(t2, v128.and(d2, mask), dot2);
    dot3 = multiplyAdd(t3, v128.and(d3, mask), dot3);
  }
  v128.store(group, totals(sum0, sum1, sum2, sum3), MASSES);
  v128.store(group, totals(dot0, dot1, dot2, dot3), DISTANCES);
}
