import { bindBatch, refuseProbabilities } from './batch.js';
import { float16Like, type HalfArray, type NativeFloat16Array } from './float16.js';
import type { AnyLogitsArray, LogitsArray } from './logits.js';
import type { CrossEntropyOptions, DialectName } from './options.js';
import { batchDenominator, reduceLoss } from './reduction.js';
import { lossGradient, rowLosses } from './reference.js';
import { resolveOptions } from './resolve-options.js';
import { type TargetArray, targetKindOf } from './target-batch.js';
import { compileTargetTable, withoutSmoothing } from './target-table.js';

/** The logits' own kind of array: float16 bits for bits, Float32Array for float32, and so on. */
export type GradientOf<L extends AnyLogitsArray> = L extends Uint16Array
  ? Uint16Array
  : L extends Float32Array
    ? Float32Array
    : L extends Float64Array
      ? Float64Array
      : NativeFloat16Array;

/** Dialects that return a loss per row unless a normalizer asks for the mean. */
type PerRow = 'megatron' | 'mlx' | 'optax';

/** What `loss` is under options of type O: one number, one per row, or either where the type leaves it open. */
export type LossOf<O> = O extends { readonly reduction: 'none' }
  ? Float64Array
  : O extends { readonly reduction: 'sum' | 'mean' }
    ? number
    : 'reduction' extends keyof O
      ? number | Float64Array
      : O extends { readonly dialect: Exclude<DialectName, PerRow> | null }
        ? number
        : 'dialect' extends keyof O
          ? number | Float64Array
          : number;

/** What every adapter's `crossEntropy` returns. */
export interface CrossEntropyResult<Loss = number | Float64Array, Gradient = LogitsArray> {
  /** In nats: a number, or a Float64Array [rows] for reduction 'none'. */
  readonly loss: Loss;
  /** The same call with ε = 0, without z-loss and entropy: exp(nll) is the perplexity. */
  readonly nll: Loss;
  /** Σ of the row losses. */
  readonly sum: number;
  /** What 'mean' divides by. Over shards and micro-batches: Σ sum / Σ denominator. */
  readonly denominator: number;
  /** ∂loss/∂logits in the logits' dtype and layout; that of the sum for reduction 'none'. Only with `gradient: true`. */
  readonly gradient?: Gradient;
}

/** {@link CrossEntropyResult} for options of type O: with a gradient where they say so, and the loss they lead to. */
export type ResultOf<O, L extends AnyLogitsArray> = CrossEntropyResult<LossOf<O>, GradientOf<L>> &
  (O extends { readonly gradient: true } ? { readonly gradient: GradientOf<L> } : unknown);

/**
 * Label-smoothed cross-entropy in float64: the reference that every other backend is measured against.
 *
 * Formula: loss = s·( mass·ℓ − Σ c_k·d_k + zLoss·(m + ℓ)² − floor ), gradient_j = s/denominator·( (mass +
 * 2·zLoss·(m + ℓ))·p_j − c_j ), with d_k = x_k − m, ℓ = log1p(Σ_{k ≠ argmax} e^{d_k}), p_k = e^{d_k − ℓ} and c_k from
 * {@link rowTerms}.
 *
 * @param logits - Float32Array, Float64Array, or float16 as Float16Array or as its bits in a Uint16Array; [rows, classes]
 * or `options.shape`.
 * @param target - labels [rows] (integers), or t in the logits' layout (Float32Array, Float64Array or Float16Array).
 * @param options - see {@link CrossEntropyOptions}; `classes` or `shape` is required.
 * @returns losses in nats (float64); the gradient in the logits' dtype and layout.
 * @throws any code of `docs/errors.md` but LS_OUT, LS_UPSTREAM and LS_DISPOSED.
 *
 * Numerical note: no term cancels but the subtracted entropy, so near-one-hot rows keep full relative precision;
 * worst measured error is in docs/tolerances.md.
 *
 * @example
 * ```ts
 * import { crossEntropy } from '@label-smoothing/core';
 * const { loss } = crossEntropy(Float64Array.of(2, 1, 0), [0], { classes: 3, labelSmoothing: 0.1 });
 * console.log(loss.toFixed(6)); // 0.507606
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
  const resolved = resolveOptions(options, targetKindOf(target));
  const batch = bindBatch(logits, target, resolved);
  if (options.input === undefined && resolved.input === 'logits') refuseProbabilities(batch, resolved);
  const table = compileTargetTable(resolved);
  const reduced = reduceLoss(resolved, rowLosses(table, batch), batchDenominator(table, batch));
  const hard = compileTargetTable(withoutSmoothing(resolved));
  const { loss: nll } = reduceLoss(hard.options, rowLosses(hard, batch), batchDenominator(hard, batch));
  if (!resolved.gradient) return { ...reduced, nll };
  const gradient = lossGradient(table, batch, reduced.denominator);
  const isHalf = gradient instanceof Uint16Array;
  return { ...reduced, nll, gradient: isHalf ? float16Like(gradient, logits as HalfArray) : gradient };
}
