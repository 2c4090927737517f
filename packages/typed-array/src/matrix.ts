import type { LogitsArray } from '@label-smoothing/core';

// Matrix products for the linear head: four rows by four columns at a time, in float64, from copies of both factors in
// which the loop's next numbers lie next to each other. Whatever the sizes, the copies take less than 1.1 MB.

/** Entry (row, column) is `data[row·rowStep + column·columnStep]`. */
export interface Matrix {
  readonly data: LogitsArray;
  readonly rowStep: number;
  readonly columnStep: number;
}

/** The shape of a product: [rows, inner] times [inner, columns]. */
export interface ProductShape {
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
}

/** Sizes of a block of the left factor, which stays in the second-level cache. */
const mostRows = 128;
const mostInner = 1024;

interface Scratch {
  readonly left: Float64Array;
  readonly right: Float64Array;
  readonly tile: Float64Array;
}

let scratch: Scratch | null = null;

/** Adds the product of two matrices to a third; rounded once where there are at most a thousand terms. */
export function multiply(left: Matrix, right: Matrix, result: Matrix, { rows, inner, columns }: ProductShape): void {
  scratch ??= {
    left: new Float64Array(mostRows * mostInner),
    right: new Float64Array(4 * mostInner),
    tile: new Float64Array(16),
  };
  for (let row = 0; row < rows; row += mostRows) {
    const height = Math.min(mostRows, rows - row);
    for (let p = 0; p < inner; p += mostInner) {
      const depth = Math.min(mostInner, inner - p);
      const block = row * left.rowStep + p * left.columnStep;
      for (let i = 0; i < height; i += 4) {
        pack(left.data, block + i * left.rowStep, left.rowStep, left.columnStep, height - i, depth, scratch.left, i);
      }
      for (let column = 0; column < columns; column += 4) {
        const width = Math.min(4, columns - column);
        const start = p * right.rowStep + column * right.columnStep;
        pack(right.data, start, right.columnStep, right.rowStep, width, depth, scratch.right, 0);
        for (let i = 0; i < height; i += 4) {
          multiplyTile(scratch, i * depth, depth);
          const at = (row + i) * result.rowStep + column * result.columnStep;
          store(result, at, scratch.tile, Math.min(4, height - i), width);
        }
      }
    }
  }
}

/** Copies up to four lines of a matrix, entry by entry side by side; zeros stand for lines that are not there. */
function pack(
  from: LogitsArray,
  start: number,
  lineStep: number,
  step: number,
  lines: number,
  depth: number,
  to: Float64Array,
  line: number,
): void {
  for (let q = line * depth, end = q + 4 * depth, i = start; q < end; q += 4, i += step) {
    to[q] = from[i] as number;
    to[q + 1] = lines > 1 ? (from[i + lineStep] as number) : 0;
    to[q + 2] = lines > 2 ? (from[i + 2 * lineStep] as number) : 0;
    to[q + 3] = lines > 3 ? (from[i + 3 * lineStep] as number) : 0;
  }
}

/** Sixteen sums of products: entry 4·i + j is that of line i on the left and line j on the right. */
function multiplyTile({ left, right, tile }: Scratch, start: number, depth: number): void {
  let [s00, s01, s02, s03] = [0, 0, 0, 0];
  let [s10, s11, s12, s13] = [0, 0, 0, 0];
  let [s20, s21, s22, s23] = [0, 0, 0, 0];
  let [s30, s31, s32, s33] = [0, 0, 0, 0];
  for (let p = 0, q = start; p < 4 * depth; p += 4, q += 4) {
    const b0 = right[p] as number;
    const b1 = right[p + 1] as number;
    const b2 = right[p + 2] as number;
    const b3 = right[p + 3] as number;
    const a0 = left[q] as number;
    const a1 = left[q + 1] as number;
    const a2 = left[q + 2] as number;
    const a3 = left[q + 3] as number;
    s00 += a0 * b0;
    s01 += a0 * b1;
    s02 += a0 * b2;
    s03 += a0 * b3;
    s10 += a1 * b0;
    s11 += a1 * b1;
    s12 += a1 * b2;
    s13 += a1 * b3;
    s20 += a2 * b0;
    s21 += a2 * b1;
    s22 += a2 * b2;
    s23 += a2 * b3;
    s30 += a3 * b0;
    s31 += a3 * b1;
    s32 += a3 * b2;
    s33 += a3 * b3;
  }
  const sums = [s00, s01, s02, s03, s10, s11, s12, s13, s20, s21, s22, s23, s30, s31, s32, s33];
  for (let i = 0; i < 16; i++) tile[i] = sums[i] as number;
}

function store(
  { data, rowStep, columnStep }: Matrix,
  start: number,
  tile: Float64Array,
  rows: number,
  columns: number,
): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const at = start + i * rowStep + j * columnStep;
      data[at] = (data[at] as number) + (tile[4 * i + j] as number);
    }
  }
}
