import { phrase, wrongType, wrongValue } from '@label-smoothing/core/adapter';
import type { RealArray } from './elements.js';
import { isTensor, type OrtTensor } from './ort.js';

/** Sizes, and names of those that a call tells. */
export type Shape = readonly (number | string)[];

/** The dimensions of one call's logits: a tensor has them, an array's length tells one that has a name. */
export function dimsOf(logits: OrtTensor | RealArray, shape: Shape): readonly number[] {
  if (!isTensor(logits)) return dimsOfLength(logits, shape);
  const { dims } = logits;
  const fits = dims.length === shape.length && shape.every((size, i) => typeof size === 'string' || size === dims[i]);
  return fits ? dims : wrongValue('LS_SHAPE', 'logits', `a tensor of shape [${shape}]`, phrase(`[${dims}]`));
}

function dimsOfLength(logits: RealArray, shape: Shape): readonly number[] {
  if (!ArrayBuffer.isView(logits)) wrongType('LS_DTYPE', 'logits', 'a tensor or a typed array', logits);
  const named = shape.filter((size) => typeof size === 'string');
  if (named.length > 1) {
    wrongValue('LS_SHAPE', 'logits', `a tensor, or an array and all sizes but one of shape [${shape}]`, logits);
  }
  const known = shape.reduce<number>((product, size) => (typeof size === 'number' ? product * size : product), 1);
  const missing = known === 0 ? 0 : logits.length / known;
  const fits = named.length === 0 ? logits.length === known : Number.isInteger(missing);
  if (!fits) wrongValue('LS_SHAPE', 'logits', `values of shape [${shape}]`, phrase(`${logits.length} values`));
  return shape.map((size) => (typeof size === 'number' ? size : missing));
}
