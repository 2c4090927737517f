// Where the class axis is not the last, each class comes as a run of memory, and goes as one.

/**
 * Writes the [columns, rows] transpose of a [rows, columns] matrix of float32 that lies elsewhere. The steps are bytes from
 * one row of either to its next.
 */
export function transpose(from: usize, fromStep: usize, to: usize, toStep: usize, rows: i32, columns: i32): void {
  for (let row = 0; row < rows; row++, from += fromStep, to += 4) {
    for (let x = from, y = to, end = from + (<usize>columns << 2); x < end; x += 4, y += toStep) {
      store<f32>(y, load<f32>(x));
    }
  }
}
