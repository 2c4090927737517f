import { readFileSync } from 'node:fs';
import { createBackend } from '@label-smoothing/core/backend';
import {
  type CaseResult,
  compatibilityMatrix,
  formatReport,
  type Measured,
  type Report,
  readReport,
  runConformance,
  type Status,
} from '@label-smoothing/core/conformance';
import { describe, expect, test } from 'vitest';
import { summarise } from '../src/conformance/report.js';
import { version } from '../src/version.js';

const measured = (actual: number, expected: number, ulp: number): Measured => ({
  output: 'loss[0]',
  actual,
  expected,
  ulp,
  budget: { standard: 14, precise: 4 },
});

function result(number: number, status: Status, change: Partial<CaseResult> = {}): CaseResult {
  const ok = status !== 'fail' && status !== 'known-failure' && status !== 'error';
  return {
    id: `loss/float32/ordinary#${number}`,
    family: 'loss',
    dtype: 'float32',
    regime: 'ordinary',
    tier: 'core',
    comment: `number ${number}`,
    spec: 'S1',
    bugs: ['smoothing over K−1'],
    status,
    levels: { standard: ok, precise: ok },
    worst: null,
    detail: ok ? null : `wrong <${number}> & "so"`,
    note: null,
    ...change,
  };
}

function reportOf(results: readonly CaseResult[], change: Partial<Report> = {}): Report {
  return summarise({
    contract: 1,
    spec: '1.0',
    vectors: { version: '1.0.0', sha256: 'a'.repeat(64) },
    kit: '0.0.0',
    runtime: 'Node v20',
    source: 'backend',
    backend: { name: 'mine | yours', version: '1.2.3', device: 'cpu', arithmetic: 'ieee', supports: null },
    level: 'standard',
    tier: 'full',
    filter: '*',
    results,
    stale: [],
    ...change,
  });
}

const everyStatus = reportOf(
  [
    result(1, 'pass', { worst: measured(1, 1, 0) }),
    result(2, 'fail', { worst: measured(1.5, 1, 100) }),
    result(3, 'error'),
    result(4, 'unsupported', { note: 'weight' }),
    result(5, 'known-failure', { note: 'issue #12', worst: measured(Number.NaN, -Infinity, Infinity) }),
    result(6, 'unexpected-pass', { note: 'issue #13' }),
    result(7, 'not-scored', { levels: { standard: false, precise: false }, detail: 'too new' }),
  ],
  { stale: ['loss/float16/*'] },
);

const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1) as string;

describe('text', () => {
  const text = formatReport(everyStatus, 'text', { module: './my backend.mjs', options: { device: 'cuda' } });

  test('says who ran, on what, against which version of what', () => {
    for (const part of ['mine | yours 1.2.3', 'cpu', 'ieee', 'Node v20', '1.0.0, sha256 aaaaaaaaaaaa\n', 'standard']) {
      expect(text).toContain(part);
    }
  });

  test('has a table with the worst error, its budget, and the plain errors', () => {
    const row = text.split('\n').find((line) => line.startsWith('loss '));
    // The known failure is the worst of all: nothing like a number.
    expect(row?.split(/ {2,}/)).toEqual(
      ['loss', 'float32', '6', '1', '2', '2', '∞', '14 / 4', 'NaN', 'NaN', 'loss/float32/ordinary#5'], //
    );
  });

  test('says of every failure what is wrong, by which clause, which bug it is, and how to run it again', () => {
    expect(text).toContain(
      [
        'FAIL loss/float32/ordinary#2  number 2',
        '  wrong <2> & "so"',
        '  spec S1; catches: smoothing over K−1',
        "  npx label-smoothing conform './my backend.mjs' --option device=cuda --filter 'loss/float32/ordinary#2'",
      ].join('\n'),
    );
    expect(text).toContain('a fault of the kit, not of the backend: wrong <3>');
    expect(text).toContain('passes, though the baseline excuses it (issue #13): remove the entry');
    expect(text).toContain('KNOWN FAILURE loss/float32/ordinary#5: issue #12');
    expect(text).toContain('STALE BASELINE ENTRY loss/float16/*');
  });

  test('closes with one plain line', () => {
    expect(lastLine(text)).toBe(
      'conformance: 1 passed, 1 failed, 1 unsupported, 1 known failure, 1 unexpected pass, 1 stale baseline entry, 1 not scored, 1 fault of the kit',
    );
    expect(lastLine(formatReport(reportOf([result(1, 'pass')]), 'text'))).toBe(
      'conformance: 1 passed, 0 failed, 0 unsupported',
    );
  });

  test('of answers from elsewhere names the command that shows what was asked', () => {
    const answers = formatReport(reportOf([result(2, 'fail')], { source: 'answers' }), 'text');
    expect(answers).toContain("npx label-smoothing conform --emit - --filter 'loss/float32/ordinary#2'");
    expect(answers).toContain('answers from elsewhere, judged by Node v20');
  });
});

describe('json', () => {
  const text = formatReport(everyStatus, 'json');

  test('keeps NaN, infinities and the sign of zero, and is read back', () => {
    expect(JSON.parse(text).results[4].worst).toMatchObject({ actual: 'NaN', expected: '-Infinity', ulp: 'Infinity' });
    expect(readReport(text)).toEqual(everyStatus);
    const zero = reportOf([result(1, 'pass', { worst: measured(-0, 0, 0) })]);
    expect(readReport(formatReport(zero, 'json')).results[0]?.worst?.actual).toBe(-0);
    expect(formatReport(readReport(text), 'json')).toBe(text);
  });

  test('has one result a line', () => {
    expect(text.split('\n').filter((line) => line.startsWith('{"id"'))).toHaveLength(7);
  });

  test.each(['', 'null', '[1]', '{}', '{"schema":"conformance-report-v1"}', text.slice(0, 400)])(
    'refuses what is no report: %j',
    (content) => {
      expect(() => readReport(content)).toThrowError(expect.objectContaining({ code: 'LS_CONTRACT' }));
    },
  );
});

describe('junit', () => {
  const text = formatReport(everyStatus, 'junit');

  test('counts and escapes', () => {
    expect(text).toContain('tests="8" failures="3" errors="1" skipped="3"');
    expect(text).toContain('<failure message="wrong &lt;2&gt; &amp; &quot;so&quot;">');
    expect(text).toContain('<skipped message="known failure: issue #12">');
    expect(text).toContain('<skipped message="unsupported: weight">');
    expect(text).toContain('name="loss/float16/*"');
  });

  test('is XML whatever a backend says', () => {
    const hostile = reportOf([result(1, 'fail', { detail: ']]>\u0000\u001b[31m\uD800 "\'&<\n\ttwo' })]);
    const xml = formatReport(hostile, 'junit');
    expect(xml).toContain('message="]]&gt;\uFFFD\uFFFD[31m\uFFFD &quot;\'&amp;&lt;&#10;&#9;two"');
    wellFormed(xml);
    wellFormed(text);
  });
});

/** Tags nest and close, and nothing that XML reserves stands between them. */
function wellFormed(xml: string): void {
  const open: string[] = [];
  const rest = xml.replace(
    /<(\/?)(\w+)((?: \w+="[^"<&]*(?:&[#\w]+;[^"<&]*)*")*)(\/?)>/g,
    (_, close, name, __, empty) => {
      if (close) expect(open.pop()).toBe(name);
      else if (!empty) open.push(name);
      return '';
    },
  );
  expect(open).toEqual([]);
  expect(rest.replace('<?xml version="1.0" encoding="UTF-8"?>', '')).not.toMatch(/[<>]|&(?![#\w]+;)/);
}

describe('markdown', () => {
  const text = formatReport(everyStatus, 'markdown', { module: './b.mjs' });

  test('escapes what would break a table or a line', () => {
    expect(text).toContain('# Conformance of mine \\| yours 1.2.3');
    expect(text).toContain('wrong \\<2\\> & "so"');
    for (const line of text.split('\n').filter((line) => line.startsWith('| loss'))) {
      expect(line.match(/(?<!\\)\|/g)).toHaveLength(12);
    }
  });

  test('has a section for each kind of trouble and none where there is no trouble', () => {
    expect(text.match(/^## .*/gm)).toEqual(['## Failures', '## Known failures', '## Stale baseline entries']);
    expect(formatReport(reportOf([result(1, 'pass')]), 'markdown')).not.toContain('##');
  });
});

describe('matrix', () => {
  const keras = (number: number, status: Status, note: string | null = null): CaseResult =>
    result(number, status, { id: `dialect/float32/keras#${number}`, family: 'dialect', regime: 'keras', note });

  test('has a row a report, a column a family or dialect, and a footnote a failing cell', () => {
    const text = compatibilityMatrix([
      everyStatus,
      reportOf([
        keras(1, 'pass'),
        keras(2, 'known-failure', 'clips at 1e-7'),
        keras(3, 'fail'),
        keras(4, 'unsupported'),
      ]),
    ]);
    const [heading, , first, second] = text.split('\n');
    expect(heading).toBe('| backend | device | runtime | level | loss | keras |');
    expect(first).toBe('| mine \\| yours 1.2.3 | cpu | Node v20 | standard | 2/5[^1] | – |');
    expect(second).toBe('| mine \\| yours 1.2.3 | cpu | Node v20 | standard | – | 1/3[^2] |');
    expect(text).toContain('[^2]: mine \\| yours 1.2.3, keras: `dialect/float32/keras#2`: wrong \\<2\\> & "so".');
    expect(text).toContain('Known: clips at 1e-7.');
  });

  const webKit = 'AppleWebKit/537.36 (KHTML, like Gecko)';
  test.each<[string, Partial<Report>]>([
    ['Node v20.20.2 linux', { runtime: 'Node v20.20.2 linux' }],
    ['Chrome 147', { runtime: `Mozilla/5.0 (X11; Linux x86_64) ${webKit} HeadlessChrome/147.0.7727.0 Safari/537.36` }],
    ['Edge 140', { runtime: `Mozilla/5.0 (Windows NT 10.0) ${webKit} Chrome/140.0.0.0 Safari/537.36 Edg/140.1` }],
    ['Firefox 128', { runtime: 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0' }],
    ['Safari 18', { runtime: `Mozilla/5.0 (Macintosh) ${webKit} Version/18.5 Safari/605.1.15` }],
    ['unknown', { runtime: 'unknown' }],
    ['–', { runtime: 'Node v20', source: 'answers' }],
  ])('tells the runtime of a row: %s', (cell, change) => {
    const [, , row] = compatibilityMatrix([reportOf([keras(1, 'pass')], change)]).split('\n');
    expect(row).toBe(`| mine \\| yours 1.2.3 | cpu | ${cell} | standard | 1/1 |`);
  });
});

test('the reference is conformant at level precise on every core case', async () => {
  const report = await runConformance(createBackend, { level: 'precise', tier: 'core' });
  expect(lastLine(formatReport(report, 'text'))).toMatch(/^conformance: \d+ passed, 0 failed, 0 unsupported$/);
  expect(readReport(formatReport(report, 'json'))).toEqual(report);
  wellFormed(formatReport(report, 'junit'));
});

test("the version is the package's", () => {
  const manifest = JSON.parse(readFileSync(`${import.meta.dirname}/../package.json`, 'utf8'));
  expect(version).toBe(manifest.version);
});
