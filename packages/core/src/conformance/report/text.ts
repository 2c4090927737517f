import type { CaseResult, Report } from '../report.js';
import {
  closingLine,
  commandFor,
  type FormatOptions,
  failing,
  headerFields,
  reasonOf,
  tableHeadings,
  tableRows,
} from './parts.js';

/** A report for a terminal: header, table, every failure with the command that runs it again, and one closing line. */
export function reportText(report: Report, options: FormatOptions): string {
  const { backend, results, stale } = report;
  const header = headerFields(report).map(([name, value]) => `  ${name.padEnd(14)} ${value}`);
  const sections = [
    [`${backend.name} ${backend.version}`, ...header],
    ['allowed: worst ULP at scale that level standard / precise accepts', ...table(report)],
    ...results.filter(({ status }) => failing.includes(status)).map((one) => failureLines(one, report, options)),
    excused(results),
    stale.map((pattern) => `STALE BASELINE ENTRY ${pattern}: it excuses no failing case, remove it`),
    [closingLine(report)],
  ];
  const filled = sections.filter((lines) => lines.length > 0);
  return `${filled.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** One failure: what is wrong, which clause says so, which bug the case is there for, how to run it again. */
function failureLines(result: CaseResult, report: Report, options: FormatOptions): readonly string[] {
  const { id, comment, spec, bugs, status } = result;
  return [
    `${status === 'error' ? 'KIT ERROR' : 'FAIL'} ${id}  ${comment}`,
    `  ${reasonOf(result)}`,
    `  spec ${spec}${bugs.length > 0 ? `; catches: ${bugs.join('; ')}` : ''}`,
    `  ${commandFor(id, report, options)}`,
  ];
}

function excused(results: readonly CaseResult[]): readonly string[] {
  const known = results.filter(({ status }) => status === 'known-failure');
  return known.map(({ id, note, detail }) => `KNOWN FAILURE ${id}: ${note}\n  ${detail}`);
}

function table(report: Report): readonly string[] {
  const rows = [tableHeadings, ...tableRows(report)];
  const widths = tableHeadings.map((_, i) => Math.max(...rows.map((row) => (row[i] as string).length)));
  // Numbers to the right, names to the left.
  const cell = (text: string, i: number): string => {
    const width = widths[i] as number;
    return i >= 2 && i <= 9 ? text.padStart(width) : text.padEnd(width);
  };
  return rows.map((row) => row.map(cell).join('  ').trimEnd());
}
