// One row of any length: the fast loop up to the first block that is out of range, then the other one.
import { BLOCK, SAVED } from './constants';
import { total, widen } from './exp';
import { fastDot, fastSum, replaceUniform, storeProfile, storeUniform } from './fast';
import { dot, present, profile, reference, setBroken, setSums, setWide, sum } from './state';
import { sumWide } from './wide';

// @ts-ignore: decorator
@external('env', 'exp')
declare function exp(x: f64): f64;

/** Logits at the head of a row that are looked at before the fast loop is tried. */
const HEAD: i32 = 32;

function fastBlocks(x: usize, n: i32, out: usize, v: usize): i32 {
  if (v) return storeProfile(x, n, out, v);
  return out == x ? replaceUniform(x, n) : storeUniform(x, n, out);
}

/** Whether a row is worth a try of the fast loop: most that are not tell so at once. */
function headInRange(x: usize): bool {
  let most = f32x4.splat(0);
  for (let at = x; at < x + 4 * HEAD; at += 32) {
    most = f32x4.pmax(most, f32x4.pmax(f32x4.abs(v128.load(at)), f32x4.abs(v128.load(at, 16))));
  }
  return v128.any_true(f32x4.gt(most, f32x4.splat(44))) == false;
}

/** Computes a row's sums; `out` 0: forward only, `out` = x: in place. */
export function sumRow(x: usize, n: i32, out: usize): void {
  setBroken(false);
  const tried = n < HEAD || headInRange(x);
  const done = tried ? fastBlocks(x, n, out, profile) : 0;
  if (done == n) {
    setWide(false, n, 0);
    setSums(fastSum, 0, fastDot, <f64>n);
    return;
  }
  const at = <usize>done << 2;
  // The fast loop has overwritten the block that it failed at.
  if (tried && out == x) memory.copy(x + at, SAVED, 4 * min(BLOCK, n - done));
  setWide(true, done, sumWide(x + at, n - done, out ? out + at : 0, profile ? profile + at : 0));
  if (done > 0) addFast(<f64>done);
}

/** Adds what the fast loop did to the sums. */
function addFast(done: f64): void {
  const isAbove = sum > 0 && reference > 0;
  const start = isAbove ? reference : 0;
  setSums(sum * exp(reference - start) + fastSum * exp(-start), start, dot + fastDot, present + done);
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
