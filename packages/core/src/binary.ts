import { aBoolean, aFloatArray, aNumberIn, anInteger, aWord, type FloatArray, notDetached } from './assert.js';
import type { CrossEntropyResult, ResultOf } from './cross-entropy.js';
import { phrase, wrongType, wrongValue } from './errors.js';
import type { LogitsArray } from './logits.js';
import type { OnEmpty, Reduction } from './options.js';
import { notEmpty, reduceLoss, rowFactor } from './reduction.js';
import { knownOptions, optionWords } from './resolve-options.js';

/** What 'mean' divides by in the binary loss: all elements, or (TensorFlow 1) those of sample weight ≠ 0. */
export type BinaryDenominator = 'rows' | 'nonzeroWeights';

/** Options of the binary (multi-label) loss; `undefined` counts as absent. */
export interface BinaryCrossEntropyOptions {
  /** Shape of the logits; its last size is the number of columns. Default: one column. */
  readonly shape?: readonly number[] | undefined;
  /** ε in [0, 1]; 0. */
  readonly labelSmoothing?: number | undefined;
  /** Factor on the positive term, finite and ≥ 0: a number, or one per column; 1. */
  readonly posWeight?: number | FloatArray | undefined;
  /** One factor per element, finite and ≥ 0; an element of weight 0 is never read. */
  readonly sampleWeight?: FloatArray | null | undefined;
  /** 'mean'. */
  readonly reduction?: Reduction | undefined;
  /** What 'mean' divides by; 'rows': all elements. */
  readonly denominator?: BinaryDenominator | undefined;
  /** What a mean over nothing is; 'nan'. */
  readonly onEmpty?: OnEmpty | undefined;
  /** true: also ∂loss/∂logits; false. */
  readonly gradient?: boolean | undefined;
}

/** {@link BinaryCrossEntropyOptions} with every option present and checked. */
interface ResolvedBinaryOptions {
  readonly columns: number;
  readonly labelSmoothing: number;
  readonly posWeight: number | FloatArray;
  readonly sampleWeight: FloatArray | null;
  readonly reduction: Reduction;
  readonly denominator: BinaryDenominator;
  readonly onEmpty: OnEmpty;
  readonly gradient: boolean;
}

/**
 * Label-smoothed binary cross-entropy of independent logits, element by element, in float64.
 *
 * Formula: t' = t·(1 − ε) + ε/2; loss = s·( posWeight·t'·softplus(−x) + (1 − t')·softplus(x) ).
 *
 * @param logits - Float32Array or Float64Array of any shape. @param targets - as many numbers in [0, 1].
 * @param options - see {@link BinaryCrossEntropyOptions}.
 * @returns losses in nats: one number, or one per element for 'none'; the gradient in the logits' dtype.
 * @throws LS_DTYPE, LS_DETACHED, LS_SHAPE, LS_TARGET, LS_SMOOTHING, LS_WEIGHT, LS_SAMPLE_WEIGHT, LS_OPTION, LS_EMPTY.
 *
 * Numerical note: softplus(x) = max(x, 0) + log1p(e^−|x|); a term of coefficient 0 is skipped, so ±inf logits stay right.
 *
 * @example
 * ```ts
 * import { binaryCrossEntropy } from '@label-smoothing/core';
 * const { loss } = binaryCrossEntropy(Float32Array.of(2, -1), [1, 0], { labelSmoothing: 0.1 });
 * console.log(loss.toFixed(6)); // 0.295095
 * ```
 * Source: Keras binary_crossentropy and TensorFlow sigmoid_cross_entropy; docs/spec.md S12.
 */
export function binaryCrossEntropy<L extends LogitsArray, const O extends BinaryCrossEntropyOptions = object>(
  logits: L,
  targets: ArrayLike<number>,
  options?: O,
): ResultOf<O, L>;
export function binaryCrossEntropy(
  logits: LogitsArray,
  targets: ArrayLike<number>,
  options: BinaryCrossEntropyOptions = {},
): CrossEntropyResult {
  if (!(logits instanceof Float32Array || logits instanceof Float64Array)) {
    wrongType('LS_DTYPE', 'logits', 'Float32Array or Float64Array', logits);
  }
  notDetached(logits, 'logits');
  const resolved = resolveBinaryOptions(options, logits.length);
  checkTargets(targets, logits.length, resolved);
  const denominator = denominatorOf(resolved, logits.length);
  const { loss, sum } = reduceLoss(resolved, elementLosses(logits, targets, resolved), denominator);
  const hard = { ...resolved, labelSmoothing: 0 };
  const { loss: nll } = reduceLoss(hard, elementLosses(logits, targets, hard), denominator);
  const result = { loss, nll, sum, denominator };
  return resolved.gradient ? { ...result, gradient: gradientOf(logits, targets, resolved, denominator) } : result;
}

function resolveBinaryOptions(options: BinaryCrossEntropyOptions, elements: number): ResolvedBinaryOptions {
  const names = [
    'shape',
    'labelSmoothing',
    'posWeight',
    'sampleWeight',
    'reduction',
    'denominator',
    'onEmpty',
    'gradient',
  ];
  const written = knownOptions(options, names);
  const columns = columnsOf(written.shape, elements);
  const { posWeight = 1, sampleWeight = null } = written;
  return {
    columns,
    labelSmoothing: aNumberIn(written.labelSmoothing ?? 0, 'labelSmoothing', 0, 1, 'LS_SMOOTHING'),
    posWeight:
      typeof posWeight === 'number'
        ? aNumberIn(posWeight, 'posWeight', 0, Infinity, 'LS_WEIGHT')
        : aFloatArray(posWeight, 'posWeight', [columns], Infinity, 'LS_WEIGHT'),
    sampleWeight:
      sampleWeight === null
        ? null
        : aFloatArray(sampleWeight, 'sampleWeight', [elements], Infinity, 'LS_SAMPLE_WEIGHT'),
    reduction: aWord(written.reduction ?? 'mean', 'reduction', optionWords.reduction, 'LS_OPTION'),
    denominator: aWord(written.denominator ?? 'rows', 'denominator', ['rows', 'nonzeroWeights'], 'LS_OPTION'),
    onEmpty: aWord(written.onEmpty ?? 'nan', 'onEmpty', optionWords.onEmpty, 'LS_OPTION'),
    gradient: aBoolean(written.gradient ?? false, 'gradient'),
  };
}

function columnsOf(shape: unknown, elements: number): number {
  if (shape === undefined) return 1;
  if (!Array.isArray(shape) || shape.length === 0) wrongType('LS_SHAPE', 'shape', 'an array of sizes', shape);
  const sizes = Array.from(shape).map((size, i) => anInteger(size, `shape[${i}]`, 0, 'LS_SHAPE'));
  const length = sizes.reduce((a, b) => a * b, 1);
  if (length !== elements) {
    wrongValue('LS_SHAPE', 'logits', `the ${length} values of shape [${sizes}]`, phrase(`${elements} values`));
  }
  return sizes[sizes.length - 1] as number;
}

function checkTargets(targets: ArrayLike<number>, elements: number, { sampleWeight }: ResolvedBinaryOptions): void {
  if (!Array.isArray(targets) && !(ArrayBuffer.isView(targets) && 'length' in targets)) {
    wrongType('LS_DTYPE', 'targets', 'an array of numbers in [0, 1]', targets);
  }
  notDetached(targets, 'targets');
  if (targets.length !== elements) {
    wrongValue('LS_SHAPE', 'targets', `${elements} values, one per logit`, phrase(`${targets.length} values`));
  }
  for (let i = 0; i < elements; i++) {
    const t = targets[i] as number;
    if (sampleWeight?.[i] !== 0 && !(t >= 0 && t <= 1)) aNumberIn(t, `targets[${i}]`, 0, 1, 'LS_TARGET');
  }
}

function denominatorOf(options: ResolvedBinaryOptions, elements: number): number {
  const { denominator, sampleWeight } = options;
  const zeros = denominator === 'rows' || sampleWeight === null ? 0 : sampleWeight.filter((s) => s === 0).length;
  return notEmpty(options, elements - zeros);
}

/** The coefficients of softplus(−x) and softplus(x) of one element, sample weight included. */
function coefficients(options: ResolvedBinaryOptions, target: number, i: number): readonly [number, number] {
  const { labelSmoothing, posWeight, sampleWeight, columns } = options;
  const smoothed = target * (1 - labelSmoothing) + labelSmoothing / 2;
  const s = sampleWeight === null ? 1 : (sampleWeight[i] as number);
  const positive = typeof posWeight === 'number' ? posWeight : (posWeight[i % columns] as number);
  // 1 − t' would cancel for a right target and a small ε.
  const missing = (1 - target) * (1 - labelSmoothing) + labelSmoothing / 2;
  return [s * positive * smoothed, s * missing];
}

function elementLosses(logits: LogitsArray, targets: ArrayLike<number>, options: ResolvedBinaryOptions): Float64Array {
  return Float64Array.from(logits, (x, i) => {
    if (options.sampleWeight?.[i] === 0) return 0;
    const [positive, negative] = coefficients(options, targets[i] as number, i);
    return (positive === 0 ? 0 : positive * softplus(-x)) + (negative === 0 ? 0 : negative * softplus(x));
  });
}

function gradientOf(
  logits: LogitsArray,
  targets: ArrayLike<number>,
  options: ResolvedBinaryOptions,
  denominator: number,
): LogitsArray {
  const gradient = logits instanceof Float32Array ? new Float32Array(logits.length) : new Float64Array(logits.length);
  logits.forEach((x, i) => {
    if (options.sampleWeight?.[i] === 0) return;
    const [positive, negative] = coefficients(options, targets[i] as number, i);
    gradient[i] = rowFactor(options, negative * sigmoid(x) - positive * sigmoid(-x), denominator);
  });
  return gradient;
}

function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

function sigmoid(x: number): number {
  // e^−|x| cannot overflow; the larger side is 1 − the smaller only up to rounding, so each has its own form.
  const e = Math.exp(-Math.abs(x));
  return x >= 0 ? 1 / (1 + e) : e / (1 + e);
}
