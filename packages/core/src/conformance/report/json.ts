import { wrongType, wrongValue } from '../../errors.js';
import { type Report, type Run, summarise } from '../report.js';

const schema = 'conformance-report-v1';
/** Fields that hold numbers which JSON may not be able to write. */
const numeric = new Set(['actual', 'expected', 'ulp', 'standard', 'precise']);

/** A report as JSON: one result a line, so that two reports can be compared; NaN, infinities and −0 are strings. */
export function reportJson(report: Report): string {
  const { results, ...rest } = report;
  const header = Object.entries({ schema, ...rest }).map(([name, value]) => `${JSON.stringify(name)}: ${json(value)}`);
  const lines = results.map(json).join(',\n');
  return `{\n${header.join(',\n')},\n"results": [\n${lines}\n]\n}\n`;
}

/**
 * Reads back what `formatReport(report, 'json')` wrote.
 *
 * Formula: none; sums and the verdict are computed anew from the results.
 *
 * @param text - the file's content. @returns the report. @throws LS_CONTRACT for anything else.
 *
 * Numerical note: every number comes back as the same float64, NaN, infinities and −0 included.
 *
 * @example
 * ```ts
 * import { createBackend } from '@label-smoothing/core/backend';
 * import { formatReport, readReport, runConformance } from '@label-smoothing/core/conformance';
 * const report = await runConformance(createBackend, { filter: 'loss/float32/infinities#*' });
 * console.log(readReport(formatReport(report, 'json')).counts.pass === report.counts.pass); // true
 * ```
 * Source: docs/conformance.md.
 */
export function readReport(text: string): Report {
  let content: unknown;
  try {
    content = JSON.parse(text, (name, value) =>
      numeric.has(name) && typeof value === 'string' ? Number(value) : value,
    );
  } catch {
    wrongValue('LS_CONTRACT', 'report', 'JSON, as `conform --json` writes it', text.slice(0, 40));
  }
  if (typeof content !== 'object' || content === null) wrongType('LS_CONTRACT', 'report', 'a report', content);
  const fields = content as Readonly<Record<string, unknown>>;
  if (fields['schema'] !== schema) wrongValue('LS_CONTRACT', 'report.schema', schema, fields['schema']);
  const { schema: _, counts, groups, conformant, ...run } = fields;
  if (!Array.isArray(run['results'])) wrongType('LS_CONTRACT', 'report.results', 'an array', run['results']);
  return summarise(run as unknown as Run);
}

function json(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part !== 'number' || (Number.isFinite(part) && !Object.is(part, -0))) return part;
    return Object.is(part, -0) ? '-0' : String(part);
  });
}
