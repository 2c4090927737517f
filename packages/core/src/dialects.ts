import type { Denominator, DialectName, ResolvedOptions, TargetKind } from './options.js';

/** What a dialect may preset: any option that does not depend on the data at hand. */
export type DialectOptions = Partial<
  Pick<
    ResolvedOptions,
    'smoothingMode' | 'weightMode' | 'reduction' | 'onEmpty' | 'maskedLogits' | 'zLoss' | 'subtractEntropy'
  > & {
    readonly denominator: Denominator | Readonly<Record<TargetKind, Denominator>>;
    readonly ignoreIndex: number | null;
  }
>;

/** One framework's convention as data. */
export interface Dialect {
  /** What people call the system. */
  readonly title: string;
  /** The file or paper whose behaviour the preset follows. */
  readonly source: string;
  /** A partial option set; the caller's own options override it. */
  readonly options: DialectOptions;
}

const torch = {
  smoothingMode: 'uniform',
  weightMode: 'perClass',
  denominator: { labels: 'weights', probabilities: 'rows' },
  reduction: 'mean',
  ignoreIndex: -100,
  onEmpty: 'nan',
  maskedLogits: 'propagate',
} as const satisfies DialectOptions;

/**
 * The fourteen conventions of label-smoothed cross-entropy that are in use, each a partial option set with its source.
 *
 * A dialect is data: `{ ...defaults, ...dialects[name].options, ...yourOptions }`, where an option that is
 * `undefined` counts as absent. With no dialect the defaults are PyTorch's, except that −inf logits are excluded.
 *
 * @example
 * ```ts
 * import { dialects } from '@label-smoothing/core';
 * console.log(dialects.fairseq.options.smoothingMode); // others
 * ```
 * Source: docs/dialects.md, where each is described with its recorded deviations.
 */
export const dialects: Readonly<Record<DialectName, Dialect>> = frozen({
  pytorch: {
    title: 'PyTorch',
    source: 'aten/src/ATen/native/LossNLL.cpp, cross_entropy_loss_label_smoothing and cross_entropy_loss_prob_target',
    options: torch,
  },
  keras: {
    title: 'Keras 3',
    source: 'keras/src/losses/losses.py, CategoricalCrossentropy(from_logits=True)',
    options: { ...torch, weightMode: 'target', denominator: 'rows', ignoreIndex: null, onEmpty: 'zero' },
  },
  tf1: {
    title: 'TensorFlow 1 losses',
    source: 'tensorflow/python/ops/losses/losses_impl.py, softmax_cross_entropy',
    options: { ...torch, weightMode: 'target', denominator: 'nonzeroWeights', ignoreIndex: null, onEmpty: 'zero' },
  },
  tfjs: {
    title: 'TensorFlow.js',
    source: 'tfjs-core/src/ops/losses/softmax_cross_entropy.ts',
    options: { ...torch, weightMode: 'target', denominator: 'nonzeroWeights', ignoreIndex: null },
  },
  huggingface: {
    title: 'Hugging Face Transformers',
    source: 'transformers/trainer_pt_utils.py, LabelSmoother',
    options: { ...torch, denominator: 'valid' },
  },
  fairseq: {
    title: 'fairseq',
    source: 'fairseq/criterions/label_smoothed_cross_entropy.py, label_smoothed_nll_loss',
    options: {
      ...torch,
      smoothingMode: 'others',
      denominator: 'valid',
      reduction: 'sum',
      ignoreIndex: null,
      onEmpty: 'zero',
    },
  },
  t5x: {
    title: 'T5X',
    source: 't5x/losses.py, compute_weighted_cross_entropy',
    options: {
      ...torch,
      smoothingMode: 'others',
      denominator: 'valid',
      reduction: 'sum',
      ignoreIndex: null,
      onEmpty: 'zero',
      subtractEntropy: true,
    },
  },
  megatron: {
    title: 'Megatron-LM',
    source: 'megatron/core/tensor_parallel/cross_entropy.py, _VocabParallelCrossEntropy on one shard',
    options: { ...torch, smoothingMode: 'others', denominator: 'valid', reduction: 'none', ignoreIndex: null },
  },
  paddle: {
    title: 'PaddlePaddle',
    source: 'python/paddle/nn/functional/loss.py, cross_entropy(label_smoothing=)',
    options: { ...torch, weightMode: 'expected', denominator: 'expected', onEmpty: 'zero' },
  },
  mlx: {
    title: 'MLX',
    source: 'python/mlx/nn/losses.py, cross_entropy',
    options: { ...torch, weightMode: 'target', denominator: 'rows', reduction: 'none', ignoreIndex: null },
  },
  optax: {
    title: 'optax',
    source: 'optax/losses/_smoothing.py smooth_labels, then softmax_cross_entropy',
    options: { ...torch, weightMode: 'target', denominator: 'rows', reduction: 'none', ignoreIndex: null },
  },
  'flash-attention': {
    title: 'flash-attention',
    source: 'flash_attn/ops/triton/cross_entropy.py and flash_attn/losses/cross_entropy.py',
    options: { ...torch, denominator: 'valid' },
  },
  liger: {
    title: 'Liger Kernel',
    source: 'src/liger_kernel/ops/cross_entropy.py',
    options: { ...torch, denominator: 'weights', onEmpty: 'zero' },
  },
  onnx: {
    title: 'ONNX SoftmaxCrossEntropyLoss',
    source: 'onnx/defs/math/defs.cc, SoftmaxCrossEntropyLoss-13; smoothed as this library extends it',
    options: { ...torch, weightMode: 'target', denominator: 'weights', ignoreIndex: null },
  },
});

/** Nobody changes a preset for everybody else. */
function frozen<D extends Readonly<Record<string, Dialect>>>(presets: D): D {
  for (const dialect of Object.values(presets)) Object.freeze(Object.freeze(dialect).options);
  return Object.freeze(presets);
}
