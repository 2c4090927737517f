import { wrongType, wrongValue } from '../errors.js';
import { readVectorIndex, type VectorIndex } from '../vectors.js';
import { readAnswer, readHeader, readLine } from './answers.js';
import type { AnswerCase } from './case.js';
import { type CaseFilter, loadCases, selectCases } from './cases/index.js';
import type { LossRequest, LossResult } from './contract.js';
import { encodeRequest } from './encode-request.js';
import type { Report } from './report.js';
import { answerable, judgeAnswers, type NoAnswer, type RunOptions } from './run.js';
import { specVersion } from './spec-version.js';

/**
 * The cases as lines of JSON, for whoever computes them in another language or on another machine.
 *
 * Formula: none. Line 1 is a header; every other line is one request: id and part, inputs as hex digits of big-endian IEEE
 * bits, the options resolved, and the compiled table. docs/conformance.md describes every field.
 *
 * @param filter - a glob over ids and a tier. Cases that need a running backend (families contract and errors) are left out.
 * @returns lines without their line break. @throws LS_CONTRACT where nothing is selected.
 *
 * Numerical note: nothing is rounded.
 *
 * @example
 * ```ts
 * import { emitCases } from '@label-smoothing/core/conformance';
 * for await (const line of emitCases({ filter: 'loss/float32/extreme-logits#1' })) {
 *   const { header, logits } = JSON.parse(line);
 *   if (header === undefined) console.log(logits); // 447a00003f8000003f800000
 * }
 * ```
 * Source: docs/conformance.md.
 */
export async function* emitCases(filter: CaseFilter = {}): AsyncGenerator<string, void> {
  const { version, sha256 } = await readVectorIndex();
  const cases = await selectAnswerable(filter);
  const count = cases.reduce((sum, one) => sum + one.requests().length, 0);
  const { tier = 'full', filter: glob = '*' } = filter;
  const vectors = { version, sha256 };
  yield JSON.stringify({ header: { contract: 1, spec: specVersion, vectors, tier, filter: glob, requests: count } });
  for (const one of cases) {
    for (const [part, request] of one.requests().entries()) yield encodeRequest(one.id, part, request);
  }
}

/**
 * Judges answers that were computed elsewhere: the verdict and the report that a backend gets, without one.
 *
 * Formula: that of `runConformance`. Line 1 is a header that says who answers and for which vectors; every other line is
 * the answer to one request: loss and gradient as hex digits, or why there is none. docs/conformance.md has the fields.
 *
 * @param lines - the answers file's lines. @param options - the filter and tier that the cases were emitted with, the
 * level that decides, known failures, the device that is required.
 * @returns the report.
 * @throws LS_CONTRACT for a truncated file, ids that are unknown, double or missing, other vectors, and anything but hex
 * digits of the right number.
 *
 * Numerical note: budgets and scales are docs/tolerances.md.
 *
 * @example
 * ```ts
 * import { emitCases, verifyAnswers } from '@label-smoothing/core/conformance';
 * const filter = 'loss/float32/extreme-logits#1';
 * const answers: string[] = [];
 * for await (const line of emitCases({ filter })) {
 *   const { header, id, part } = JSON.parse(line);
 *   const source = { vectors: header?.vectors.sha256, name: 'mine', version: '1.0.0', device: 'cpu', arithmetic: 'ieee' };
 *   answers.push(JSON.stringify(header ? { header: source } : { id, part, loss: '4054d00000000000' }));
 * }
 * const report = await verifyAnswers(answers, { filter });
 * console.log(report.counts.pass); // 1
 * ```
 * Source: docs/conformance.md.
 */
export async function verifyAnswers(
  lines: AsyncIterable<string> | Iterable<string>,
  options: RunOptions = {},
): Promise<Report> {
  const asked = new Map<string, LossRequest>();
  for (const one of await selectAnswerable(options)) {
    for (const [part, request] of one.requests().entries()) asked.set(keyOf(one.id, part), request);
  }
  const { source, answers } = await readAnswers(lines, asked, await readVectorIndex());
  const { requireDevice } = options;
  if (requireDevice !== undefined && source.device !== requireDevice) {
    wrongValue(
      'LS_CONTRACT',
      'device',
      `${JSON.stringify(requireDevice)}, as required, from ${source.name}`,
      source.device,
    );
  }
  const answersTo = (requests: readonly LossRequest[], { id }: AnswerCase): readonly LossResult[] | NoAnswer => {
    const parts = requests.map((_, part) => answers.get(keyOf(id, part)) as LossResult | NoAnswer);
    return parts.find(isNoAnswer) ?? (parts as readonly LossResult[]);
  };
  return judgeAnswers(source, answersTo, options);
}

async function selectAnswerable(filter: CaseFilter): Promise<readonly AnswerCase[]> {
  return selectCases(answerable(await loadCases()), filter).selected;
}

function isNoAnswer(answer: LossResult | NoAnswer): answer is NoAnswer {
  return 'status' in answer;
}

const keyOf = (id: string, part: number): string => `${id} part ${part}`;

/** Every answer by its id and part, once each request has one. */
async function readAnswers(
  lines: AsyncIterable<string> | Iterable<string>,
  asked: ReadonlyMap<string, LossRequest>,
  vectors: VectorIndex,
): Promise<{
  readonly source: ReturnType<typeof readHeader>;
  readonly answers: ReadonlyMap<string, LossResult | NoAnswer>;
}> {
  const written = await collected(lines);
  const [first, ...rest] = written.map(({ text, number }) => readLine(text, number, number === written.at(-1)?.number));
  const source = readHeader(first, vectors);
  const answers = new Map<string, LossResult | NoAnswer>();
  for (const { where, content } of rest) {
    const { id, part } = content;
    // A part in quotes is another key than the number: text is not taken for numbers anywhere.
    const key = `${String(id)} part ${JSON.stringify(part)}`;
    const request = asked.get(key);
    if (request === undefined)
      wrongValue('LS_CONTRACT', where, 'id and part of a request', `${key}, which was not asked`);
    if (answers.has(key)) wrongValue('LS_CONTRACT', where, 'one answer a request', `a second one to ${key}`);
    answers.set(key, readAnswer(content, request, `${where}, ${key}`));
  }
  const missing = [...asked.keys()].filter((key) => !answers.has(key));
  if (missing.length > 0) {
    const expected = `an answer to each of ${asked.size} requests (take the --filter and --tier of the emitted cases)`;
    wrongValue('LS_CONTRACT', 'answers', expected, `${answers.size}; the first that is missing is ${missing[0]}`);
  }
  return { source, answers };
}

async function collected(
  lines: AsyncIterable<string> | Iterable<string>,
): Promise<readonly { readonly text: string; readonly number: number }[]> {
  const all: { text: string; number: number }[] = [];
  let number = 0;
  for await (const text of lines) {
    number++;
    if (text.trim() !== '') all.push({ text, number });
  }
  if (all.length === 0) wrongType('LS_CONTRACT', 'answers', 'a header in line 1', undefined);
  return all;
}
