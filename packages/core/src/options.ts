import type { FloatArray } from './assert.js';

/** Names of the fourteen presets in {@link dialects}. */
export type DialectName =
  | 'pytorch'
  | 'keras'
  | 'tf1'
  | 'tfjs'
  | 'huggingface'
  | 'fairseq'
  | 't5x'
  | 'megatron'
  | 'paddle'
  | 'mlx'
  | 'optax'
  | 'flash-attention'
  | 'liger'
  | 'onnx';

/** What the scores are: unnormalised logits, or probabilities whose logarithm is taken (without a clip). */
export type InputKind = 'logits' | 'probabilities';
/** Where the smoothing mass goes: ε/K to every class, ε/(K−1) to the other classes, or ε·prior. */
export type SmoothingMode = 'uniform' | 'others' | 'prior';
/** How class weights enter: on each class (PyTorch), by the target's weight (Keras, ONNX), or by the expected weight (Paddle). */
export type WeightMode = 'perClass' | 'target' | 'expected';
/** What a −inf logit means: a class that does not exist in that row, or an ordinary class of probability 0 (PyTorch). */
export type MaskedLogits = 'exclude' | 'propagate';
/** How row losses become the result. */
export type Reduction = 'none' | 'sum' | 'mean';
/** What 'mean' divides by; docs/spec.md S5 has the sums. */
export type Denominator = 'weights' | 'valid' | 'rows' | 'nonzeroWeights' | 'expected';
/** What a mean over a denominator of 0 is. */
export type OnEmpty = 'nan' | 'zero' | 'throw';
/** Class indices, or a distribution per row. */
export type TargetKind = 'labels' | 'probabilities';

/**
 * What callers write: the same names in every package. Everything is optional; `undefined` counts as absent.
 *
 * Losses are in nats. Arrays are `number[]`, Float32Array or Float64Array.
 */
export interface CrossEntropyOptions {
  /** K, the number of classes. Needed where `shape` does not tell it; must agree with `shape[axis]` if both are given. */
  readonly classes?: number | undefined;
  /** Shape of n-d logits, such as [N, C, H, W]; `[K]` is one row. Default: rows × classes. */
  readonly shape?: readonly number[] | null | undefined;
  /** The class axis of `shape`, negative counts from the end. Default: the last; without `shape` there is no other. */
  readonly axis?: number | undefined;
  /** What the scores are; 'logits'. Writing it out also switches off the check for probabilities passed as logits. */
  readonly input?: InputKind | undefined;
  /** ε: the part of the target's mass that is spread, in [0, 1]; one number, or one per class (the row's label picks). 0. */
  readonly labelSmoothing?: number | FloatArray | undefined;
  /** Where the mass ε goes; 'uniform'. */
  readonly smoothingMode?: SmoothingMode | undefined;
  /** For mode 'prior': K weights summing to 1, or K×K (row y is the prior for class y; flat row-major or nested). */
  readonly prior?: FloatArray | readonly FloatArray[] | null | undefined;
  /** Class weights [K], finite and ≥ 0. */
  readonly weight?: FloatArray | null | undefined;
  /** How class weights enter; 'perClass'. */
  readonly weightMode?: WeightMode | undefined;
  /** One factor per row, finite and ≥ 0; a row of weight 0 is never read. */
  readonly sampleWeight?: FloatArray | null | undefined;
  /** Label or labels whose rows are never read; null for none; −100. Inert for dense targets. */
  readonly ignoreIndex?: number | readonly number[] | null | undefined;
  /** [K]: the classes that exist; softmax and smoothing are over those. */
  readonly classMask?: readonly boolean[] | null | undefined;
  /** What a −inf logit means; 'exclude'. */
  readonly maskedLogits?: MaskedLogits | undefined;
  /** 'mean'. */
  readonly reduction?: Reduction | undefined;
  /** What 'mean' divides by; 'weights' for labels, 'rows' for dense targets. */
  readonly denominator?: Denominator | undefined;
  /** Finite ≥ 0, replaces the denominator (gradient accumulation); implies reduction 'mean'. */
  readonly normalizer?: number | null | undefined;
  /** What a mean with denominator 0 is (the gradient is then 0); 'nan'. */
  readonly onEmpty?: OnEmpty | undefined;
  /** Coefficient of lse², finite and ≥ 0; 0. */
  readonly zLoss?: number | undefined;
  /** true: report KL(q‖p), whose minimum is 0, by subtracting H(q); false. */
  readonly subtractEntropy?: boolean | undefined;
  /** true: also ∂loss/∂logits; false. */
  readonly gradient?: boolean | undefined;
  /** A framework's preset, which the other options override. */
  readonly dialect?: DialectName | null | undefined;
}

/** The same with every option present, dialect expanded and values checked; made by {@link resolveOptions}. */
export interface ResolvedOptions {
  readonly classes: number;
  readonly shape: readonly number[] | null;
  /** Counted from the front; 1 where `shape` is null. */
  readonly axis: number;
  readonly input: InputKind;
  readonly labelSmoothing: number | FloatArray;
  readonly smoothingMode: SmoothingMode;
  /** [K] or flat row-major [K×K]. */
  readonly prior: FloatArray | null;
  readonly weight: FloatArray | null;
  readonly weightMode: WeightMode;
  readonly sampleWeight: FloatArray | null;
  /** Every ignored label; empty for none. */
  readonly ignoreIndex: readonly number[];
  readonly classMask: readonly boolean[] | null;
  readonly maskedLogits: MaskedLogits;
  readonly reduction: Reduction;
  readonly denominator: Denominator;
  readonly normalizer: number | null;
  readonly onEmpty: OnEmpty;
  readonly zLoss: number;
  readonly subtractEntropy: boolean;
  readonly gradient: boolean;
  readonly dialect: DialectName | null;
}
