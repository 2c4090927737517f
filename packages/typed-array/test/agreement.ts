import {
  type AnyLogitsArray,
  type CrossEntropyResult,
  compileTargetTable,
  crossEntropy,
  fromFloat16,
  type LogitsArray,
  type ResolvedOptions,
  resolveOptions,
} from '@label-smoothing/core';
import { batchDenominator, bindBatch, targetKindOf, withoutSmoothing } from '@label-smoothing/core/adapter';
import { type Dtype, type Scales, scalesOf, ulpError } from '@label-smoothing/core/conformance';
import { expect } from 'vitest';
import type { RandomCall } from './arbitrary.js';

/** ULP at scale. */
export interface Errors {
  readonly loss: number;
  readonly nll: number;
  readonly gradient: number;
}

const listed = (value: number | Float64Array): Float64Array =>
  typeof value === 'number' ? Float64Array.of(value) : value;

/** Any result of a kernel. */
type Result = CrossEntropyResult<number | Float64Array, AnyLogitsArray>;

/** Numbers; those that bits of float16 stand for. */
const numbersOf = (array: AnyLogitsArray): LogitsArray =>
  array instanceof Uint16Array ? Float64Array.from(array, fromFloat16) : (array as LogitsArray);

/**
 * How far a result is from the reference's; `NaN` and infinities count as far unless they agree. A loss of float16 logits
 * is counted in ULP of float32.
 */
export function errorsOf({ logits: given, target, options }: RandomCall, actual: Result): Errors {
  const logits = numbersOf(given);
  const expected = crossEntropy(logits, target, { ...options, gradient: true });
  const isHalf = given instanceof Uint16Array;
  // What is too large for float16 is infinite there.
  const wanted = expected.gradient?.map((g) => (isHalf && Math.abs(g) >= 65520 ? g * Infinity : g)) ?? [];
  const resolved = resolveOptions(options, targetKindOf(target));
  const batch = bindBatch(logits, target, resolved);
  const scaleFor = (options: ResolvedOptions): Scales => {
    const table = compileTargetTable(options);
    return scalesOf(table, batch, batchDenominator(table, batch));
  };
  const scale = scaleFor(resolved);
  const lossType = given instanceof Float64Array ? 'float64' : 'float32';
  const worst = (
    got: ArrayLike<number>,
    wanted: ArrayLike<number>,
    at: ArrayLike<number>,
    dtype: Dtype = lossType,
  ): number => {
    expect(got.length).toBe(wanted.length);
    const errors = Array.from(wanted, (value, i) => ulpError(dtype, got[i] as number, value, at[i] ?? 0));
    return errors.reduce((most, error) => Math.max(most, error), 0);
  };
  expect(actual.denominator).toBe(expected.denominator);
  const { gradient } = actual;
  return {
    loss: worst(listed(actual.loss), listed(expected.loss), scale.loss),
    nll: worst(listed(actual.nll), listed(expected.nll), scaleFor(withoutSmoothing(resolved)).loss),
    gradient: gradient ? worst(numbersOf(gradient), wanted, scale.gradient, isHalf ? 'float16' : lossType) : 0,
  };
}

/** Asserts what level 'precise' asks for. */
export function expectPrecise(call: RandomCall, actual: Result): void {
  const errors = errorsOf(call, actual);
  const most = call.logits instanceof Uint16Array ? 1 : 8;
  if (errors.loss <= 4 && errors.nll <= 4 && errors.gradient <= most) return;
  expect({ errors, call }).toEqual('precise');
}
