import { fromFloat16, toFloat16 } from '../float16.js';
import { type Arithmetic, budgetFor, budgets, type Level } from './budgets.js';
import { failed, type Judgement, type Measured, passed } from './case.js';
import type { LossRequest, LossResult } from './contract.js';
import { toFloat64 } from './request.js';
import { type Dtype, ulpError, ulpSize } from './ulp.js';

/** Expected numbers with the scale each is judged at; `at` names the elements where not all are known. */
export interface Expectation {
  readonly output: 'loss' | 'gradient';
  readonly expected: ArrayLike<number>;
  readonly scale: ArrayLike<number>;
  readonly at?: ArrayLike<number> | null;
  /** Bound on |actual − expected|/|expected| at level precise, besides the ULP. */
  readonly relativeTolerance?: number;
  /** −0 and +0 are told apart. */
  readonly signedZero?: boolean;
  /** How many results went into one number: each may use up the whole budget. */
  readonly terms?: number;
}

/** Judges one output of one result; every comparison of the kit ends here. */
export function judge(
  request: Pick<LossRequest, 'dtype' | 'classes'>,
  result: LossResult | undefined,
  expectation: Expectation,
  arithmetic: Arithmetic,
): Judgement {
  const { output, expected, at, terms = 1 } = expectation;
  const gradient = result?.gradient;
  const values = output === 'loss' ? (result?.loss ?? []) : gradient === undefined ? [] : toFloat64(gradient);
  if (at == null && values.length !== expected.length) {
    return failed(`${output}: ${values.length} values where ${expected.length} belong`);
  }
  const budget = (level: Level): number =>
    terms * budgetFor(budgets[arithmetic][level][request.dtype][output], request.classes);
  const allowed = { standard: budget('standard'), precise: budget('precise') };
  let judgement = passed;
  for (let i = 0; i < expected.length; i++) {
    const index = at?.[i] ?? i;
    const one = judgeElement(values[index], i, index, request.dtype, expectation, allowed, arithmetic);
    judgement = worse(judgement, one);
  }
  return judgement;
}

/** The worse of two judgements; the one whose numbers are further off where both pass. */
export function worse(left: Judgement, right: Judgement): Judgement {
  const rank = ({ passed: { standard, precise } }: Judgement): number => (standard ? 2 : 0) + (precise ? 1 : 0);
  if (rank(left) !== rank(right)) return rank(left) < rank(right) ? left : right;
  return (right.worst?.ulp ?? 0) > (left.worst?.ulp ?? -1) ? right : left;
}

function judgeElement(
  value: unknown,
  i: number,
  index: number,
  dtype: Dtype,
  expectation: Expectation,
  budget: Measured['budget'],
  arithmetic: Arithmetic,
): Judgement {
  const { output, relativeTolerance = Infinity, signedZero = false } = expectation;
  const expected = expectation.expected[i] as number;
  const scale = expectation.scale[i] as number;
  if (typeof value !== 'number') return failed(`${output}[${index}]: ${String(value)} is no number`);
  // A float16 loss may come in a wider type; it is judged as the float16 it stands for.
  const actual = dtype === 'float16' ? fromFloat16(toFloat16(value)) : value;
  const flushed = arithmetic === 'relaxed' && actual === 0 && Math.abs(expected) < smallestNormal(dtype);
  const wrongSign = signedZero && actual === 0 && expected === 0 && Object.is(actual, -0) !== Object.is(expected, -0);
  const ulp = flushed ? 0 : wrongSign ? Infinity : ulpError(dtype, actual, expected, scale);
  const relative = Math.abs(actual - expected) > relativeTolerance * Math.abs(expected);
  const met = { standard: ulp <= budget.standard, precise: ulp <= budget.precise && !relative };
  const worst = { output: `${output}[${index}]`, actual, expected, ulp, budget };
  return { passed: met, worst, detail: met.standard && met.precise ? null : describeMiss(worst, relative) };
}

function describeMiss({ output, actual, expected, ulp, budget }: Measured, relative: boolean): string {
  const size = `${ulp === Infinity ? 'not comparable' : `${ulp.toPrecision(3)} ULP at scale`}`;
  const allowed = `standard ${budget.standard.toPrecision(3)}, precise ${budget.precise.toPrecision(3)}`;
  const absolute = Math.abs(actual - expected);
  const plain =
    Number.isFinite(absolute) && absolute > 0
      ? `; absolute ${absolute.toExponential(2)}, relative ${(absolute / Math.abs(expected)).toExponential(2)}`
      : '';
  return `${output}: ${signed(actual)} where the truth is ${signed(expected)}: ${size} (${allowed})${plain}${relative ? '; too far relative to the truth itself' : ''}`;
}

/** A number with the sign of its zero. */
function signed(value: number): string {
  return Object.is(value, -0) ? '−0' : String(value);
}

function smallestNormal(dtype: Dtype): number {
  // A unit of the subnormal range times 2^(fraction bits): 2^−14, 2^−126, 2^−1022.
  return ulpSize(dtype, 0) * { float16: 2 ** 10, float32: 2 ** 23, float64: 2 ** 52 }[dtype];
}
