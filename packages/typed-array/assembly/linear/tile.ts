// A tile: the products of four lines on the left and eight on the right, as 32 sums in float64, line by line of the left.
import { multiplyAdd, storeFirst } from '../exp';

/** Terms whose sum stays in float32. */
const BLOCK: i32 = 64;
/** Bytes of a tile. */
export const TILE: i32 = 256;

/**
 * Adds products to a tile. The left's lines are `step` bytes apart, their terms side by side; the right's eight lines
 * alternate, term by term.
 */
export function addProducts(left: usize, step: usize, right: usize, depth: i32, tile: usize): void {
  for (; depth > 0; depth -= BLOCK) {
    addBlock(left, step, right, min(depth, BLOCK), tile);
    left += 4 * BLOCK;
    right += 32 * BLOCK;
  }
}

function addBlock(left: usize, step: usize, right: usize, depth: i32, tile: usize): void {
  let a0 = left;
  let a1 = a0 + step;
  let a2 = a1 + step;
  let a3 = a2 + step;
  let s00 = f32x4.splat(0);
  let s01 = s00;
  let s10 = s00;
  let s11 = s00;
  let s20 = s00;
  let s21 = s00;
  let s30 = s00;
  let s31 = s00;
  for (const end = right + (<usize>depth << 5); right < end; right += 32) {
    const b0 = v128.load(right);
    const b1 = v128.load(right, 16);
    const c0 = v128.load32_splat(a0);
    s00 = multiplyAdd(c0, b0, s00);
    s01 = multiplyAdd(c0, b1, s01);
    const c1 = v128.load32_splat(a1);
    s10 = multiplyAdd(c1, b0, s10);
    s11 = multiplyAdd(c1, b1, s11);
    const c2 = v128.load32_splat(a2);
    s20 = multiplyAdd(c2, b0, s20);
    s21 = multiplyAdd(c2, b1, s21);
    const c3 = v128.load32_splat(a3);
    s30 = multiplyAdd(c3, b0, s30);
    s31 = multiplyAdd(c3, b1, s31);
    a0 += 4;
    a1 += 4;
    a2 += 4;
    a3 += 4;
  }
  addFour(tile, s00);
  addFour(tile + 32, s01);
  addFour(tile + 64, s10);
  addFour(tile + 96, s11);
  addFour(tile + 128, s20);
  addFour(tile + 160, s21);
  addFour(tile + 192, s30);
  addFour(tile + 224, s31);
}

/** Adds four float32 to four float64. */
// @ts-ignore: decorator
@inline
export function addFour(sums: usize, four: v128): void {
  const high = v128.shuffle<f32>(four, four, 2, 3, 2, 3);
  v128.store(sums, f64x2.add(v128.load(sums), f64x2.promote_low_f32x4(four)));
  v128.store(sums, f64x2.add(v128.load(sums, 16), f64x2.promote_low_f32x4(high)), 16);
}

/** Sets a tile to the first `columns` of eight numbers of four lines that are `step` bytes apart. */
export function loadTile(tile: usize, from: usize, step: usize): void {
  memory.fill(tile, 0, TILE);
  for (const end = tile + TILE; tile < end; tile += 64, from += step) {
    addFour(tile, v128.load(from));
    addFour(tile + 32, v128.load(from, 16));
  }
}

/** Rounds a tile to four lines of float32 that are `step` bytes apart, and of which `columns` numbers are there. */
export function storeTile(tile: usize, to: usize, step: usize, columns: i32): void {
  for (const end = tile + TILE; tile < end; tile += 64, to += step) {
    storeFirst(to, round(tile), columns);
    storeFirst(to + 16, round(tile + 32), columns - 4);
  }
}

/** The same, with the tile's lines as columns: `rows` of eight, and `columns` of four. */
export function storeTransposed(tile: usize, to: usize, step: usize, rows: i32, columns: i32): void {
  for (let row = 0; row < rows; row += 2, tile += 16) {
    const first = pair(tile, tile + 64);
    const second = pair(tile + 128, tile + 192);
    storeFirst(to, v128.shuffle<f32>(first, second, 0, 1, 4, 5), columns);
    to += step;
    if (row + 1 < rows) storeFirst(to, v128.shuffle<f32>(first, second, 2, 3, 6, 7), columns);
    to += step;
  }
}

/** Four float64 in float32. */
// @ts-ignore: decorator
@inline
function round(sums: usize): v128 {
  const low = f32x4.demote_f64x2_zero(v128.load(sums));
  return v128.shuffle<f32>(low, f32x4.demote_f64x2_zero(v128.load(sums, 16)), 0, 1, 4, 5);
}

/** Two float64 here and two there in float32, by turns. */
// @ts-ignore: decorator
@inline
function pair(one: usize, other: usize): v128 {
  const a = f32x4.demote_f64x2_zero(v128.load(one));
  return v128.shuffle<f32>(a, f32x4.demote_f64x2_zero(v128.load(other)), 0, 4, 1, 5);
}
