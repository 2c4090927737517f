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

/** A report as a page: header, table, failures, known failures with their reasons, and the closing line. */
export function reportMarkdown(report: Report, options: FormatOptions): string {
  const { backend, results, stale } = report;
  const failures = results.filter(({ status }) => failing.includes(status));
  const known = results.filter(({ status }) => status === 'known-failure');
  const sections = [
    [`# Conformance of ${markdown(backend.name)} ${markdown(backend.version)}`],
    [`**${closingLine(report)}**`],
    markdownTable([['', ''], ...headerFields(report)]),
    ['Worst error by family, in ULP at scale; allowed: what level standard / precise accepts.'],
    markdownTable([tableHeadings, ...tableRows(report)]),
    ...section('Failures', failures, (one) => failure(one, commandFor(one.id, report, options))),
    ...section('Known failures', known, ({ id, note, detail }) => `- \`${id}\`: ${markdown(`${note}. ${detail}`)}`),
    ...section('Stale baseline entries', stale, (pattern) => `- \`${pattern}\` excuses no failing case: remove it`),
  ];
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** Rows as a Markdown table; the first is the heading. */
export function markdownTable([heading = [], ...rows]: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]): string => `| ${cells.map(markdown).join(' | ')} |`;
  return [line(heading), `|${' --- |'.repeat(heading.length)}`, ...rows.map(line)];
}

/** Text that means itself in Markdown, on one line; footnote marks stay. */
export function markdown(text: string): string {
  return text.replace(/[\\|<>*_`]/g, '\\$&').replace(/\s+/g, ' ');
}

function section<T>(title: string, items: readonly T[], line: (item: T) => string): readonly (readonly string[])[] {
  return items.length === 0 ? [] : [[`## ${title}`], items.map(line)];
}

function failure(result: CaseResult, command: string): string {
  const { id, comment, spec, bugs } = result;
  return [
    `- \`${id}\` ${markdown(comment)}`,
    `  ${markdown(reasonOf(result))}`,
    `  spec ${spec}; catches: ${markdown(bugs.join('; '))}`,
    `  \`${command}\``,
  ].join('<br>\n');
}
