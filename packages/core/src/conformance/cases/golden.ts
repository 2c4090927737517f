import { decodeAnswer, decodeFloat64, decodeInputs, type VectorCase, type VectorFile } from '../../vectors.js';
import { type AnswerCase, caseId } from '../case.js';
import { type Expectation, judge } from '../judge.js';
import { reorder, requestOf, rowMajor } from '../request.js';

/** Two cases for every golden vector: its loss without a gradient asked for, and its gradient. */
export function goldenCases(file: VectorFile): readonly AnswerCase[] {
  return file.cases.flatMap((vector) => [lossCase(file, vector), gradientCase(file, vector)]);
}

function lossCase(file: VectorFile, vector: VectorCase): AnswerCase {
  const { relativeTolerance } = vector;
  return answerCase(file, vector, 'loss', () => ({
    ...decodeAnswer(vector.loss),
    ...(relativeTolerance === undefined ? {} : { relativeTolerance: decodeFloat64(relativeTolerance)[0] as number }),
  }));
}

function gradientCase(file: VectorFile, vector: VectorCase): AnswerCase {
  return answerCase(file, vector, 'gradient', () => {
    const answer = decodeAnswer(vector.gradient);
    if (answer.at !== null) return answer;
    const order = rowMajor(inputsOf(vector));
    return { expected: reorder(answer.expected, order), scale: reorder(answer.scale, order) };
  });
}

function answerCase(
  { regime, notes }: VectorFile,
  vector: VectorCase,
  family: 'loss' | 'gradient',
  expectation: () => Omit<Expectation, 'output'>,
): AnswerCase {
  const signedZero = family === 'loss' && vector.flags.includes('SignedZero');
  return {
    kind: 'answers',
    id: caseId(family, vector.dtype, regime, vector.id),
    family,
    dtype: vector.dtype,
    regime,
    tier: vector.tier,
    comment: vector.comment,
    spec: notes[vector.flags[0] ?? '']?.spec ?? 'S1',
    bugs: vector.flags.map((flag) => notes[flag]?.bug ?? flag),
    requests: () => [requestOf(inputsOf(vector), family === 'gradient')],
    judge: ([result], arithmetic) =>
      judge(vector, result, { output: family, signedZero, ...expectation() }, arithmetic),
  };
}

function inputsOf(vector: VectorCase): Parameters<typeof requestOf>[0] {
  return { dtype: vector.dtype, ...decodeInputs(vector) };
}
