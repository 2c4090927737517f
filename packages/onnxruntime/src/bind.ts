import type { LabelArray, ResolvedOptions, TargetArray } from '@label-smoothing/core';
import {
  aFloatArray,
  aNumberIn,
  type Batch,
  batchDenominator,
  bindBatch,
  bindTarget,
  type FloatArray,
  notDetached,
  refuseProbabilities,
  type StoredLogits,
  targetKindOf,
  wrongType,
  wrongValue,
} from '@label-smoothing/core/adapter';
import { type Part, partsOf } from './chunks.js';
import { aRealArray, integersOf, numbersOf, plainData, type RealArray, realsOf } from './elements.js';
import { isTensor, type Ort, type OrtData, type OrtTensor, type OrtType } from './ort.js';
import type { Plan } from './plan.js';
import { dimsOf } from './shape.js';
import { inputsOf, readTensor, type TensorInput } from './tensors.js';

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
  const inputs = inputsOf(plan, dims);
  const weights = call.options.sampleWeight ?? options.sampleWeight;
  const args: Arguments<T> = {
    logits: readTensor(call.logits, inputs.logits) as T | RealArray,
    target: readTensor(call.target, inputs.target) as T | TargetData,
    sampleWeight: readTensor(weights, inputs.sampleWeight) as T | FloatArray | null,
    normalizer: call.options.normalizer ?? null,
  };
  const batch = check(plan, options, args);
  // A tensor's results are tensors, which nobody here puts together: it goes as a whole, also from the CPU.
  const parts = isTensor(call.logits) ? [{ dims, args }] : partsOf(plan, options, args, batch);
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

/** The batch where all of it can be looked at, else null. */
function check<T extends OrtTensor>(
  plan: Plan,
  resolved: BoundOptions,
  args: Arguments<T>,
): Batch<StoredLogits> | null {
  const { logits, target, sampleWeight } = args;
  const options = { ...resolved, sampleWeight: isTensor(sampleWeight) ? null : sampleWeight };
  if (options.onEmpty === 'throw' && [logits, target, sampleWeight].some(isTensor)) {
    wrongValue('LS_UNSUPPORTED', 'onEmpty', "'nan' or 'zero' on a device", 'throw');
  }
  const rows = options.shape.reduce((a, b) => a * b, 1) / options.classes;
  if (!isTensor(logits)) notDetached(aRealArray(logits, 'logits', plan.dtype), 'logits');
  if (isTensor(target)) {
    if (options.sampleWeight) aFloatArray(options.sampleWeight, 'sampleWeight', [rows], Infinity, 'LS_SAMPLE_WEIGHT');
    return null;
  }
  const values = targetValues(plan, target);
  if (isTensor(logits)) {
    bindTarget(values, rows, options);
    return null;
  }
  const batch = bindBatch(logits, values, options);
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
  plan: Plan,
  { dims, args: { logits, target, sampleWeight, normalizer } }: Part<T>,
): Readonly<Record<string, T>> {
  const inputs = inputsOf(plan, dims);
  const to = <V extends object>(value: T | V, { type, dims: size }: TensorInput, as: As<V>): T =>
    isTensor(value) ? (value as T) : new ort.Tensor(type, as(value, type), size);
  return {
    logits: to(logits, inputs.logits, plainData),
    ...(plan.written.target === 'probabilities'
      ? { targets: to(target as T | RealArray, inputs.target, plainData) }
      : { labels: to(target as T | LabelArray, inputs.target, integersOf) }),
    ...(sampleWeight === null ? {} : { sample_weight: to(sampleWeight, inputs.sampleWeight, realsOf) }),
    ...(normalizer === null ? {} : { normalizer: to([normalizer], inputs.normalizer, realsOf) }),
  };
}

/** An array's elements as the graph takes them. */
type As<V> = (value: V, type: OrtType) => OrtData;
