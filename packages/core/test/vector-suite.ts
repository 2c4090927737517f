import type {
  BinaryCrossEntropyOptions,
  CrossEntropyOptions,
  CrossEntropyResult,
  LogitsArray,
} from '@label-smoothing/core';
import {
  type BudgetTerm,
  budgetFor,
  budgets,
  type Dtype,
  fromFloat16,
  toFloat16,
  ulpError,
} from '@label-smoothing/core/conformance';
import {
  type DecodedAnswer,
  decodeAnswer,
  decodeFloat64,
  decodeInputs,
  readVectorIndex,
  readVectors,
  type VectorCase,
  type VectorFile,
} from '@label-smoothing/core/vectors';
import { describe, expect, test } from 'vitest';

/** The two losses of a package under test. */
export interface Losses {
  readonly crossEntropy: (
    logits: LogitsArray,
    target: Int32Array | LogitsArray,
    options: CrossEntropyOptions,
  ) => CrossEntropyResult;
  readonly binaryCrossEntropy: (
    logits: LogitsArray,
    targets: LogitsArray,
    options: BinaryCrossEntropyOptions,
  ) => CrossEntropyResult;
}

/** Worst error of a regime, in ULP at scale. */
export interface Worst {
  loss: number;
  gradient: number;
}

/** Runs every golden vector through `losses` at level precise: one test per regime. */
export async function vectorSuite(name: string, losses: Losses): Promise<void> {
  const { files } = await readVectorIndex();
  describe(`${name}: golden vectors, level precise`, () => {
    test.each(files.filter(({ file }) => !file.startsWith('frameworks/')).map(({ file }) => file))(
      '%s',
      async (file) => {
        const { failures } = judgeFile(await readVectors(file), losses);
        expect(failures).toEqual([]);
      },
    );
  });
}

/** Every failure of one file, and its worst errors. */
export function judgeFile(file: VectorFile, losses: Losses): { failures: string[]; worst: Record<string, Worst> } {
  const failures: string[] = [];
  const worst: Record<string, Worst> = {};
  for (const vector of file.cases) {
    const judge = new Judge(vector);
    const result = answer(file.family, vector, losses);
    worst[vector.dtype] ??= { loss: 0, gradient: 0 };
    const record = worst[vector.dtype] as Worst;
    record.loss = Math.max(record.loss, judge.loss('loss', result.loss, decodeAnswer(vector.loss)));
    if (vector.nll !== undefined) judge.loss('nll', result.nll, decodeAnswer(vector.nll));
    judge.loss('denominator', result.denominator, decodeAnswer(vector.denominator));
    record.gradient = Math.max(record.gradient, judge.gradient(result.gradient as LogitsArray));
    failures.push(
      ...judge.failures.map((failure) => `${file.family}/${vector.dtype}/${file.regime}#${vector.id} ${failure}`),
    );
  }
  return { failures, worst };
}

function answer(family: VectorFile['family'], vector: VectorCase, losses: Losses): CrossEntropyResult {
  const { logits, target, options } = decodeInputs(vector);
  const call = { ...options, gradient: true };
  if (family === 'loss')
    return losses.crossEntropy(widen(logits), widenTarget(target), { ...call, input: call.input ?? 'logits' });
  const { classes, ...binary } = call;
  return losses.binaryCrossEntropy(widen(logits), widen(target as LogitsArray), {
    ...(binary as BinaryCrossEntropyOptions),
    shape: [vector.rows, classes as number],
  });
}

/** No package takes float16 arrays yet: its vectors run in float64 and are judged after rounding. */
export function widen(array: Uint16Array | LogitsArray): LogitsArray {
  return array instanceof Uint16Array ? Float64Array.from(array, fromFloat16) : array;
}

/** The same for targets: labels stay labels. */
export function widenTarget(target: Int32Array | Uint16Array | LogitsArray): Int32Array | LogitsArray {
  return target instanceof Int32Array ? target : widen(target);
}

class Judge {
  readonly failures: string[] = [];
  private readonly vector: VectorCase;

  constructor(vector: VectorCase) {
    this.vector = vector;
  }

  loss(what: string, actual: number | Float64Array, answer: DecodedAnswer): number {
    const values = typeof actual === 'number' ? Float64Array.of(actual) : actual;
    const { dtype, relativeTolerance } = this.vector;
    const worst = this.compare(what, values, answer, budgets.ieee.precise[dtype].loss);
    if (relativeTolerance !== undefined)
      this.relative(what, values, answer, decodeFloat64(relativeTolerance)[0] as number);
    return worst;
  }

  gradient(actual: LogitsArray): number {
    const answer = decodeAnswer(this.vector.gradient);
    const picked = answer.at === null ? actual : answer.at.map((i) => actual[i] as number);
    return this.compare('gradient', picked, answer, budgets.ieee.precise[this.vector.dtype].gradient);
  }

  private compare(
    what: string,
    actual: ArrayLike<number>,
    { expected, scale }: DecodedAnswer,
    term: BudgetTerm,
  ): number {
    if (actual.length !== expected.length)
      this.failures.push(`${what}: ${actual.length} values for ${expected.length}`);
    const budget = budgetFor(term, this.vector.classes);
    let worst = 0;
    expected.forEach((value, i) => {
      const got = round(actual[i] as number, this.vector.dtype);
      const error = ulpError(this.vector.dtype, got, value, scale[i] as number);
      if (!(error <= budget)) this.failures.push(`${what}[${i}]: ${got} for ${value}, ${error} ULP > ${budget}`);
      worst = Math.max(worst, error);
    });
    return worst;
  }

  private relative(what: string, actual: ArrayLike<number>, { expected }: DecodedAnswer, tolerance: number): void {
    expected.forEach((value, i) => {
      const error = Math.abs((actual[i] as number) - value);
      if (error > tolerance * Math.abs(value))
        this.failures.push(`${what}[${i}]: relative error ${error / Math.abs(value)}`);
    });
  }
}

function round(value: number, dtype: Dtype): number {
  return dtype === 'float16' ? fromFloat16(toFloat16(value)) : value;
}
