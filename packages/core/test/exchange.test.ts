import { type CrossEntropyOptions, crossEntropy } from '@label-smoothing/core';
import { emitCases, fromFloat64, type Report, toFloat64, verifyAnswers } from '@label-smoothing/core/conformance';
import { beforeAll, describe, expect, test } from 'vitest';
import { decodeHex, encodeHex } from '../src/hex.js';

type Dtype = 'float16' | 'float32' | 'float64';
type Json = Readonly<Record<string, unknown>>;

async function collect(lines: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const line of lines) all.push(line);
  return all;
}

/** What somebody elsewhere does: reads a line, computes from the options alone, writes a line. */
function answer(line: string): string {
  const { header, id, part, ...request } = JSON.parse(line) as Json;
  if (header !== undefined) {
    const { sha256 } = (header as { vectors: { sha256: string } }).vectors;
    const source = { name: 'elsewhere', version: '1.0.0', device: 'cpu', arithmetic: 'ieee' };
    return JSON.stringify({ header: { vectors: sha256, ...source } });
  }
  const dtype = request['dtype'] as Dtype;
  const target = request['target'] as string | number[];
  const options = Object.fromEntries(
    Object.entries(request['options'] as Json).map(([name, value]) => [name, option(value)]),
  ) as CrossEntropyOptions;
  const { loss, gradient } = crossEntropy(
    toFloat64(decodeHex(request['logits'] as string, dtype)),
    typeof target === 'string' ? toFloat64(decodeHex(target, dtype)) : Int32Array.from(target),
    { ...options, gradient: true },
  );
  const losses = typeof loss === 'number' ? Float64Array.of(loss) : Float64Array.from(loss);
  const answered = { id, part, loss: encodeHex(losses) };
  if (!request['gradient']) return JSON.stringify(answered);
  return JSON.stringify({ ...answered, gradient: encodeHex(fromFloat64(Float64Array.from(gradient ?? []), dtype)) });
}

function option(value: unknown): unknown {
  if (typeof value === 'string' && /^[0-9a-f]{16}$/.test(value)) return decodeHex(value, 'float64')[0];
  const { f64 } = (value ?? {}) as { f64?: string };
  return f64 === undefined ? value : decodeHex(f64, 'float64');
}

describe('emit, answer elsewhere, verify', () => {
  test('the definition passes at level precise in every family that answers decide', async () => {
    const lines = await collect(emitCases({ tier: 'core' }));
    const report = await verifyAnswers(lines.map(answer), { tier: 'core', level: 'precise' });
    expect(report.conformant).toBe(true);
    expect(new Set(report.results.map(({ family }) => family))).toEqual(
      new Set(['loss', 'gradient', 'dialect', 'property']),
    );
    expect(report.source).toBe('answers');
    expect(report.backend).toEqual({
      name: 'elsewhere',
      version: '1.0.0',
      device: 'cpu',
      arithmetic: 'ieee',
      supports: null,
    });
  });

  test('the header counts the requests; a law takes several', async () => {
    const lines = await collect(emitCases({ filter: 'property/float32/*#1' }));
    const [first, ...rest] = lines.map((line) => JSON.parse(line));
    expect(first.header.requests).toBe(rest.length);
    expect(rest.filter(({ id }) => id === 'property/float32/shift#1').map(({ part }) => part)).toEqual([0, 1]);
    expect(first.header.vectors.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  test('a filter that selects nothing is refused', async () => {
    await expect(collect(emitCases({ filter: 'contract/*' }))).rejects.toMatchObject({ code: 'LS_CONTRACT' });
  });
});

const filter = 'loss/float32/nd-axis#1*';
let good: string[];
beforeAll(async () => {
  good = (await collect(emitCases({ filter }))).map(answer);
});

/** The good answers with line `n`, counted from 1, replaced. */
const withLine = (n: number, ...replacement: readonly unknown[]): string[] =>
  good.toSpliced(n - 1, 1, ...replacement.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))));
const line = (n: number): Json => JSON.parse(good[n - 1] as string);
const verdict = (lines: readonly string[]): Promise<Report> => verifyAnswers(lines, { filter });

describe('what is no answer', () => {
  test('an error is a failure, and what is unsupported is not', async () => {
    const { id, part } = line(2);
    const failed = await verdict(withLine(2, { id, part, error: 'RuntimeError: out of memory' }));
    expect(failed.results[0]).toMatchObject({ status: 'fail', detail: 'RuntimeError: out of memory' });
    const lacking = await verdict(withLine(2, { id, part, unsupported: 'n-d logits' }));
    expect(lacking.results[0]).toMatchObject({ status: 'unsupported', note: 'n-d logits' });
    expect(lacking.conformant).toBe(true);
  });

  test('a wrong number fails its case', async () => {
    const report = await verdict(withLine(2, { ...line(2), loss: encodeHex(Float64Array.of(1, 2, 3, 4)) }));
    expect(report.counts.fail).toBe(1);
  });

  test('blank lines are nothing', async () => {
    expect((await verdict(['', ...good, ''])).conformant).toBe(true);
  });
});

describe('files that cannot be judged', () => {
  const header = (change: Json): string => JSON.stringify({ header: { ...(line(1)['header'] as Json), ...change } });
  const faults: readonly (readonly [string, () => readonly string[], RegExp])[] = [
    ['an empty file', () => [], /header in line 1/],
    ['no header', () => good.slice(1), /line 1: expected a header/],
    ['a file cut within a line', () => withLine(good.length, (good.at(-1) as string).slice(0, 30)), /truncated/],
    ['a file cut between lines', () => good.slice(0, -2), /answer to each of \d+ requests.*missing is loss\/float32/],
    ['a line that is no JSON', () => withLine(3, 'loss: 1.5'), /line 3: expected a JSON object, got "loss: 1\.5"/],
    ['a line that is no object', () => withLine(3, '[1]'), /line 3: expected a JSON object/],
    ['an unknown id', () => withLine(2, { ...line(2), id: 'loss/float32/nd-axis#999' }), /line 2.*not asked/],
    ['an unknown part', () => withLine(2, { ...line(2), part: 1 }), /line 2.*part 1, which was not asked/],
    ['a part as text', () => withLine(2, { ...line(2), part: '0' }), /not asked/],
    ['a double id', () => withLine(3, line(2), line(3)), /line 3: expected one answer a request/],
    ['numbers as numbers', () => withLine(2, { ...line(2), loss: [1.5] }), /line 2.*loss: expected 64 hex digits/],
    [
      'numbers as text',
      () => withLine(2, { ...line(2), loss: '1.5' }),
      /64 hex digits, 4 × float64, got "3 characters"/,
    ],
    ['digits that are not hex', () => withLine(2, { ...line(2), loss: 'g'.repeat(64) }), /64 hex digits/],
    ['too few numbers', () => withLine(2, { ...line(2), loss: '0'.repeat(48) }), /got "48 characters"/],
    ['no answer at all', () => withLine(2, { id: line(2)['id'], part: 0 }), /one of loss, error, unsupported.*none/],
    ['two answers at once', () => withLine(2, { ...line(2), error: 'so' }), /got "loss and error"/],
    ['an error without a reason', () => withLine(2, { id: line(2)['id'], part: 0, error: 1 }), /a reason, got 1/],
    ['other vectors', () => withLine(1, header({ vectors: 'f'.repeat(64) })), /header\.vectors/],
    ['no name', () => withLine(1, header({ name: '' })), /header\.name/],
    ['no arithmetic', () => withLine(1, header({ arithmetic: 'fast' })), /header\.arithmetic/],
  ];

  test.each(faults)('%s', async (_, make, message) => {
    await expect(verdict(make())).rejects.toMatchObject({
      code: 'LS_CONTRACT',
      message: expect.stringMatching(message),
    });
  });

  test('a gradient that was asked for and did not come', async () => {
    const asked = await collect(emitCases({ filter: 'gradient/float32/nd-axis#1' }));
    const answers = asked.map((text) => JSON.stringify({ ...JSON.parse(answer(text)), gradient: undefined }));
    await expect(verifyAnswers(answers, { filter: 'gradient/float32/nd-axis#1' })).rejects.toThrow(
      /gradient: expected/,
    );
  });

  test('another device than the one that is required', async () => {
    await expect(verifyAnswers(good, { filter, requireDevice: 'cuda' })).rejects.toThrow(/"cuda", as required/);
  });
});
