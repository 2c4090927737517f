import {
  type CrossEntropyResult,
  compileTargetTable,
  crossEntropy,
  type ResolvedOptions,
  resolveOptions,
} from '@label-smoothing/core';
import { batchDenominator, bindBatch, targetKindOf, withoutSmoothing } from '@label-smoothing/core/adapter';
import { type Scales, scalesOf, ulpError } from '@label-smoothing/core/conformance';
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

/** How far a result is from the reference's; `NaN` and infinities count as far unless they agree. */
export function errorsOf({ logits, target, options }: RandomCall, actual: CrossEntropyResult): Errors {
  const expected = crossEntropy(logits, target, { ...options, gradient: true });
  const resolved = resolveOptions(options, targetKindOf(target));
  const batch = bindBatch(logits, target, resolved);
  const scaleFor = (options: ResolvedOptions): Scales => {
    const table = compileTargetTable(options);
    return scalesOf(table, batch, batchDenominator(table, batch));
  };
  const scale = scaleFor(resolved);
  const dtype = logits instanceof Float32Array ? 'float32' : 'float64';
  const worst = (got: ArrayLike<number>, wanted: ArrayLike<number>, at: ArrayLike<number>): number => {
    expect(got.length).toBe(wanted.length);
    const errors = Array.from(wanted, (value, i) => ulpError(dtype, got[i] as number, value, at[i] ?? 0));
    return errors.reduce((most, error) => Math.max(most, error), 0);
  };
  expect(actual.denominator).toBe(expected.denominator);
  const { gradient = [] } = actual;
  return {
    loss: worst(listed(actual.loss), listed(expected.loss), scale.loss),
    nll: worst(listed(actual.nll), listed(expected.nll), scaleFor(withoutSmoothing(resolved)).loss),
    gradient: actual.gradient === undefined ? 0 : worst(gradient, expected.gradient ?? [], scale.gradient),
  };
}

/** Asserts what level 'precise' asks for. */
export function expectPrecise(call: RandomCall, actual: CrossEntropyResult): void {
  const errors = errorsOf(call, actual);
  if (errors.loss <= 4 && errors.nll <= 4 && errors.gradient <= 8) return;
  expect({ errors, call }).toEqual('precise');
}
