// The loop that nearly every logit goes through: one load, one exp, and the sums of a block. e^x is relative to 0, so
// no maximum is needed first; whether all of a block was in range, |x| < 44, one OR tells afterwards.
import { AT_ONCE, BLOCK, COLUMNS, LOG2E, MAGIC_FAST, ONES, PARTS, POLY_FAST, SAVED } from './constants';
import { firstOf, inRange, loadLn2, loadLn2Low, multiplyAdd, power, storeFirst, total, widen } from './exp';

/** Σ e^x and Σ v·x of what a loop did. */
export let fastSum: f64 = 0;
export let fastDot: f64 = 0;

/** What {@link tail} adds to a block's sums, and to what proves its range. */
let tailSum: v128 = f32x4.splat(0);
let tailDot: v128 = f32x4.splat(0);
let tailRange: v128 = i32x4.splat(0);
let tailLow: v128 = f32x4.splat(0);

/** The last `n` logits of a row, fewer than 16. `profile` 0: none. */
function tail(x: usize, n: i32, profile: usize, out: usize, kept: usize): void {
  const log2e = v128.load32_splat(LOG2E);
  const magic = v128.load32_splat(MAGIC_FAST);
  const zero = f32x4.splat(0);
  const step: usize = profile ? 16 : 0;
  let v = profile ? profile : ONES;
  tailSum = zero;
  tailDot = zero;
  tailRange = zero;
  tailLow = zero;
  let at: usize = 0;
  for (let left = n; left > 0; left -= 4, at += 16, v += step) {
    // The lanes behind the row's end belong to others: a logit of 0 that is not counted.
    const xs = firstOf(v128.load(x + at), left, zero);
    const ts = multiplyAdd(xs, log2e, magic);
    const es = power(
      xs,
      ts,
      magic,
      loadLn2(),
      loadLn2Low(),
      v128.load32_splat(POLY_FAST),
      v128.load32_splat(POLY_FAST, 4),
      v128.load32_splat(POLY_FAST, 8),
      v128.load32_splat(POLY_FAST, 12),
      v128.load32_splat(POLY_FAST, 16),
      v128.load32_splat(POLY_FAST, 20),
    );
    tailRange = v128.or(tailRange, ts);
    tailLow = f32x4.pmin(tailLow, xs);
    tailSum = f32x4.add(tailSum, firstOf(es, left, zero));
    tailDot = multiplyAdd(xs, v128.load(v), tailDot);
    v128.store(kept + at, xs);
    storeFirst(out + at, es, left);
  }
}

/**
 * Forms the sums of whole blocks, and stores e^x; `out` 0: at COLUMNS, as one more loop would cost more bytes than such
 * stores cost time. Ends before the first block that is out of range; what it stored there is garbage, and where `KEEP` the
 * block's logits are at SAVED. Returns how many elements it did.
 */
// @ts-ignore: decorator
@inline
function span(x: usize, n: i32, out: usize, v: usize, KEEP: bool, PROFILE: bool): i32 {
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
  let sums = f64x2.splat(0);
  let dots = f64x2.splat(0);
  let done = 0;
  while (done < n) {
    const size = min(BLOCK, n - done);
    let all = f32x4.splat(0);
    let low = f32x4.splat(0);
    let blockSum = f32x4.splat(0);
    let blockDot = f32x4.splat(0);
    let kept = SAVED;
    let parts = PARTS;
    // What nobody asked for is overwritten by the next block's.
    let to = out ? out + (<usize>done << 2) : COLUMNS;
    let left = size;
    for (; left >= 16; left -= 16) {
      const x0 = v128.load(x);
      if (KEEP) v128.store(kept, x0);
      blockDot = PROFILE ? multiplyAdd(x0, v128.load(v), blockDot) : f32x4.add(blockDot, x0);
      if (PROFILE) low = f32x4.pmin(low, x0);
      const t0 = multiplyAdd(x0, log2e, magic);
      all = v128.or(all, t0);
      const e0 = power(x0, t0, magic, ln2, ln2Low, c6, c5, c4, c3, c2, one);
      if (AT_ONCE) v128.store(to, e0);
      const x1 = v128.load(x, 16);
      if (KEEP) v128.store(kept, x1, 16);
      blockDot = PROFILE ? multiplyAdd(x1, v128.load(v, 16), blockDot) : f32x4.add(blockDot, x1);
      if (PROFILE) low = f32x4.pmin(low, x1);
      const t1 = multiplyAdd(x1, log2e, magic);
      all = v128.or(all, t1);
      const e1 = power(x1, t1, magic, ln2, ln2Low, c6, c5, c4, c3, c2, one);
      // Sixteen at a time: what is small beside one of a block is not lost beside it one by one. They wait in memory, as
      // there are no more registers.
      let sum = f32x4.add(e0, e1);
      if (AT_ONCE) v128.store(to, e1, 16);
      const x2 = v128.load(x, 32);
      if (KEEP) v128.store(kept, x2, 32);
      blockDot = PROFILE ? multiplyAdd(x2, v128.load(v, 32), blockDot) : f32x4.add(blockDot, x2);
      if (PROFILE) low = f32x4.pmin(low, x2);
      const t2 = multiplyAdd(x2, log2e, magic);
      all = v128.or(all, t2);
      const e2 = power(x2, t2, magic, ln2, ln2Low, c6, c5, c4, c3, c2, one);
      sum = f32x4.add(sum, e2);
      if (AT_ONCE) v128.store(to, e2, 32);
      const x3 = v128.load(x, 48);
      if (KEEP) v128.store(kept, x3, 48);
      blockDot = PROFILE ? multiplyAdd(x3, v128.load(v, 48), blockDot) : f32x4.add(blockDot, x3);
      if (PROFILE) low = f32x4.pmin(low, x3);
      const t3 = multiplyAdd(x3, log2e, magic);
      all = v128.or(all, t3);
      const e3 = power(x3, t3, magic, ln2, ln2Low, c6, c5, c4, c3, c2, one);
      v128.store(parts, f32x4.add(sum, e3));
      if (AT_ONCE) v128.store(to, e3, 48);
      if (!AT_ONCE) {
        v128.store(to, e0);
        v128.store(to, e1, 16);
        v128.store(to, e2, 32);
        v128.store(to, e3, 48);
      }
      if (PROFILE) v += 64;
      if (KEEP) kept += 64;
      parts += 16;
      to += 64;
      x += 64;
    }
    for (let part = PARTS; part < parts; part += 16) blockSum = f32x4.add(blockSum, v128.load(part));
    if (left > 0) {
      tail(x, left, v, to, kept);
      all = v128.or(all, tailRange);
      low = f32x4.pmin(low, tailLow);
      blockSum = f32x4.add(blockSum, tailSum);
      blockDot = f32x4.add(blockDot, tailDot);
    }
    if (!inRange(all, PROFILE ? low : blockDot)) break;
    sums = f64x2.add(sums, widen(blockSum));
    dots = f64x2.add(dots, widen(blockDot));
    done += size;
  }
  fastSum = total(sums);
  fastDot = total(dots);
  return done;
}

export function storeUniform(x: usize, n: i32, out: usize): i32 {
  return span(x, n, out, 0, false, false);
}

export function replaceUniform(x: usize, n: i32): i32 {
  return span(x, n, x, 0, true, false);
}

/** In place or not, or forward only: beside a profile more stores cost little, and each loop of its own costs bytes. */
export function storeProfile(x: usize, n: i32, out: usize, v: usize): i32 {
  return span(x, n, out, v, true, true);
}
