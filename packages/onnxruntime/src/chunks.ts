import { type Batch, batchDenominator, type StoredLogits } from '@label-smoothing/core/adapter';
import type { Arguments, BoundOptions } from './bind.js';
import type { RealArray } from './elements.js';
import { isTensor, type OrtTensor } from './ort.js';
import type { Plan } from './plan.js';

/** What one run of the graph takes of a call. */
export interface Part<T extends OrtTensor> {
  readonly dims: readonly number[];
  readonly args: Arguments<T>;
}

/**
 * A call in parts of at most `chunkSize` logits along its first dimension, each with the denominator of the whole as
 * its normalizer. One part where it is small, where the first dimension is fixed or the classes, and on a device.
 */
export function partsOf<T extends OrtTensor>(
  { shape, axis, table, chunkSize }: Plan,
  options: BoundOptions,
  args: Arguments<T>,
  batch: Batch<StoredLogits> | null,
): readonly Part<T>[] {
  const { logits, target, sampleWeight } = args;
  const [size, ...rest] = options.shape as readonly [number, ...number[]];
  const step = Math.max(1, Math.floor(chunkSize / rest.reduce((a, b) => a * b, 1)));
  const cannot = batch === null || typeof shape[0] === 'number' || axis === 0;
  if (size <= step || cannot || isTensor(logits) || isTensor(target) || isTensor(sampleWeight)) {
    return [{ dims: options.shape, args }];
  }
  const normalizer = options.reduction === 'mean' ? batchDenominator({ ...table, options }, batch) : null;
  return Array.from({ length: Math.ceil(size / step) }, (_, i) => {
    const [from, to] = [i * step, Math.min(size, (i + 1) * step)];
    const cut = <A extends { readonly length: number }>(array: A): A => slice(array, from / size, to / size);
    return {
      dims: [to - from, ...rest],
      args: {
        logits: cut(logits),
        target: cut(target),
        sampleWeight: sampleWeight === null ? null : cut(sampleWeight),
        normalizer,
      },
    };
  });
}

/** From one share of an array's length to another; a view where the array can give one. */
function slice<A extends { readonly length: number }>(array: A, from: number, to: number): A {
  const view = array as unknown as {
    subarray?: (from: number, to: number) => A;
    slice: (from: number, to: number) => A;
  };
  const [begin, end] = [Math.round(from * array.length), Math.round(to * array.length)];
  return view.subarray?.(begin, end) ?? view.slice(begin, end);
}

/** The results of the parts as that of the whole: the normalizer makes a mean the sum of theirs. */
export function joined<R extends { readonly loss: number | Float64Array; readonly gradient?: RealArray }>(
  parts: readonly R[],
  logits: RealArray,
): R {
  const [first] = parts as readonly [R, ...R[]];
  if (parts.length === 1) return first;
  const losses = parts.map(({ loss }) => loss);
  const loss =
    typeof first.loss === 'number'
      ? (losses as number[]).reduce((a, b) => a + b)
      : Float64Array.from((losses as Float64Array[]).flatMap((part) => [...part]));
  if (first.gradient === undefined) return { ...first, loss };
  const gradient = new (logits.constructor as new (length: number) => RealArray)(logits.length);
  let at = 0;
  for (const part of parts) {
    gradient.set(part.gradient as RealArray, at);
    at += (part.gradient as RealArray).length;
  }
  return { ...first, loss, gradient };
}
