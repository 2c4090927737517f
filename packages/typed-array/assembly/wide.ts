// Classes outside the fast range: logits beyond ±44, −Infinity (classes that do not exist), NaN. A first pass finds what
// needs no exponential; those of the second are relative to the largest logit.
import { AT_ONCE, BLOCK, COLUMNS, LEAST_WIDE, LOG2E, MAGIC_WIDE, POLY_WIDE, REST } from './constants';
import { firstOf, largestOf, loadLn2, loadLn2Low, multiplyAdd, power, total, widen } from './exp';
import { exact, setBroken, setSums, zLoss } from './state';

// @ts-ignore: decorator
@external('env', 'exp')
declare function exp(x: f64): f64;

/** Largest finite float32, negated. */
const FAREST: f32 = -f32.MAX_VALUE;

let top: f32 = 0;
let dot: f64 = 0;
let present: i32 = 0;
/** Whether the exponentials of the last row tell which classes are missing, and how far below `top` others are. */
export let isMarked: bool = false;

/** Sets {@link top} (to a smaller one where there is a NaN), Σ x and how many are not −Infinity. */
function look(x: usize, n: i32): void {
  const nothing = f32x4.splat(-Infinity);
  let most = nothing;
  let absent = i32x4.splat(0);
  let dots = f64x2.splat(0);
  for (let at = x, left = n; left > 0; left -= 16, at += 64) {
    let a = v128.load(at);
    let b = v128.load(at, 16);
    let c = v128.load(at, 32);
    let d = v128.load(at, 48);
    if (left < 16) {
      a = firstOf(a, left, nothing);
      b = firstOf(b, left - 4, nothing);
      c = firstOf(c, left - 8, nothing);
      d = firstOf(d, left - 12, nothing);
    }
    most = f32x4.pmax(most, f32x4.pmax(f32x4.pmax(a, b), f32x4.pmax(c, d)));
    const goneA = i32x4.eq(a, nothing);
    const goneB = i32x4.eq(b, nothing);
    const goneC = i32x4.eq(c, nothing);
    const goneD = i32x4.eq(d, nothing);
    absent = i32x4.add(absent, i32x4.add(i32x4.add(goneA, goneB), i32x4.add(goneC, goneD)));
    const ab = f32x4.add(v128.andnot(a, goneA), v128.andnot(b, goneB));
    const cd = f32x4.add(v128.andnot(c, goneC), v128.andnot(d, goneD));
    // One sum in float32 for many would drift beside one that is far away.
    dots = f64x2.add(dots, widen(f32x4.add(ab, cd)));
  }
  top = max(largestOf(most), FAREST);
  dot = total(dots);
  const pairs = i32x4.add(absent, v128.shuffle<f32>(absent, absent, 2, 3, 0, 1));
  present = ((n + 15) & ~15) + i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1);
}

/** Σ v·x. */
function profileDot(x: usize, n: i32, v: usize): f64 {
  const nothing = f32x4.splat(-Infinity);
  let dots = f64x2.splat(0);
  for (let at: usize = 0, left = n; left > 0; left -= 4, at += 16) {
    const xs = firstOf(v128.load(x + at), left, nothing);
    // In float64 at once: one sum in float32 for many alike drifts.
    dots = f64x2.add(dots, widen(f32x4.mul(v128.andnot(xs, f32x4.eq(xs, nothing)), v128.load(v + at))));
  }
  return total(dots);
}

/**
 * Stores e^{x − top} of n logits, a multiple of 16, of which none is above `top`, and returns their sum; `out` 0: stores
 * them block after block at COLUMNS. What a class adds that is missing or far below, 2^-100, is nothing beside the 1 of
 * the largest; where `MARKED`, how much too far below it is, which is negative, is stored instead: −Infinity for a
 * missing one.
 */
// @ts-ignore: decorator
@inline
function exponentials(from: usize, n: i32, out: usize, MARKED: bool): f64 {
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
  const most = f32x4.splat(top);
  let sums = f64x2.splat(0);
  let x = from;
  let to = out;
  for (let left = n; left > 0; ) {
    const end = max(0, left - BLOCK);
    let blockSum = f32x4.splat(0);
    if (!out) to = COLUMNS;
    for (; left > end; left -= 16) {
      const d0 = f32x4.sub(v128.load(x), most);
      const near0 = f32x4.pmax(d0, least);
      const t0 = multiplyAdd(near0, log2e, magic);
      const e0 = power(near0, t0, magic, ln2, ln2Low, c6, c5, c4, c3, c2, one);
      const s0 = MARKED ? f32x4.add(e0, f32x4.sub(d0, near0)) : e0;
      if (AT_ONCE) v128.store(to, s0);
      const d1 = f32x4.sub(v128.load(x, 16), most);
      const near1 = f32x4.pmax(d1, least);
      const t1 = multiplyAdd(near1, log2e, magic);
      const e1 = power(near1, t1, magic, ln2, ln2Low, c6, c5, c4, c3, c2, one);
      // Sixteen at a time: what is small beside one of a block is not lost beside it one by one.
      let sum = f32x4.add(e0, e1);
      const s1 = MARKED ? f32x4.add(e1, f32x4.sub(d1, near1)) : e1;
      if (AT_ONCE) v128.store(to, s1, 16);
      const d2 = f32x4.sub(v128.load(x, 32), most);
      const near2 = f32x4.pmax(d2, least);
      const t2 = multiplyAdd(near2, log2e, magic);
      const e2 = power(near2, t2, magic, ln2, ln2Low, c6, c5, c4, c3, c2, one);
      sum = f32x4.add(sum, e2);
      const s2 = MARKED ? f32x4.add(e2, f32x4.sub(d2, near2)) : e2;
      if (AT_ONCE) v128.store(to, s2, 32);
      const d3 = f32x4.sub(v128.load(x, 48), most);
      const near3 = f32x4.pmax(d3, least);
      const t3 = multiplyAdd(near3, log2e, magic);
      const e3 = power(near3, t3, magic, ln2, ln2Low, c6, c5, c4, c3, c2, one);
      blockSum = f32x4.add(blockSum, f32x4.add(sum, e3));
      const s3 = MARKED ? f32x4.add(e3, f32x4.sub(d3, near3)) : e3;
      if (!AT_ONCE) {
        v128.store(to, s0);
        v128.store(to, s1, 16);
        v128.store(to, s2, 32);
      }
      v128.store(to, s3, 48);
      x += 64;
      to += 64;
    }
    sums = f64x2.add(sums, widen(blockSum));
  }
  return total(sums);
}

function whole(x: usize, n: i32, out: usize): f64 {
  return isMarked ? exponentials(x, n, out, true) : exponentials(x, n, out, false);
}

/** The same for any n. */
function storeAll(x: usize, n: i32, out: usize): f64 {
  const end = n & ~15;
  let result = whole(x, end, out);
  if (end == n) return result;
  // The last ones in a room of their own, with missing classes behind them.
  for (let i = 0; i < 16; i++) {
    store<f32>(REST + (<usize>i << 2), end + i < n ? load<f32>(x + (<usize>(end + i) << 2)) : -Infinity);
  }
  result += whole(REST, 16, REST);
  memory.copy(out ? out + (<usize>end << 2) : COLUMNS + (<usize>(end % BLOCK) << 2), REST, <usize>(n - end) << 2);
  return result;
}

/** Near the end of float32, or where there is a NaN or +Infinity: Σ v·x in float64, one after another. */
function storeRare(x: usize, n: i32, out: usize, v: usize): f64 {
  const least = <f64>load<f32>(LEAST_WIDE);
  let result: f64 = 0;
  dot = 0;
  for (let at: usize = 0; at < <usize>n << 2; at += 4) {
    const own = load<f32>(x + at);
    let stored = own;
    if (own != -Infinity) {
      dot += <f64>own * (v ? <f64>load<f32>(v + at) : 1);
      if (!(own < Infinity)) setBroken(true);
      const distance = <f64>own - <f64>top;
      const e = exp(distance);
      result += e;
      stored = <f32>(distance < least ? max(distance - least, <f64>FAREST) : e);
    }
    if (out) store<f32>(out + at, stored);
  }
  return result;
}

/** Sets the sums of `n` logits, relative to the largest. `out` 0: forward only. Returns that. */
export function sumWide(x: usize, n: i32, out: usize, v: usize): f32 {
  look(x, n);
  const isRare = !(abs(dot) < Infinity && top < 1e38);
  isMarked = isRare || exact || zLoss != 0 || present < n;
  if (v && !isRare) dot = profileDot(x, n, v);
  const result = isRare ? storeRare(x, n, out, v) : storeAll(x, n, out);
  setSums(present > 0 ? result : 0, top, dot, present);
  return top;
}

/** Writes to COLUMNS what {@link sumWide} stores, or would, of a block. */
export function storeAgain(x: usize, n: i32): void {
  storeAll(x, n, 0);
}
