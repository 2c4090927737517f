// The three matrix products of a linear head, for a panel of classes at a time. Matrices are float32 and row-major;
// pointers are byte offsets into the one memory that this instance has, steps are in bytes. A tile is written to where
// its matrix has room for whole tiles.
import { addFour, addProducts, loadTile, storeTile, storeTransposed, TILE } from './tile';

export { packColumns, packRows, transpose } from './pack';

/** Logits of some classes: [rows, classes] = x·weightᵀ + bias; x in panels of eight rows, bias 0 for none. */
export function score(
  x: usize,
  rows: i32,
  features: i32,
  weight: usize,
  bias: usize,
  classes: i32,
  logits: usize,
  step: usize,
  tile: usize,
): void {
  const weightStep = (<usize>features) << 2;
  for (let row = 0; row < rows; row += 8, x += 8 * weightStep, logits += 8 * step) {
    let w = weight;
    for (let k = 0; k < classes; k += 4, w += 4 * weightStep) {
      const offset = (<usize>k) << 2;
      memory.fill(tile, 0, TILE);
      if (bias) addBias(bias + offset, tile);
      addProducts(w, weightStep, x, features, tile);
      storeTransposed(tile, logits + offset, step, min(8, rows - row), classes - k);
    }
  }
}

/** Adds four numbers to a tile's lines. */
function addBias(bias: usize, tile: usize): void {
  for (const end = tile + TILE; tile < end; tile += 64, bias += 4) {
    const value = v128.load32_splat(bias);
    addFour(tile, value);
    addFour(tile + 32, value);
  }
}

/** Of some classes: dWeight += gᵀ·x; g transposed, x in panels of eight columns. */
export function addWeightGradient(
  g: usize,
  step: usize,
  rows: i32,
  classes: i32,
  x: usize,
  features: i32,
  dWeight: usize,
  tile: usize,
): void {
  const weightStep = (<usize>features) << 2;
  for (let j = 0; j < features; j += 8, x += (<usize>rows) << 5, dWeight += 32) {
    let to = dWeight;
    let line = g;
    for (let k = 0; k < classes; k += 4, to += 4 * weightStep, line += 4 * step) {
      loadTile(tile, to, weightStep);
      addProducts(line, step, x, rows, tile);
      storeTile(tile, to, weightStep, features - j);
    }
  }
}

/** Adds g·weight of some classes to the tiles of dx; weight in panels of eight columns. */
export function addInputGradient(
  g: usize,
  step: usize,
  rows: i32,
  classes: i32,
  weight: usize,
  features: i32,
  tiles: usize,
): void {
  for (let row = 0; row < rows; row += 4, g += 4 * step) {
    let w = weight;
    for (let j = 0; j < features; j += 8, w += (<usize>classes) << 5, tiles += TILE) {
      addProducts(g, step, w, classes, tiles);
    }
  }
}

/** Rounds the tiles of dx to [rows, features]. */
export function storeInputGradient(tiles: usize, rows: i32, features: i32, dx: usize): void {
  const step = (<usize>features) << 2;
  for (let row = 0; row < rows; row += 4, dx += 4 * step) {
    for (let j = 0; j < features; j += 8, tiles += TILE) {
      storeTile(tiles, dx + ((<usize>j) << 2), step, features - j);
    }
  }
}

/** dBias += Σ_rows g, in float64. */
export function addBiasGradient(g: usize, rows: i32, classes: i32, dBias: usize): void {
  for (let row = 0; row < rows; row++) {
    let k = 0;
    for (; k + 4 <= classes; k += 4, g += 16) addFour(dBias + ((<usize>k) << 3), v128.load(g));
    for (; k < classes; k++, g += 4) {
      const at = dBias + ((<usize>k) << 3);
      store<f64>(at, load<f64>(at) + load<f32>(g));
    }
  }
}
