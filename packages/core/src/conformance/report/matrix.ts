import type { Level } from '../budgets.js';
import type { CaseResult, Report } from '../report.js';
import { markdown, markdownTable } from './markdown.js';
import { reasonOf } from './parts.js';

/** More ids than these in one footnote tell a reader nothing. */
const shownIds = 12;

/**
 * Several reports as one Markdown table: who passes how much of what, and a footnote for everything that fails.
 *
 * Formula: a cell is `cases that pass / cases that ran` at the level that decided the report; `–` where none ran.
 *
 * @param reports - from {@link runConformance} or {@link readReport}. @returns rows: a backend with its version,
 * device and runtime; columns: the families, with `dialect` split into the dialects.
 *
 * Numerical note: a known failure counts as a failure here, with its reason in the footnote.
 *
 * @example
 * ```ts
 * import { createBackend } from '@label-smoothing/core/backend';
 * import { compatibilityMatrix, runConformance } from '@label-smoothing/core/conformance';
 * const report = await runConformance(createBackend, { filter: 'dialect/float32/keras#*', tier: 'core' });
 * console.log(compatibilityMatrix([report]).split('\n')[0]); // | backend | device | runtime | level | keras |
 * ```
 * Source: docs/conformance.md.
 */
export function compatibilityMatrix(reports: readonly Report[]): string {
  const names = [...new Set(reports.flatMap(({ results }) => results.map(columnOf)))];
  const footnotes: string[] = [];
  const rows = reports.map((report) => {
    const { backend, level } = report;
    const cells = names.map((name) => {
      const members = report.results.filter((result) => columnOf(result) === name);
      return cell(members, level, (text) =>
        footnotes.push(`[^${footnotes.length + 1}]: ${title(report)}, ${name}: ${text}`),
      );
    });
    return [`${backend.name} ${backend.version}`, backend.device, runtimeOf(report), level, ...cells];
  });
  const table = markdownTable([['backend', 'device', 'runtime', 'level', ...names], ...rows]);
  return `${[...table, ...footnotes.flatMap((note) => ['', note])].join('\n')}\n`;
}

function title({ backend }: Report): string {
  return markdown(`${backend.name} ${backend.version}`);
}

/** What browsers call themselves in a user agent; those in front also claim to be those behind. */
const browsers: readonly (readonly [string, RegExp])[] = [
  ['Edge', /Edg\/(\d+)/],
  ['Firefox', /Firefox\/(\d+)/],
  ['Chrome', /Chrome\/(\d+)/],
  ['Safari', /Version\/(\d+).*Safari/],
];

/** What the backend ran in: `Node v24.1.0 linux`, `Chrome 147`; nobody knows it of answers from elsewhere. */
function runtimeOf({ source, runtime }: Report): string {
  if (source === 'answers') return '–';
  const known = browsers.map(([name, pattern]) => [name, pattern.exec(runtime)?.[1]] as const);
  const [name, version] = known.find(([, found]) => found !== undefined) ?? [runtime];
  return version === undefined ? name : `${name} ${version}`;
}

function columnOf({ family, regime }: CaseResult): string {
  return family === 'dialect' ? regime : family;
}

/** `40/42[^3]`, where `note` makes the footnote and returns its number. */
function cell(members: readonly CaseResult[], level: Level, note: (text: string) => number): string {
  const scored = members.filter(({ status }) => status !== 'unsupported' && status !== 'not-scored');
  if (scored.length === 0) return '–';
  const misses = scored.filter(({ levels }) => !levels[level]);
  const mark = misses.length === 0 ? '' : `[^${note(footnote(misses))}]`;
  return `${scored.length - misses.length}/${scored.length}${mark}`;
}

/** Failing ids by the baseline's reason, each group with its first detail. */
function footnote(misses: readonly CaseResult[]): string {
  const reasons = [...new Set(misses.map(({ note }) => note))];
  const groups = reasons.map((reason) => {
    const group = misses.filter(({ note }) => note === reason);
    const [first] = group as [CaseResult];
    const ids = group.slice(0, shownIds).map(({ id }) => `\`${id}\``);
    const more = group.length > shownIds ? ` and ${group.length - shownIds} more` : '';
    const why = reason === null ? '' : ` Known: ${markdown(reason)}.`;
    return `${ids.join(', ')}${more}: ${markdown(reasonOf(first))}.${why}`;
  });
  return groups.join(' ');
}
