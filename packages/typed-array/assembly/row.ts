// One row of any length: the fast loop until a block is out of range, then the other one, chunk by chunk.
import { BLOCK, CHUNK, SAVED } from './constants';
import { replaceUniform, storeProfile, storeUniform, sumProfile, sumUniform } from './fast';
import { dot, present, profile, reference, references, setBroken, setSums, setWide, sum, wide } from './state';
import { wideBlock } from './wide';

// @ts-ignore: decorator
@external('env', 'exp')
declare function exp(x: f64): f64;

function fastBlocks(x: usize, n: i32, out: usize, v: usize): i32 {
  if (out == 0) return v ? sumProfile(x, n, v) : sumUniform(x, n);
  if (v) return storeProfile(x, n, out, v);
  return out == x ? replaceUniform(x, n) : storeUniform(x, n, out);
}

/** The sums of one chunk. `first` is its first class. */
function chunk(x: usize, n: i32, out: usize, first: i32): void {
  const v = profile ? profile + (<usize>first << 2) : 0;
  setSums(0, 0, 0, 0);
  let done = fastBlocks(x, n, out, v);
  if (done == n) {
    setSums(sum, 0, dot, <f64>n);
    return;
  }
  setSums(sum, 0, dot, <f64>done);
  setWide(true);
  const inPlace = out == x;
  for (let block = first / BLOCK; block < (first + done) / BLOCK; block++) {
    store<f32>(references + (<usize>block << 2), 0);
  }
  for (let isFirst = true; done < n; done += BLOCK, isFirst = false) {
    const size = min(BLOCK, n - done);
    const at = <usize>done << 2;
    // The fast loop has overwritten the block that it failed at.
    if (isFirst && inPlace) memory.copy(x + at, SAVED, <usize>size << 2);
    const stored = wideBlock(x + at, size, out ? out + at : 0, v ? v + at : 0);
    store<f32>(references + (<usize>((first + done) / BLOCK) << 2), stored);
  }
}

/** Marks the blocks of chunks that were in the fast range, once another chunk is not. */
function markFast(first: i32, n: i32): void {
  for (let block = first / BLOCK; block * BLOCK < first + n; block++) {
    store<f32>(references + (<usize>block << 2), 0);
  }
}

/** Computes a row's sums; `out` 0: forward only, `out` = x: in place. Chunks are combined in index order. */
export function sumRow(x: usize, n: i32, out: usize): void {
  setBroken(false);
  setWide(false);
  let rowSum: f64 = 0;
  let rowReference: f64 = 0;
  let rowDot: f64 = 0;
  let rowPresent: f64 = 0;
  let anyWide = false;
  for (let first = 0; first < n; first += CHUNK) {
    const size = min(CHUNK, n - first);
    const at = <usize>first << 2;
    setWide(false);
    chunk(x + at, size, out ? out + at : 0, first);
    if (wide && !anyWide) markFast(0, first);
    else if (!wide && anyWide) markFast(first, size);
    anyWide = anyWide || wide;
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
  setWide(anyWide);
}
