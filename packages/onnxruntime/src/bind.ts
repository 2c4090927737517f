import {
  aNumberIn,
  type Batch,
  batchDenominator,
  bindBatch,
  bindTarget,
  type FloatArray,
  type LabelArray,
  phrase,
  type ResolvedOptions,
  refuseProbabilities,
  type TargetArray,
  targetKindOf,
  wrongType,
  wrongValue,
} from '@label-smoothing/core';
import { type Part, partsOf } from './chunks.js';
import { aRealArray, integersOf, numbersOf, plainData, type RealArray, realsOf } from './elements.js';
import { isTensor, type Ort, type OrtData, type OrtTensor, type OrtType } from './ort.js';
import type { Plan } from './plan.js';
import { dimsOf } from './shape.js';

/** What one call may bring beside logits and target; null and `undefined` leave what the options say. */
export interface CallOptions<T extends OrtTensor = OrtTensor> {
  /** One factor per row, finite and ≥ 0; a row of weight 0 is never read. */
  readonly sampleWeight?: FloatArray | T | null | undefined;
  /** Finite ≥ 0, replaces the denominator; not beside a written reduction 'sum' or 'none'. */
  readonly normalizer?: number | null | undefined;
}

/** Labels, or dense targets in the criterion's dtype. */
export type TargetData = TargetArray | RealArray;

/** One call's arguments as they came. */
export interface Call<T extends OrtTensor> {
  readonly logits: T | RealArray;
  readonly target: T | TargetData;
  readonly options: CallOptions<T>;
}

/** Arguments with tensors on the CPU as their arrays; what is on a device stays a tensor. */
export interface Arguments<T extends OrtTensor> {
  readonly logits: T | RealArray;
  readonly target: T | TargetData;
  readonly sampleWeight: T | FloatArray | null;
  readonly normalizer: number | null;
}

/** A call's options, with the shape of the logits. */
export type BoundOptions = ResolvedOptions & { readonly shape: readonly number[] };

/** One call after every check. */
export interface BoundCall<T extends OrtTensor> {
  /** The graph's inputs, once for each run of it. */
  readonly feeds: readonly Readonly<Record<string, T>>[];
  readonly options: BoundOptions;
}

/** Checks a call's arrays and makes the graph's inputs of them. What is on a device cannot be looked at. */
export function bindCall<T extends OrtTensor>(ort: Ort<T>, plan: Plan, call: Call<T>): BoundCall<T> {
  const dims = dimsOf(call.logits, plan.shape);
  const options = { ...optionsOfCall(plan, call.options), shape: dims, axis: plan.axis };
  const args: Arguments<T> = {
    logits: onCpu(call.logits) as T | RealArray,
    target: onCpu(call.target) as T | TargetData,
    sampleWeight: onCpu(call.options.sampleWeight ?? options.sampleWeight) as T | FloatArray | null,
    normalizer: call.options.normalizer ?? null,
  };
  const parts = partsOf(plan, options, args, check(plan, options, args));
  return { feeds: parts.map((part) => feedsOf(ort, plan, part)), options };
}

/** The plan's options with the call's own normalizer; the same rules as in `resolveOptions`. */
function optionsOfCall({ options, written }: Plan, { normalizer }: CallOptions): ResolvedOptions {
  if (normalizer == null) return options;
  if (written.reduction !== undefined && written.reduction !== 'mean') {
    wrongValue('LS_OPTION', 'normalizer', "reduction 'mean' beside it", written.reduction);
  }
  const checked = aNumberIn(normalizer, 'normalizer', 0, Infinity, 'LS_NORMALIZER');
  return { ...options, normalizer: checked, reduction: 'mean' };
}

function onCpu(value: unknown): unknown {
  return isTensor(value) && value.location.startsWith('cpu') ? value.data : value;
}

/** The batch where all of it can be looked at, else null. */
function check<T extends OrtTensor>(plan: Plan, resolved: ResolvedOptions, args: Arguments<T>): Batch | null {
  const { logits, target, sampleWeight } = args;
  const options = { ...resolved, sampleWeight: isTensor(sampleWeight) ? null : sampleWeight };
  const numbers = isTensor(logits) ? null : numbersOf(aRealArray(logits, 'logits', plan.dtype));
  if (isTensor(target)) return null;
  const values = targetValues(plan, target);
  if (numbers === null) {
    const rows = (options.shape as readonly number[]).reduce((a, b) => a * b, 1) / options.classes;
    bindTarget(values, rows, options);
    if (options.onEmpty === 'throw') wrongValue('LS_UNSUPPORTED', 'onEmpty', "'nan' or 'zero' on a device", 'throw');
    return null;
  }
  const batch = bindBatch(numbers, values, options);
  if (plan.written.input === undefined && options.input === 'logits') refuseProbabilities(batch, options);
  if (options.onEmpty === 'throw') batchDenominator({ ...plan.table, options }, batch);
  return batch;
}

function targetValues({ written, dtype }: Plan, target: TargetData): TargetArray {
  if (written.target === 'probabilities') return numbersOf(aRealArray(target, 'target', dtype));
  const labels = target as TargetArray;
  if (targetKindOf(labels) === 'labels') return labels;
  return wrongType('LS_DTYPE', 'target', "labels, or the option target: 'probabilities'", target);
}

function feedsOf<T extends OrtTensor>(
  ort: Ort<T>,
  { dtype, labelType, written, axis }: Plan,
  { dims, args: { logits, target, sampleWeight, normalizer } }: Part<T>,
): Readonly<Record<string, T>> {
  const rowDims = dims.filter((_, i) => i !== axis);
  const real = dtype === 'float64' ? dtype : 'float32';
  const to = <V extends object>(
    argument: string,
    value: T | V,
    type: OrtType,
    size: readonly number[],
    as: As<V>,
  ): T =>
    isTensor(value) ? (onDevice(value, argument, type, size) as T) : new ort.Tensor(type, as(value, type), size);
  return {
    logits: to('logits', logits, dtype, dims, plainData),
    ...(written.target === 'probabilities'
      ? { targets: to('target', target as T | RealArray, dtype, dims, plainData) }
      : { labels: to('target', target as T | LabelArray, labelType, rowDims, integersOf) }),
    ...(sampleWeight === null ? {} : { sample_weight: to('sampleWeight', sampleWeight, real, rowDims, realsOf) }),
    ...(normalizer === null ? {} : { normalizer: to('normalizer', [normalizer], real, [], realsOf) }),
  };
}

/** An array's elements as the graph takes them. */
type As<V> = (value: V, type: OrtType) => OrtData;

/** Type and shape are all that is known of a tensor on a device. */
function onDevice(tensor: OrtTensor, argument: string, type: OrtType, dims: readonly number[]): OrtTensor {
  if (tensor.type !== type) wrongType('LS_DTYPE', argument, `a tensor of ${type}`, phrase(`one of ${tensor.type}`));
  if (tensor.dims.length === dims.length && tensor.dims.every((size, i) => size === dims[i])) return tensor;
  return wrongValue('LS_SHAPE', argument, `a tensor of shape [${dims}]`, phrase(`[${tensor.dims}]`));
}
