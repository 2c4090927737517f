/** Cells of a table. */
export type Row = readonly (string | number)[];

/** A table, whose first column is text and whose others are figures. */
export function table(head: readonly string[], rows: readonly Row[]): string {
  const line = (cells: Row): string => `| ${cells.join(' | ')} |\n`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('');
}

/** Three digits, as far as they are before the point or the first two behind. */
export const figure = (x: number): string =>
  x >= 100 ? x.toFixed(0) : x >= 10 ? x.toFixed(1) : x.toFixed(x < 1 ? 3 : 2);
