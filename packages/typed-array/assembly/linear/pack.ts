// Copies in which the products' next numbers lie next to each other. They read and write whole blocks: what lies beyond a
// matrix's edge gets into numbers of the copy that no result comes from.

/** [rows, columns] to [columns, rows], steps in bytes. */
export function transpose(from: usize, step: usize, rows: i32, columns: i32, to: usize, toStep: usize): void {
  for (let row = 0; row < rows; row += 4, from += 4 * step, to += 16) {
    let at = from;
    let line = to;
    for (let column = 0; column < columns; column += 4, at += 16, line += 4 * toStep) {
      const a = v128.load(at);
      const b = v128.load(at + step);
      const c = v128.load(at + 2 * step);
      const d = v128.load(at + 3 * step);
      const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
      const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
      v128.store(line, v128.shuffle<f32>(ab, cd, 0, 1, 4, 5));
      v128.store(line + toStep, v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
      const ab2 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
      const cd2 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
      v128.store(line + 2 * toStep, v128.shuffle<f32>(ab2, cd2, 0, 1, 4, 5));
      v128.store(line + 3 * toStep, v128.shuffle<f32>(ab2, cd2, 2, 3, 6, 7));
    }
  }
}

/** [rows, columns] to panels of eight columns: [columns / 8, rows, 8]. */
export function packColumns(from: usize, rows: i32, columns: i32, to: usize): void {
  const step = (<usize>columns) << 2;
  for (let column = 0; column < columns; column += 8, from += 32) {
    let at = from;
    for (let row = 0; row < rows; row++, at += step, to += 32) {
      v128.store(to, v128.load(at));
      v128.store(to, v128.load(at, 16), 16);
    }
  }
}

/** [rows, columns] to panels of eight rows: [rows / 8, columns, 8]. */
export function packRows(from: usize, rows: i32, columns: i32, to: usize): void {
  const step = (<usize>columns) << 2;
  for (let row = 0; row < rows; row += 8, from += 8 * step, to += 8 * step) {
    transpose(from, step, min(8, rows - row), columns, to, 32);
  }
}
