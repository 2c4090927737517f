import type { LogitsArray } from '@label-smoothing/core';
import { notDetached, phrase, wrongType, wrongValue } from '@label-smoothing/core/adapter';
import { overlaps } from './output.js';

/** The sizes of a linear head: [rows, features] times [classes, features] transposed. */
export interface HeadSize {
  readonly classes: number;
  readonly features: number;
  readonly hasBias: boolean;
}

/** The arrays of one call. */
export interface HeadArrays<L extends LogitsArray = LogitsArray> {
  readonly x: L;
  readonly weight: L;
  readonly bias: L | null;
}

/** Arrays that receive gradients; what is absent is allocated. */
export interface HeadOut<L extends LogitsArray = LogitsArray> {
  readonly dx?: L | undefined;
  readonly dWeight?: L | undefined;
  readonly dBias?: L | undefined;
}

/** Where the gradients go: null for one that is not asked for. */
export interface HeadGradients {
  readonly dx: LogitsArray | null;
  readonly dWeight: LogitsArray;
  readonly dBias: LogitsArray | null;
}

/** Checks features, weights and bias against each other; returns the number of rows. */
export function checkHead({ x, weight, bias }: HeadArrays, { classes, features, hasBias }: HeadSize): number {
  if (!(x instanceof Float32Array || x instanceof Float64Array)) {
    wrongType('LS_DTYPE', 'x', 'Float32Array or Float64Array', x);
  }
  notDetached(x, 'x');
  if (x.length % features !== 0) {
    wrongValue('LS_SHAPE', 'x', `a multiple of ${features} features`, phrase(`${x.length} values`));
  }
  checkLike(weight, x, 'weight', classes * features);
  if (hasBias) checkLike(bias, x, 'bias', classes);
  else if (bias != null) wrongType('LS_OPTION', 'bias', 'null where the option `bias` is false', bias);
  return x.length / features;
}

function checkLike(value: unknown, x: LogitsArray, argument: string, length: number): void {
  const kind = x instanceof Float32Array ? Float32Array : Float64Array;
  if (!(value instanceof kind)) wrongType('LS_DTYPE', argument, `a ${kind.name} as x is`, value);
  notDetached(value, argument);
  if (value.length !== length) wrongValue('LS_SHAPE', argument, `${length} values`, phrase(`${value.length} values`));
}

/** New arrays, or those of `out` after their checks: gradients may lie in no memory that is still to be read. */
export function bindGradients(
  out: HeadOut,
  { x, weight, bias }: HeadArrays,
  withInput: boolean,
  inputs: readonly unknown[],
): HeadGradients {
  if (out.dx !== undefined && !withInput) {
    wrongType('LS_OPTION', 'out.dx', 'no array where the option `inputGradient` is false', out.dx);
  }
  if (out.dBias !== undefined && bias === null) {
    wrongType('LS_OPTION', 'out.dBias', 'no array where the option `bias` is false', out.dBias);
  }
  const read = [x, weight, bias, ...inputs];
  const dWeight = bindGradient(out.dWeight, weight, 'out.dWeight', read);
  const dx = withInput ? bindGradient(out.dx, x, 'out.dx', [...read, dWeight]) : null;
  const dBias = bias === null ? null : bindGradient(out.dBias, bias, 'out.dBias', [...read, dWeight, dx]);
  return { dx, dWeight, dBias };
}

function bindGradient(out: unknown, of: LogitsArray, argument: string, inUse: readonly unknown[]): LogitsArray {
  const kind = of instanceof Float32Array ? Float32Array : Float64Array;
  if (out === undefined) return new kind(of.length);
  if (!(out instanceof kind)) wrongType('LS_OUT', argument, `a ${kind.name} as x is`, out);
  notDetached(out, argument);
  if (out.length !== of.length) {
    wrongValue('LS_OUT', argument, `${of.length} entries`, phrase(`${out.length} entries`));
  }
  if (inUse.some((array) => overlaps(out, array))) {
    wrongValue('LS_OUT', argument, 'memory of its own', phrase('memory that another array uses'));
  }
  return out;
}
