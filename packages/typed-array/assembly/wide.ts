// Blocks outside the fast range: logits beyond ±44, −Infinity (classes that do not exist), NaN. Exponentials are relative
// to the largest logit seen so far, so the block is done again only where one much larger comes.
import { LEAST_WIDE, LOG2E, MAGIC_WIDE, MASKS, POLY_WIDE, SAVED } from './constants';
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
function attempt(x: usize, n: i32, out: usize, v: usize, PROFILE: bool): void {
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
  let all = i32x4.splat(0x4b400000);
  let sums = f64x2.splat(0);
  let dots = f64x2.splat(0);
  let weights = f64x2.splat(0);
  let missing = i32x4.splat(0);
  let left = n;
  while (left > 0) {
    let groupSum = f32x4.splat(0);
    let groupDot = f32x4.splat(0);
    let groupWeight = f32x4.splat(0);
    const size = min(32, left);
    for (let end = left - size; left > end; left -= 4) {
      let xs = v128.load(x);
      if (left < 4) xs = v128.bitselect(xs, nothing, v128.load(MASKS + (<usize>left << 4)));
      const gone = f32x4.eq(xs, nothing);
      const d = f32x4.sub(xs, max);
      const near = f32x4.pmax(d, least);
      const ts = multiplyAdd(near, log2e, magic);
      const es = power(near, ts, magic, ln2, ln2Low, c6, c5, c4, c3, c2, one);
      const distance = v128.andnot(d, gone);
      all = v128.or(all, ts);
      // What a missing class adds here, 2^-100, is nothing beside the largest logit's 1.
      groupSum = f32x4.add(groupSum, es);
      missing = i32x4.sub(missing, gone);
      if (PROFILE) {
        const vs = v128.andnot(v128.load(v), gone);
        groupDot = multiplyAdd(distance, vs, groupDot);
        groupWeight = f32x4.add(groupWeight, vs);
        v += 16;
      } else {
        groupDot = f32x4.add(groupDot, distance);
      }
      if (out) {
        // Too far below for an exponential: the distance itself, which is negative. −Infinity for a missing class.
        const stored = v128.bitselect(d, es, f32x4.lt(d, least));
        if (left >= 4) v128.store(out, stored);
        else storePart(out, stored, left);
        out += 16;
      }
      x += 16;
    }
    sums = f64x2.add(sums, widen(groupSum));
    dots = f64x2.add(dots, widen(groupDot));
    if (PROFILE) weights = f64x2.add(weights, widen(groupWeight));
  }
  const absent = (i32x4.extract_lane(missing, 0) + i32x4.extract_lane(missing, 1)) +
    (i32x4.extract_lane(missing, 2) + i32x4.extract_lane(missing, 3));
  blockPresent = <f64>(((n + 3) & ~3) - absent);
  blockSum = total(sums);
  blockDot = total(dots);
  blockWeight = PROFILE ? total(weights) : blockPresent;
  blockInRange = inRange(all);
}

function attemptBlock(x: usize, n: i32, out: usize, v: usize): void {
  if (v) attempt(x, n, out, v, true);
  else attempt(x, n, out, 0, false);
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
  attempt(x, n, SAVED, 0, false);
}
