import type { CaseResult, Report } from '../report.js';
import { commandFor, type FormatOptions, reasonOf } from './parts.js';

/** A report as JUnit XML: one suite a family, one test case a case. */
export function reportJunit(report: Report, options: FormatOptions): string {
  const { backend, results, stale, level } = report;
  const families = [...new Set(results.map(({ family }) => family))];
  const suites = families.map((family) => {
    const members = results.filter((result) => result.family === family);
    return suite(
      `conformance.${family}`,
      members.map((result) => testCase(result, commandFor(result.id, report, options))),
    );
  });
  if (stale.length > 0) suites.push(suite('conformance.baseline', stale.map(staleCase)));
  const title = attribute(`${backend.name} ${backend.version} on ${backend.device}, level ${level}`);
  const cases = suites.flatMap(({ cases }) => cases);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name=${title} ${totals(cases)}>`,
    ...suites.flatMap(({ name, cases }) => [
      `  <testsuite name=${attribute(name)} ${totals(cases)}>`,
      ...cases.map(({ text }) => text),
      '  </testsuite>',
    ]),
    '</testsuites>\n',
  ].join('\n');
}

type Outcome = 'passed' | 'failure' | 'error' | 'skipped';
interface TestCase {
  readonly outcome: Outcome;
  readonly text: string;
}
interface Suite {
  readonly name: string;
  readonly cases: readonly TestCase[];
}

function suite(name: string, cases: readonly TestCase[]): Suite {
  return { name, cases };
}

function totals(cases: readonly TestCase[]): string {
  const count = (wanted: Outcome): number => cases.filter(({ outcome }) => outcome === wanted).length;
  const [failures, errors, skipped] = [count('failure'), count('error'), count('skipped')];
  return `tests="${cases.length}" failures="${failures}" errors="${errors}" skipped="${skipped}"`;
}

function testCase(result: CaseResult, command: string): TestCase {
  const { status, note, detail, spec, bugs } = result;
  const body = [reasonOf(result), `spec ${spec}`, `catches: ${bugs.join('; ')}`, command].join('\n');
  switch (status) {
    case 'pass':
      return entry(result, 'passed', null);
    case 'fail':
    case 'unexpected-pass':
      return entry(result, 'failure', reasonOf(result), body);
    case 'error':
      return entry(result, 'error', reasonOf(result), body);
    case 'unsupported':
      return entry(result, 'skipped', `unsupported: ${note}`);
    case 'known-failure':
      return entry(result, 'skipped', `known failure: ${note}`);
    case 'not-scored':
      return entry(result, 'skipped', `not scored: ${detail ?? 'would pass'}`);
    default:
      return status satisfies never;
  }
}

function entry({ id, family, dtype }: CaseResult, outcome: Outcome, message: string | null, body = ''): TestCase {
  const open = `    <testcase classname=${attribute(`conformance.${family}.${dtype}`)} name=${attribute(id)}`;
  if (message === null) return { outcome, text: `${open}/>` };
  return { outcome, text: `${open}><${outcome} message=${attribute(message)}>${xml(body)}</${outcome}></testcase>` };
}

function staleCase(pattern: string): TestCase {
  const message = 'stale entry: it excuses no failing case, remove it';
  const text = `    <testcase classname="conformance.baseline" name=${attribute(pattern)}><failure message="${message}"/></testcase>`;
  return { outcome: 'failure', text };
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text for XML 1.0, which has no place for other control characters and for halves of surrogate pairs. */
function xml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replace(/[&<>"]/g, (character) => entities[character] as string);
}

/** The same in quotes, where a parser would turn line breaks into blanks. */
function attribute(text: string): string {
  return `"${xml(text).replace(/[\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`)}"`;
}
