// Blocks outside the fast range: logits beyond ±44, −Infinity (classes that do not exist), NaN. A first pass finds what
// needs no exponential; those of the second are relative to the largest logit so far.
import { AT_ONCE, COLUMNS, LEAST_WIDE, LOG2E, MAGIC_WIDE, POLY_WIDE, REST, SAVED } from './constants';
import { firstOf, largestOf, loadLn2, loadLn2Low, multiplyAdd, power, storeFirst, total, widen } from './exp';
import { dot, present, reference, setBroken, setSums, sum } from './state';

// @ts-ignore: decorator
@external('env', 'exp')
declare function exp(x: f64): f64;

/** Largest finite float32, negated. */
const FAREST: f32 = -f32.MAX_VALUE;

let blockTop: f32 = 0;
let blockDot: f64 = 0;
let blockPresent: i32 = 0;

/**
 * Copies a block to SAVED, with missing classes behind its end up to four whole vectors; its largest logit (or a smaller
 * one where there is a NaN), Σ x, and how many are not −Infinity.
 */
function gather(from: usize, n: i32): void {
  const nothing = f32x4.splat(-Infinity);
  const end = (n + 15) & ~15;
  let x = from;
  let to = SAVED;
  let most = nothing;
  let dots = f32x4.splat(0);
  let absent = i32x4.splat(0);
  for (let left = n; left > n - end; left -= 8) {
    let a = v128.load(x);
    let b = v128.load(x, 16);
    if (left < 8) {
      a = firstOf(a, left, nothing);
      b = firstOf(b, left - 4, nothing);
    }
    v128.store(to, a);
    v128.store(to, b, 16);
    most = f32x4.pmax(most, f32x4.pmax(a, b));
    const goneA = i32x4.eq(a, nothing);
    const goneB = i32x4.eq(b, nothing);
    absent = i32x4.add(absent, i32x4.add(goneA, goneB));
    dots = f32x4.add(dots, f32x4.add(v128.andnot(a, goneA), v128.andnot(b, goneB)));
    x += 32;
    to += 32;
  }
  blockTop = largestOf(most);
  blockDot = total(widen(dots));
  const pairs = i32x4.add(absent, v128.shuffle<f32>(absent, absent, 2, 3, 0, 1));
  blockPresent = end + i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1);
}

/** Σ v·x of the block at SAVED. */
function profileDot(n: i32, v: usize): f64 {
  const nothing = f32x4.splat(-Infinity);
  let dots = f64x2.splat(0);
  for (let at: usize = 0; at < <usize>n << 2; at += 16) {
    const x = v128.load(SAVED + at);
    // In float64 at once: one sum in float32 for many alike drifts.
    dots = f64x2.add(dots, widen(f32x4.mul(v128.andnot(x, f32x4.eq(x, nothing)), v128.load(v + at))));
  }
  return total(dots);
}

/**
 * Σ e^{x − top} of the block at SAVED, where no logit is above `top`. What a class adds that is missing or far below,
 * 2^-100, is nothing beside the 1 of the largest.
 *
 * Stores e^{x − top}; for a class too far below, how much too far, which is negative: −Infinity for a missing one.
 */
// @ts-ignore: decorator
@inline
function exponentials(n: i32, top: f32, out: usize, STORE: bool): f64 {
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
  const max = f32x4.splat(top);
  let sums = f32x4.splat(0);
  let x = SAVED;
  let to = out;
  for (let left = n; left > 0; left -= 16) {
    // A part of four vectors may not be written where it goes.
    if (STORE && left < 16) to = REST;
    const d0 = f32x4.sub(v128.load(x), max);
    const near0 = f32x4.pmax(d0, least);
    const t0 = multiplyAdd(near0, log2e, magic);
    const e0 = power(near0, t0, magic, ln2, ln2Low, c6, c5, c4, c3, c2, one);
    if (STORE && AT_ONCE) v128.store(to, f32x4.add(e0, f32x4.sub(d0, near0)));
    const d1 = f32x4.sub(v128.load(x, 16), max);
    const near1 = f32x4.pmax(d1, least);
    const t1 = multiplyAdd(near1, log2e, magic);
    const e1 = power(near1, t1, magic, ln2, ln2Low, c6, c5, c4, c3, c2, one);
    if (STORE && AT_ONCE) v128.store(to, f32x4.add(e1, f32x4.sub(d1, near1)), 16);
    const low = f32x4.add(e0, e1);
    const d2 = f32x4.sub(v128.load(x, 32), max);
    const near2 = f32x4.pmax(d2, least);
    const t2 = multiplyAdd(near2, log2e, magic);
    const e2 = power(near2, t2, magic, ln2, ln2Low, c6, c5, c4, c3, c2, one);
    if (STORE && AT_ONCE) v128.store(to, f32x4.add(e2, f32x4.sub(d2, near2)), 32);
    const d3 = f32x4.sub(v128.load(x, 48), max);
    const near3 = f32x4.pmax(d3, least);
    const t3 = multiplyAdd(near3, log2e, magic);
    const e3 = power(near3, t3, magic, ln2, ln2Low, c6, c5, c4, c3, c2, one);
    if (STORE && AT_ONCE) v128.store(to, f32x4.add(e3, f32x4.sub(d3, near3)), 48);
    sums = f32x4.add(sums, f32x4.add(low, f32x4.add(e2, e3)));
    if (STORE && !AT_ONCE) {
      v128.store(to, f32x4.add(e0, f32x4.sub(d0, near0)));
      v128.store(to, f32x4.add(e1, f32x4.sub(d1, near1)), 16);
      v128.store(to, f32x4.add(e2, f32x4.sub(d2, near2)), 32);
      v128.store(to, f32x4.add(e3, f32x4.sub(d3, near3)), 48);
    }
    if (STORE) to += 64;
    x += 64;
  }
  if (STORE) {
    for (let i = n & ~15; i < n; i++) store<f32>(out + (<usize>i << 2), load<f32>(REST + (<usize>(i & 15) << 2)));
  }
  return total(widen(sums));
}

function storeBlock(n: i32, top: f32, out: usize): f64 {
  return exponentials(n, top, out, true);
}

/** Near the end of float32: Σ v·x in float64, distances that are too large, and whether a NaN or +Infinity is there. */
function repair(n: i32, out: usize, v: usize): void {
  blockDot = 0;
  for (let at: usize = 0; at < <usize>n << 2; at += 4) {
    const x = load<f32>(SAVED + at);
    if (x == -Infinity) continue;
    blockDot += <f64>x * (v ? <f64>load<f32>(v + at) : 1);
    if (out && load<f32>(out + at) == -Infinity) store<f32>(out + at, FAREST);
    if (!(x < Infinity)) setBroken(true);
  }
}

/** Adds one block to the sums. `out` 0: nothing is stored. Returns what the stored exponentials are relative to. */
export function wideBlock(x: usize, n: i32, out: usize, v: usize): f32 {
  gather(x, n);
  if (v) blockDot = profileDot(n, v);
  const top = <f64>blockTop;
  if (top > reference) setSums(sum > 0 ? sum * exp(reference - top) : 0, top, dot, present);
  const start = <f32>max(reference, <f64>FAREST);
  const blockSum = out ? storeBlock(n, start, out) : exponentials(n, start, 0, false);
  if (!(abs(blockDot) < Infinity && start < 1e38)) repair(n, out, v);
  if (blockPresent > 0) setSums(sum + blockSum, reference, dot + blockDot, present + blockPresent);
  return start;
}

/** Writes to COLUMNS what {@link wideBlock} stores, or would, for a block with this reference. */
export function storeAgain(x: usize, n: i32, top: f32): void {
  gather(x, n);
  storeBlock(n, top, COLUMNS);
}
