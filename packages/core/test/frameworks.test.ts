import { crossEntropy, type DialectName, dialects, type LogitsArray } from '@label-smoothing/core';
import { budgetFor, budgets, type Dtype, ulpError } from '@label-smoothing/core/conformance';
import {
  decodeAnswer,
  decodeInputs,
  type EncodedAnswer,
  type FrameworkCase,
  readFrameworkAnswers,
} from '@label-smoothing/core/vectors';
import { describe, expect, test } from 'vitest';
import { widen, widenTarget } from './vector-suite.js';

/** Worst ULP of a recorded answer against the reference, at the precision the framework computes in. */
function worstError(recorded: FrameworkCase, precision: Dtype): { loss: number; gradient: number } {
  const { logits, target, options } = decodeInputs(recorded);
  const call = { ...options, input: options.input ?? 'logits', gradient: true } as const;
  const ours = crossEntropy(widen(logits), widenTarget(target), call);
  const worst = (encoded: EncodedAnswer, values: ArrayLike<number>): number => {
    const theirs = decodeAnswer(encoded);
    if (theirs.expected.length !== values.length) return Infinity;
    return theirs.expected.reduce(
      (most, value, i) => Math.max(most, ulpError(precision, value, values[i] as number, theirs.scale[i] as number)),
      0,
    );
  };
  return {
    loss: worst(recorded.loss, typeof ours.loss === 'number' ? [ours.loss] : ours.loss),
    gradient: recorded.gradient === undefined ? 0 : worst(recorded.gradient, ours.gradient as LogitsArray),
  };
}

describe.each(Object.keys(dialects) as DialectName[])('%s: recorded answers of the framework', async (dialect) => {
  const file = await readFrameworkAnswers(dialect);
  const within = (recorded: FrameworkCase): boolean => {
    const precision = (recorded.precision ?? file.precision) as Dtype;
    const error = worstError(recorded, precision);
    const { loss, gradient } = budgets.ieee.standard[precision];
    return error.loss <= budgetFor(loss, recorded.classes) && error.gradient <= budgetFor(gradient, recorded.classes);
  };

  test('are the row formula under the dialect', () => {
    const agreed = file.cases.filter(({ deviation }) => deviation === undefined);
    expect(agreed.length).toBeGreaterThan(4);
    expect(agreed.filter((recorded) => !within(recorded)).map(({ id, comment }) => `#${id} ${comment}`)).toEqual([]);
  });

  test('deviate where the file says so', () => {
    const deviating = file.cases.filter(({ deviation }) => deviation !== undefined);
    expect(deviating.filter(within).map(({ id, deviation }) => `#${id} ${deviation}`)).toEqual([]);
  });
});
