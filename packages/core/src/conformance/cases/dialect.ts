import { decodeAnswer, decodeInputs, type FrameworkCase, type FrameworkFile } from '../../vectors.js';
import { type AnswerCase, caseId, type Judgement } from '../case.js';
import { judge, worse } from '../judge.js';
import { reorder, requestOf, rowMajor } from '../request.js';
import type { Dtype } from '../ulp.js';

/**
 * A case for every recorded answer of a framework that is the row formula's: whoever follows a dialect must agree with
 * the system it is named after, at that system's own precision.
 */
export function dialectCases(file: FrameworkFile): readonly AnswerCase[] {
  return file.cases.filter(({ deviation }) => deviation === undefined).map((recorded) => dialectCase(file, recorded));
}

function dialectCase({ dialect, framework, version, precision }: FrameworkFile, recorded: FrameworkCase): AnswerCase {
  const { dtype, classes, id } = recorded;
  const inputs = { dtype, ...decodeInputs(recorded) };
  const gradient = recorded.gradient !== undefined;
  return {
    kind: 'answers',
    id: caseId('dialect', dtype, dialect, id),
    family: 'dialect',
    dtype,
    regime: dialect,
    tier: id <= 2 ? 'core' : 'full',
    comment: `${framework} ${version}: ${recorded.comment}`,
    spec: 'S2',
    bugs: [`not the loss of ${framework}`],
    requests: () => [requestOf(inputs, gradient)],
    judge: ([result], arithmetic) => {
      const at = { dtype: (recorded.precision ?? precision) as Dtype, classes };
      const loss = judge(at, result, { output: 'loss', ...decodeAnswer(recorded.loss) }, arithmetic);
      if (recorded.gradient === undefined) return atStandard(loss);
      const { expected, scale } = decodeAnswer(recorded.gradient);
      const order = rowMajor(inputs);
      const moved = { expected: reorder(expected, order), scale: reorder(scale, order) };
      return atStandard(worse(loss, judge(at, result, { output: 'gradient', ...moved }, arithmetic)));
    },
  };
}

/** A recorded answer has the framework's own error in it, so it can decide 'standard' only. */
function atStandard(judgement: Judgement): Judgement {
  const { standard } = judgement.passed;
  return { ...judgement, passed: { standard, precise: standard }, detail: standard ? null : judgement.detail };
}
