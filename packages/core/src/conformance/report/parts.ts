import type { Measured } from '../case.js';
import type { CaseResult, Report, Status } from '../report.js';

/** How a report is printed. */
export interface FormatOptions {
  /** What stands after `label-smoothing conform`: the module that was run, as the user wrote it. */
  readonly module?: string | undefined;
  /** What the module was run with, as `--option key=value`. */
  readonly options?: Readonly<Record<string, string>> | undefined;
}

/** The statuses that make a run fail. */
export const failing: readonly Status[] = ['fail', 'error', 'unexpected-pass'];

/** Header fields by name, the same in text and in Markdown. */
export function headerFields(report: Report): readonly (readonly [string, string])[] {
  const { backend, vectors, filter, tier, level } = report;
  return [
    ['device', backend.device],
    ['arithmetic', backend.arithmetic],
    ['runtime', report.source === 'answers' ? `answers from elsewhere, judged by ${report.runtime}` : report.runtime],
    ['contract', String(report.contract)],
    ['specification', report.spec],
    ['vectors', `${vectors.version}, sha256 ${vectors.sha256.slice(0, 12)}`],
    ['kit', `@label-smoothing/core ${report.kit}`],
    ['level', `${level} decides`],
    ['tier', filter === '*' ? tier : `${tier}, of ${filter}`],
  ];
}

/** Headings of {@link tableRows}. */
export const tableHeadings: readonly string[] = [
  'family',
  'dtype',
  'run',
  'unsupported',
  'standard',
  'precise',
  'worst ULP',
  'allowed',
  'absolute',
  'relative',
  'case',
];

/** Family × dtype: what ran, what passes at each level, and the worst error with its budget at both levels. */
export function tableRows({ groups }: Report): readonly (readonly string[])[] {
  // What a manifest does not claim is counted in the closing line.
  return groups
    .filter(({ run }) => run > 0)
    .map(({ family, dtype, run, unsupported, standard, precise, worst }) => [
      family,
      dtype,
      ...[run, unsupported, standard, precise].map(String),
      ...(worst === null ? ['–', '–', '–', '–', '–'] : [...measuredCells(worst), worst.id]),
    ]);
}

function measuredCells(measured: Measured): readonly string[] {
  const { absolute, relative } = plainErrors(measured);
  const { standard, precise } = measured.budget;
  return [short(measured.ulp), `${short(standard)} / ${short(precise)}`, short(absolute), short(relative)];
}

/** The errors that people know, which decide nothing. */
function plainErrors({ actual, expected }: Measured): { readonly absolute: number; readonly relative: number } {
  // NaN against NaN and infinities of one sign are no error.
  const absolute = Object.is(actual, expected) || actual === expected ? 0 : Math.abs(actual - expected);
  return { absolute, relative: absolute === 0 ? 0 : absolute / Math.abs(expected) };
}

/** Three significant digits. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : '∞';
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-3 || size >= 1e6) ? value.toExponential(1) : String(Number(value.toPrecision(3)));
}

/** Why a case of a failing status fails. */
export function reasonOf({ status, detail, note }: CaseResult): string {
  if (status === 'unexpected-pass') return `passes, though the baseline excuses it (${note}): remove the entry`;
  if (status === 'error') return `a fault of the kit, not of the backend: ${detail}`;
  return detail ?? 'failed';
}

/** The command that runs one case again. */
export function commandFor(
  id: string,
  { source }: Pick<Report, 'source'>,
  { module = '<module>', options = {} }: FormatOptions,
): string {
  // Answers from elsewhere have no module to run: the command shows what was asked.
  const subject = source === 'answers' ? '--emit -' : [quoted(module), ...optionArguments(options)].join(' ');
  return `npx label-smoothing conform ${subject} --filter '${id}'`;
}

function optionArguments(options: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(options).map(([name, value]) => `--option ${quoted(`${name}=${value}`)}`);
}

function quoted(text: string): string {
  return /^[\w@%+=:,./<>-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** `conformance: 440 passed, 0 failed, 9 unsupported`, and what else there is. */
export function closingLine({ counts, stale }: Report): string {
  const rest: readonly (readonly [number, string, string])[] = [
    [counts['known-failure'], 'known failure', 'known failures'],
    [counts['unexpected-pass'], 'unexpected pass', 'unexpected passes'],
    [stale.length, 'stale baseline entry', 'stale baseline entries'],
    [counts['not-scored'], 'not scored', 'not scored'],
    [counts.error, 'fault of the kit', 'faults of the kit'],
  ];
  const others = rest.filter(([n]) => n > 0).map(([n, one, many]) => `, ${n} ${n === 1 ? one : many}`);
  return `conformance: ${counts.pass} passed, ${counts.fail} failed, ${counts.unsupported} unsupported${others.join('')}`;
}
