import { wrongType, wrongValue } from '../errors.js';
import { decodeHex, hexDigits } from '../hex.js';
import type { VectorIndex } from '../vectors.js';
import type { LossRequest, LossResult } from './contract.js';
import type { AnswersSource, NoAnswer } from './run.js';
import type { ArrayOf, Dtype } from './ulp.js';

/** One line of an answers file, and how messages name it. */
export interface Line {
  readonly where: string;
  readonly content: Readonly<Record<string, unknown>>;
}

/** A line as an object. */
export function readLine(text: string, number: number, last: boolean): Line {
  const where = `answers, line ${number}`;
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    const truncated = last ? 'the beginning of one: the file is truncated' : clipped(text);
    return wrongValue('LS_CONTRACT', where, 'a JSON object', truncated);
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    wrongType('LS_CONTRACT', where, 'a JSON object', content);
  }
  return { where, content: content as Line['content'] };
}

/** Who answers, for these vectors and no others. */
export function readHeader(line: Line | undefined, { version, sha256 }: VectorIndex): AnswersSource {
  const header = line?.content['header'];
  if (typeof header !== 'object' || header === null) wrongType('LS_CONTRACT', 'answers, line 1', 'a header', header);
  const { vectors, ...source } = header as Readonly<Record<string, unknown>>;
  if (vectors !== sha256) {
    wrongValue('LS_CONTRACT', 'answers, header.vectors', `${sha256}, which is version ${version}`, vectors);
  }
  for (const name of ['name', 'version', 'device']) {
    const value = source[name];
    if (typeof value !== 'string' || value === '') wrongType('LS_CONTRACT', `answers, header.${name}`, 'a text', value);
  }
  const { arithmetic } = source;
  if (arithmetic !== 'ieee' && arithmetic !== 'relaxed') {
    wrongValue('LS_CONTRACT', 'answers, header.arithmetic', "'ieee' or 'relaxed'", arithmetic);
  }
  return source as unknown as AnswersSource;
}

/** One answer, checked against what was asked. */
export function readAnswer(content: Line['content'], request: LossRequest, where: string): LossResult | NoAnswer {
  const kinds = (['loss', 'error', 'unsupported'] as const).filter((name) => content[name] !== undefined);
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) {
    wrongValue('LS_CONTRACT', where, 'one of loss, error, unsupported', kinds.join(' and ') || 'none of them');
  }
  if (kind !== 'loss') {
    const detail = content[kind];
    if (typeof detail !== 'string' || detail === '') wrongType('LS_CONTRACT', `${where}, ${kind}`, 'a reason', detail);
    return { status: kind, detail };
  }
  const { rows, classes, dtype, options } = request;
  const loss = floats(content['loss'], 'float64', options.reduction === 'none' ? rows : 1, `${where}, loss`);
  if (!request.gradient) return { loss };
  return { loss, gradient: floats(content['gradient'], dtype, rows * classes, `${where}, gradient`) };
}

function floats(value: unknown, dtype: Dtype, length: number, where: string): ArrayOf[Dtype] {
  const digits = length * hexDigits[dtype];
  const expected = `${digits} hex digits, ${length} × ${dtype}`;
  if (typeof value !== 'string') wrongType('LS_CONTRACT', where, expected, value);
  if (value.length !== digits) wrongValue('LS_CONTRACT', where, expected, `${value.length} characters`);
  if (!/^[0-9a-f]*$/i.test(value)) wrongValue('LS_CONTRACT', where, expected, clipped(value));
  return decodeHex(value, dtype);
}

function clipped(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
