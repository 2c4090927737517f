import type { Batch } from '../batch.js';
import { fromFloat16, toFloat16 } from '../float16.js';
import type { CrossEntropyOptions, TargetKind } from '../options.js';
import { batchDenominator } from '../reduction.js';
import { resolveOptions } from '../resolve-options.js';
import { bindTarget, IGNORED, type TargetArray } from '../target-batch.js';
import { compileTargetTable } from '../target-table.js';
import type { LossRequest, Supports } from './contract.js';
import type { ArrayOf, Dtype } from './ulp.js';

/** What a request is made from: arrays in the case's dtype and options as a caller would write them. */
export interface RequestInputs {
  readonly dtype: Dtype;
  readonly logits: ArrayOf[Dtype];
  readonly target: Int32Array | ArrayOf[Dtype];
  readonly options: CrossEntropyOptions;
}

/** A request from a case's inputs: options resolved and compiled, n-d logits as rows × classes. */
export function requestOf(inputs: RequestInputs, gradient: boolean): LossRequest {
  const nd = resolveOptions(inputs.options, kindOf(inputs.target));
  const order = rowMajor(inputs);
  const options = { ...nd, shape: null, axis: 1, gradient };
  const { classes, sampleWeight } = options;
  return {
    dtype: inputs.dtype,
    logits: reorder(inputs.logits, order),
    rows: inputs.logits.length / classes,
    classes,
    target: inputs.target instanceof Int32Array ? inputs.target : reorder(inputs.target, order),
    ...(sampleWeight === null ? {} : { sampleWeight: Float64Array.from(sampleWeight) }),
    options,
    table: compileTargetTable(options),
    gradient,
  } as LossRequest;
}

/** Where element i of the row-major [rows, classes] array comes from in the n-d one; null where nothing moves. */
export function rowMajor({ logits, target, options }: RequestInputs): Int32Array | null {
  const { shape, axis, classes } = resolveOptions(options, kindOf(target));
  const stride = shape === null ? 1 : shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  if (stride === 1) return null;
  return Int32Array.from({ length: logits.length }, (_, i) => {
    const row = Math.floor(i / classes);
    return (row - (row % stride)) * classes + (row % stride) + (i % classes) * stride;
  });
}

/** A copy of `array` in another order; typed arrays of one kind stay of that kind. */
export function reorder<A extends ArrayOf[Dtype]>(array: A, order: Int32Array | null): A {
  return (order === null ? array.slice() : array.map((_, i) => array[order[i] as number] as number)) as A;
}

/** Numbers of an array in float64: float16 bits decoded. */
export function toFloat64(array: ArrayOf[Dtype]): Float64Array {
  return array instanceof Uint16Array ? Float64Array.from(array, fromFloat16) : Float64Array.from(array);
}

/** Float64 numbers rounded into an array of `dtype`. */
export function fromFloat64(values: Float64Array, dtype: Dtype): ArrayOf[Dtype] {
  if (dtype === 'float16') return Uint16Array.from(values, toFloat16);
  return dtype === 'float32' ? Float32Array.from(values) : values;
}

/**
 * The options beyond labelSmoothing and reduction that a request's answer depends on, as a manifest names them.
 *
 * Formula: `name` where an option is used at all, `name=value` where it takes a value other than the first one listed
 * in docs/conformance.md.
 *
 * @param request - one computation. @returns such as `['weight', 'weightMode=target']`; empty for the plain loss.
 *
 * Numerical note: an option that cannot change the answer is not named: 'onEmpty=zero' only for an empty mean, masks
 * only where a logit is −inf.
 *
 * @example
 * ```ts
 * import { requirementsOf, requestOf } from '@label-smoothing/core/conformance';
 * const inputs = { dtype: 'float32', logits: new Float32Array(3), target: Int32Array.of(0) } as const;
 * const request = requestOf({ ...inputs, options: { classes: 3, weight: [1, 2, 3], weightMode: 'target' } }, false);
 * console.log(requirementsOf(request)); // [ 'weight', 'weightMode=target' ]
 * ```
 * Source: docs/conformance.md.
 */
export function requirementsOf(request: LossRequest): readonly string[] {
  const { options, classes } = request;
  const { prior, weight, weightMode, reduction, denominator } = options;
  const labels = request.target instanceof Int32Array;
  const batch = batchOf(request);
  const common = denominator === (labels ? 'weights' : 'rows');
  const empty = reduction === 'mean' && batchDenominator(request.table, batch) === 0;
  const needs: readonly (readonly [boolean, string])[] = [
    [typeof options.labelSmoothing !== 'number', 'labelSmoothing=perClass'],
    [options.smoothingMode === 'others', 'smoothingMode=others'],
    [prior !== null, prior !== null && prior.length > classes ? 'prior=conditional' : 'prior'],
    [weight !== null, 'weight'],
    [weight !== null && weightMode !== 'perClass', `weightMode=${weightMode}`],
    [options.sampleWeight !== null, 'sampleWeight'],
    [batch.labels?.includes(IGNORED) ?? false, 'ignoreIndex'],
    [options.classMask !== null, 'classMask'],
    [batch.logits.includes(-Infinity), `maskedLogits=${options.maskedLogits}`],
    [reduction === 'mean' && options.normalizer === null && !common, `denominator=${denominator}`],
    [options.normalizer !== null, 'normalizer'],
    [empty && options.onEmpty !== 'nan', `onEmpty=${options.onEmpty}`],
    [options.zLoss > 0, 'zLoss'],
    [options.subtractEntropy, 'subtractEntropy'],
    [options.input === 'probabilities', 'input=probabilities'],
  ];
  return needs.filter(([needed]) => needed).map(([, name]) => name);
}

/** The first thing a request needs that a manifest does not claim, or null. */
export function unsupported(request: LossRequest, supports: Supports): string | null {
  const { dtype, options, target, gradient } = request;
  const kind = kindOf(target);
  if (!supports.dtypes.includes(dtype)) return dtype;
  if (!supports.reductions.includes(options.reduction)) return `reduction=${options.reduction}`;
  if (!supports.targets.includes(kind)) return `target=${kind}`;
  if (gradient && !supports.gradient) return 'gradient';
  if (supports.options.includes('table')) return null;
  return requirementsOf(request).find((need) => !supports.options.includes(need)) ?? null;
}

function kindOf(target: LossRequest['target']): TargetKind {
  return target instanceof Int32Array ? 'labels' : 'probabilities';
}

/** A request's target as the reference takes it. */
export function targetOf(target: LossRequest['target']): TargetArray {
  return target instanceof Int32Array ? target : toFloat64(target);
}

/** A request's arrays as the reference walks them, in float64. */
export function batchOf({ options, logits, target, rows }: LossRequest): Batch {
  return { ...bindTarget(targetOf(target), rows, options), logits: toFloat64(logits) };
}
