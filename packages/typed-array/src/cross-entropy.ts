import type {
  AnyLogitsArray,
  CrossEntropyOptions,
  CrossEntropyResult,
  ResultOf,
  TargetArray,
} from '@label-smoothing/core';
import { targetKindOf } from '@label-smoothing/core/adapter';
import { compile, evaluate } from './evaluate.js';
import { jsKernel } from './kernel-js.js';

/**
 * Label-smoothed cross-entropy over typed arrays: the call and the result of core's reference, made for speed.
 *
 * Formula: loss = s·( mass·ℓ − Σ c_k·d_k + zLoss·(m + ℓ)² − floor ), gradient_j = s/denominator·( (mass +
 * 2·zLoss·(m + ℓ))·p_j − c_j ), with d_k = x_k − m, ℓ = log1p(Σ_{k ≠ argmax} e^{d_k}), p_k = e^{d_k − ℓ}.
 *
 * @param logits - Float32Array, Float64Array, or float16 as Float16Array or as its bits in a Uint16Array; [rows, classes]
 * or `options.shape`.
 * @param target - labels [rows] (integers), or t in the logits' layout (Float32Array, Float64Array or Float16Array).
 * @param options - as for core's `crossEntropy`; `classes` or `shape` is required.
 * @returns losses in nats (float64): numbers, or one per row for reduction 'none'; with `gradient: true` also
 * ∂loss/∂logits in the logits' dtype and layout.
 * @throws LS_OPTION, LS_DIALECT, LS_SMOOTHING, LS_SHAPE, LS_DTYPE, LS_LABEL, LS_TARGET, LS_WEIGHT, LS_PRIOR,
 * LS_SAMPLE_WEIGHT, LS_MASK, LS_NORMALIZER, LS_LOGITS, LS_PROBABILITIES_AS_LOGITS, LS_EMPTY, LS_DETACHED.
 *
 * Numerical note: float64 inside, exponentials within 0.8 ULP; a gradient element is rounded to the logits' dtype once.
 * No temporary but a few numbers per row, and one row of 20 bytes a class that is kept for the next call. Options are
 * compiled on every call: in a loop use {@link createCrossEntropy}.
 *
 * @example
 * ```ts
 * import { crossEntropy } from '@label-smoothing/typed-array';
 * const options = { classes: 3, labelSmoothing: 0.1, gradient: true } as const;
 * const { loss, gradient } = crossEntropy(Float32Array.of(2, 1, 0), Int32Array.of(0), options);
 * console.log(loss.toFixed(6), gradient[0]?.toFixed(6)); // 0.507606 -0.268092
 * ```
 * Source: Szegedy et al. 2016, Rethinking the Inception Architecture, §7; docs/spec.md S1 and S7.
 */
export function crossEntropy<L extends AnyLogitsArray, const O extends CrossEntropyOptions>(
  logits: L,
  target: TargetArray,
  options: O,
): ResultOf<O, L>;
export function crossEntropy(
  logits: AnyLogitsArray,
  target: TargetArray,
  options: CrossEntropyOptions,
): CrossEntropyResult<number | Float64Array, AnyLogitsArray> {
  const compiled = compile(options, targetKindOf(target));
  return evaluate(jsKernel, compiled, logits, target, {}, compiled.table.options.gradient);
}
