// Blocks outside the fast range: logits beyond ±44, −Infinity (classes that do not exist), NaN. Exponentials are relative
// to the largest logit seen so far, so the block is done again only where one much larger comes.
import { LEAST_WIDE, LOG2E, MAGIC_WIDE, MASKS, ONES, POLY_WIDE, SAVED } from './constants';
import { inRange, loadLn2, loadLn2Low, multiplyAdd, power, storePart, total, widen } from './exp';
import { broken, dot, present, reference, setBroken, setSums, sum } from './state';

// @ts-ignore: decorator
@external('env', 'exp')
declare function exp(x: f64): f64;

let blockSum: f64 = 0;
let blockDot: f64 = 0;
let blockWeight: f64 = 0;
let blockPresent: f64 = 0;
let blockInRange: bool = false;

/** One attempt at a block with the present reference. */
// @ts-ignore: decorator
@inline
function attempt(x: usize, n: i32, out: usize, weights: usize, STORE: bool): void {
  const log2e = v128.load32_splat(LOG2E);
  const magic = v128.load32_splat(MAGIC_WIDE);
  const ln2 = loadLn2();
  const ln2Low = loadLn2Low();
  const c6 = v128.load32_splat(POLY_WIDE);
  const c5 = v128.load32_splat(POLY_WIDE, 4);
  const c4 = v128.load32_splat(POLY_WIDE, 8);
  const c3 = v128.load32_splat(POLY_WIDE, 12);
  const c2 = v128.load32_splat(POLY_WIDE, 16);
  const one = v128.load32_splat(POLY_WIDE, 20);
  const least = v128.load32_splat(LEAST_WIDE);
  const nothing = f32x4.splat(-Infinity);
  const max = f32x4.splat(<f32>reference);
  const step: usize = weights ? 32 : 0;
  let v = weights ? weights : ONES;
  let all = i32x4.splat(0x4b400000);
  let sums = f64x2.splat(0);
  let dots = f64x2.splat(0);
  let shares = f64x2.splat(0);
  let missing = i32x4.splat(0);
  let left = n;
  while (left > 0) {
    let groupSum = f32x4.splat(0);
    let groupDot = f32x4.splat(0);
    let groupShare = f32x4.splat(0);
    // Behind the end of a row, and behind its last whole pair of vectors, are missing classes.
    for (const end = left - min(32, left); left > end; left -= 8) {
      let x0 = v128.load(x);
      let x1 = v128.load(x, 16);
      if (left < 8) {
        const rest = v128.load(MASKS + (<usize>(left & 3) << 4));
        x0 = left >= 4 ? x0 : v128.bitselect(x0, nothing, rest);
        x1 = left > 4 ? v128.bitselect(x1, nothing, rest) : nothing;
      }
      const gone0 = f32x4.eq(x0, nothing);
      const d0 = f32x4.sub(x0, max);
      const near0 = f32x4.pmax(d0, least);
      const t0 = multiplyAdd(near0, log2e, magic);
      const e0 = power(near0, t0, magic, ln2, ln2Low, c6, c5, c4, c3, c2, one);
      const gone1 = f32x4.eq(x1, nothing);
      const d1 = f32x4.sub(x1, max);
      const near1 = f32x4.pmax(d1, least);
      const t1 = multiplyAdd(near1, log2e, magic);
      const e1 = power(near1, t1, magic, ln2, ln2Low, c6, c5, c4, c3, c2, one);
      all = v128.or(v128.or(all, t0), t1);
      // What a missing class adds here, 2^-100, is nothing beside the largest logit's 1.
      groupSum = f32x4.add(groupSum, f32x4.add(e0, e1));
      missing = i32x4.add(missing, i32x4.add(gone0, gone1));
      const v0 = v128.andnot(v128.load(v), gone0);
      const v1 = v128.andnot(v128.load(v + (step >> 1)), gone1);
      groupDot = f32x4.add(groupDot, multiplyAdd(v128.andnot(d0, gone0), v0, f32x4.mul(v128.andnot(d1, gone1), v1)));
      groupShare = f32x4.add(groupShare, f32x4.add(v0, v1));
      if (STORE) {
        // Too far below for an exponential: the distance itself, which is negative. −Infinity for a missing class.
        const far0 = f32x4.lt(d0, least);
        const far1 = f32x4.lt(d1, least);
        const stored0 = v128.or(v128.andnot(e0, far0), v128.and(d0, far0));
        const stored1 = v128.or(v128.andnot(e1, far1), v128.and(d1, far1));
        if (left >= 8) {
          v128.store(out, stored0);
          v128.store(out, stored1, 16);
        } else {
          if (left >= 4) v128.store(out, stored0);
          else storePart(out, stored0, left);
          if (left > 4) storePart(out + 16, stored1, left - 4);
        }
        out += 32;
      }
      x += 32;
      v += step;
    }
    sums = f64x2.add(sums, widen(groupSum));
    dots = f64x2.add(dots, widen(groupDot));
    shares = f64x2.add(shares, widen(groupShare));
  }
  const absent = (i32x4.extract_lane(missing, 0) + i32x4.extract_lane(missing, 1)) +
    (i32x4.extract_lane(missing, 2) + i32x4.extract_lane(missing, 3));
  blockPresent = <f64>(((n + 7) & ~7) + absent);
  blockSum = total(sums);
  blockDot = total(dots);
  blockWeight = total(shares);
  blockInRange = inRange(all);
}

function attemptBlock(x: usize, n: i32, out: usize, v: usize): void {
  if (out) attempt(x, n, out, v, true);
  else attempt(x, n, 0, v, false);
}

/** Makes the block's largest logit the reference if it is larger. NaN where the block holds NaN or +Infinity. */
function raiseReference(x: usize, n: i32): bool {
  const nothing = f32x4.splat(-Infinity);
  let largest = nothing;
  let bad = i32x4.splat(0);
  for (let left = n; left > 0; left -= 4, x += 16) {
    let xs = v128.load(x);
    if (left < 4) xs = v128.bitselect(xs, nothing, v128.load(MASKS + (<usize>left << 4)));
    largest = f32x4.pmax(largest, xs);
    bad = v128.or(bad, f32x4.ne(xs, xs));
  }
  const low = max(f32x4.extract_lane(largest, 0), f32x4.extract_lane(largest, 1));
  const max32 = max(low, max(f32x4.extract_lane(largest, 2), f32x4.extract_lane(largest, 3)));
  if (max32 == Infinity || v128.any_true(bad)) return false;
  const top = <f64>max32;
  // Without any logit before, even a smaller one than the 0 that stands there.
  if (top == -Infinity || (sum > 0 && top <= reference)) return true;
  setSums(sum > 0 ? sum * exp(reference - top) : 0, top, dot, present);
  return true;
}

/** Σ v·x in float64, for logits near the end of float32. */
function exactDot(x: usize, n: i32, v: usize): f64 {
  let result: f64 = 0;
  for (let i = 0; i < n; i++) {
    const value = load<f32>(x + (<usize>i << 2));
    if (value != -Infinity) result += <f64>value * (v ? <f64>load<f32>(v + (<usize>i << 2)) : 1);
  }
  return result;
}

/**
 * Adds one block to the sums. `out` 0: nothing is stored. Returns what the stored exponentials are relative to.
 *
 * Where x − reference is below −69, it is stored itself instead of its exponential.
 */
export function wideBlock(source: usize, n: i32, out: usize, v: usize): f32 {
  let x = source;
  if (out == source) {
    memory.copy(SAVED, source, <usize>n << 2);
    x = SAVED;
  }
  if (sum == 0 && !broken) setBroken(!raiseReference(x, n));
  attemptBlock(x, n, out, v);
  if (!blockInRange && !broken) {
    if (raiseReference(x, n)) attemptBlock(x, n, out, v);
    else setBroken(true);
  }
  const finite = abs(blockDot) < Infinity || broken;
  const d = finite ? blockDot + reference * blockWeight : exactDot(x, n, v);
  // A block of nothing but missing classes has only their 2^-100s.
  setSums(blockPresent > 0 ? sum + blockSum : sum, reference, dot + d, present + blockPresent);
  return <f32>reference;
}

/** Writes to SAVED what {@link wideBlock} stored for a block with this reference. */
export function storeAgain(x: usize, n: i32, reference: f32): void {
  setSums(0, reference, 0, 0);
  attemptBlock(x, n, SAVED, 0);
}
