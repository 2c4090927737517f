import { element, escapeText } from './svg.js';

/** One column: its heading, the class of its cells (see the style sheet) and what stands in a row's cell. */
export interface Column<T> {
  readonly title: string;
  readonly class?: string;
  /** Markup. */
  readonly cell: (row: T) => string;
}

/** A table that scrolls by itself where the page is narrow. */
export function htmlTable<T>(columns: readonly Column<T>[], rows: readonly T[]): string {
  const head = columns.map((column) => element('th', classOf(column), escapeText(column.title)));
  const body = rows.map((row) =>
    element('tr', {}, ...columns.map((column) => element('td', classOf(column), column.cell(row)))),
  );
  const table = element('table', {}, element('thead', {}, element('tr', {}, ...head)), element('tbody', {}, ...body));
  return element('div', { class: 'wide' }, table);
}

function classOf<T>(column: Column<T>): { class?: string } {
  return column.class === undefined ? {} : { class: column.class };
}
