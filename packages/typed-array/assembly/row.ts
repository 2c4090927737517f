// One row of any length: the fast loop until a block is out of range, then the other one, chunk by chunk.
import { BLOCK, CHUNK, SAVED } from './constants';
import { total, widen } from './exp';
import { fastDot, fastSum, replaceUniform, storeProfile, storeUniform, sumUniform } from './fast';
import { log } from './log';
import {
  dot,
  present,
  profile,
  reference,
  referenceOf,
  setBroken,
  setReference,
  setSums,
  setWide,
  sum,
  wide,
} from './state';
import { wideBlock } from './wide';

// @ts-ignore: decorator
@external('env', 'exp')
declare function exp(x: f64): f64;

/** Logits at the head of a chunk that are looked at before the fast loop is tried. */
const HEAD: i32 = 32;
/** Up to here the row's blocks have an entry in `references`. */
let marked: i32 = 0;

function fastBlocks(x: usize, n: i32, out: usize, v: usize): i32 {
  if (v) return storeProfile(x, n, out, v);
  if (out == 0) return sumUniform(x, n);
  return out == x ? replaceUniform(x, n) : storeUniform(x, n, out);
}

/** Whether a chunk is worth a try of the fast loop: most that are not tell so at once. */
function headInRange(x: usize): bool {
  let most = f32x4.splat(0);
  for (let at = x; at < x + 4 * HEAD; at += 32) {
    most = f32x4.pmax(most, f32x4.pmax(f32x4.abs(v128.load(at)), f32x4.abs(v128.load(at, 16))));
  }
  return v128.any_true(f32x4.gt(most, f32x4.splat(44))) == false;
}

/** Notes that the blocks up to class `end` are in the fast range. */
function markFast(end: i32): void {
  for (; marked < end; marked += BLOCK) setReference(marked, NaN);
}

/** The sums of one chunk. `first` is its first class. */
function chunk(x: usize, n: i32, out: usize, first: i32): void {
  const v = profile ? profile + (<usize>first << 2) : 0;
  const tried = n < HEAD || headInRange(x);
  let done = tried ? fastBlocks(x, n, out, v) : 0;
  if (done == n) {
    setSums(fastSum, 0, fastDot, <f64>n);
    return;
  }
  setWide(true);
  markFast(first + done);
  // What is far below the sum so far is far below the row's.
  if (done > 0) {
    const start = <f32>log(fastSum);
    setSums(fastSum * exp(-start), start, fastDot, <f64>done);
  } else {
    setSums(0, -Infinity, 0, 0);
  }
  // The fast loop has overwritten the block that it failed at.
  let from = tried && out == x ? SAVED : x + (<usize>done << 2);
  for (; done < n; done += BLOCK) {
    const at = <usize>done << 2;
    setReference(first + done, wideBlock(from, min(BLOCK, n - done), out ? out + at : 0, v ? v + at : 0));
    from = x + at + 4 * BLOCK;
  }
  marked = first + n;
}

/** Computes a row's sums; `out` 0: forward only, `out` = x: in place. Chunks are combined in index order. */
export function sumRow(x: usize, n: i32, out: usize): void {
  setBroken(false);
  setWide(false);
  marked = 0;
  let rowSum: f64 = 0;
  let rowReference: f64 = 0;
  let rowDot: f64 = 0;
  let rowPresent: f64 = 0;
  for (let first = 0; first < n; first += CHUNK) {
    const at = <usize>first << 2;
    chunk(x + at, min(CHUNK, n - first), out ? out + at : 0, first);
    if (sum == 0) {
      // Nothing but missing classes.
    } else if (rowSum == 0 || reference == rowReference) {
      rowSum += sum;
      rowReference = reference;
    } else if (reference > rowReference) {
      rowSum = rowSum * exp(rowReference - reference) + sum;
      rowReference = reference;
    } else {
      rowSum += sum * exp(reference - rowReference);
    }
    rowDot += dot;
    rowPresent += present;
  }
  setSums(rowSum, rowReference, rowDot, rowPresent);
  if (wide) markFast(n);
}

/** Σ v over the classes that are there: by the row's logits, or by what was stored of them. */
export function presentSpread(at: usize, n: i32): f64 {
  if (!profile) return present;
  const nothing = f32x4.splat(-Infinity);
  let result = f64x2.splat(0);
  // Zeros are behind the profile's end.
  for (let i: usize = 0; i < <usize>n << 2; i += 16) {
    result = f64x2.add(result, widen(v128.andnot(v128.load(profile + i), f32x4.eq(v128.load(at + i), nothing))));
  }
  return total(result);
}
