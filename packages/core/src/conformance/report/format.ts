import type { Report } from '../report.js';
import { reportJson } from './json.js';
import { reportJunit } from './junit.js';
import { reportMarkdown } from './markdown.js';
import type { FormatOptions } from './parts.js';
import { reportText } from './text.js';

/** What a report can be written as. */
export type ReportFormat = 'text' | 'json' | 'junit' | 'markdown';

const formats = {
  text: reportText,
  json: reportJson,
  junit: reportJunit,
  markdown: reportMarkdown,
} satisfies Record<ReportFormat, (report: Report, options: FormatOptions) => string>;

/**
 * A report for people or for programs.
 *
 * Formula: none.
 *
 * @param report - from {@link runConformance}. @param format - 'text' for a terminal, 'json' to be read back, 'junit' for
 * a CI system, 'markdown' for a page. @param options - the module and options that the commands in it name.
 * @returns the whole file, with a newline at its end.
 *
 * Numerical note: beside each error in ULP at scale stand the plain absolute and relative one, which decide nothing.
 *
 * @example
 * ```ts
 * import { createBackend } from '@label-smoothing/core/backend';
 * import { formatReport, runConformance } from '@label-smoothing/core/conformance';
 * const report = await runConformance(createBackend, { filter: 'errors/float32/*' });
 * console.log(formatReport(report, 'text').trimEnd().split('\n').at(-1)); // conformance: 6 passed, 0 failed, 0 unsupported
 * ```
 * Source: docs/conformance.md.
 */
export function formatReport(report: Report, format: ReportFormat, options: FormatOptions = {}): string {
  return formats[format](report, options);
}
