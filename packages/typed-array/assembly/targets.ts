// What the loss of a row with dense targets needs of them, before anything is overwritten.
import { BLOCK, ONES } from './constants';
import { firstOf, largestOf, total, widen } from './exp';

/** Σ w·t. */
export let sum: f64 = 0;
/** Σ w·t·x over w·t > 0. */
export let dot: f64 = 0;
/** The largest logit. */
export let peak: f32 = 0;

/** Σ w·t·x in float64, for logits near the end of float32. */
function exactDot(x: usize, t: usize, w: usize, n: i32): f64 {
  let result: f64 = 0;
  for (let i = 0; i < n; i++) {
    const at = <usize>i << 2;
    const c = <f64>load<f32>(t + at) * (w ? <f64>load<f32>(w + at) : 1);
    if (c != 0) result += c * <f64>load<f32>(x + at);
  }
  return result;
}

/** Sums over one row; `w` 0: weights of 1. */
export function readTargets(row: usize, targets: usize, w: usize, n: i32): void {
  let x = row;
  let t = targets;
  let weight = w ? w : ONES;
  const step: usize = w ? 16 : 0;
  const zero = f32x4.splat(0);
  const nothing = f32x4.splat(-Infinity);
  let sums = f64x2.splat(0);
  let dots = f64x2.splat(0);
  let most = nothing;
  for (let first = 0; first < n; first += BLOCK) {
    let blockSum = zero;
    let blockDot = zero;
    for (let left = min(BLOCK, n - first); left > 0; left -= 8) {
      let x0 = v128.load(x);
      let x1 = v128.load(x, 16);
      let t0 = v128.load(t);
      let t1 = v128.load(t, 16);
      if (left < 8) {
        x0 = firstOf(x0, left, nothing);
        x1 = firstOf(x1, left - 4, nothing);
        t0 = firstOf(t0, left, zero);
        t1 = firstOf(t1, left - 4, zero);
      }
      const c0 = f32x4.mul(t0, v128.load(weight));
      const c1 = f32x4.mul(t1, v128.load(weight + step));
      blockSum = f32x4.add(blockSum, f32x4.add(c0, c1));
      // A logit without a coefficient may be anything.
      const d0 = v128.andnot(f32x4.mul(c0, x0), f32x4.eq(c0, zero));
      const d1 = v128.andnot(f32x4.mul(c1, x1), f32x4.eq(c1, zero));
      blockDot = f32x4.add(blockDot, f32x4.add(d0, d1));
      most = f32x4.pmax(most, f32x4.pmax(x0, x1));
      x += 32;
      t += 32;
      weight += 2 * step;
    }
    sums = f64x2.add(sums, widen(blockSum));
    dots = f64x2.add(dots, widen(blockDot));
  }
  sum = total(sums);
  dot = total(dots);
  if (!(abs(dot) < Infinity)) dot = exactDot(row, targets, w, n);
  peak = largestOf(most);
}
