import type {
  CrossEntropyOptions,
  GradientOf,
  LogitsArray,
  LossOf,
  TargetArray,
  TargetKind,
} from '@label-smoothing/core';
import {
  aBoolean,
  anInteger,
  bindTarget,
  type FloatArray,
  knownOptions,
  notDetached,
  optionNames,
  phrase,
  targetKindOf,
  wrongValue,
} from '@label-smoothing/core/adapter';
import { type CriterionKernel, chooseKernel, openKernel } from './choose-kernel.js';
import type { CallOptions } from './criterion.js';
import { type Compiled, compile, termsOf } from './evaluate.js';
import { bindGradients, checkHead, type HeadArrays, type HeadOut, type HeadSize } from './linear-arrays.js';
import { LinearHead } from './linear-evaluate.js';
import { JsProducts } from './linear-js.js';
import type { HeadProducts } from './linear-products.js';
import { WasmProducts } from './linear-wasm.js';
import { bindUpstream } from './output.js';
import type { KernelName } from './wasm.js';

/** Options of {@link createLinearCrossEntropy}: those of the loss, less what a head fixes, and the head's own. */
export interface LinearCrossEntropyOptions
  extends Omit<CrossEntropyOptions, 'shape' | 'axis' | 'input' | 'gradient' | 'classes'> {
  /** K, the rows of the weight matrix. */
  readonly classes: number;
  /** D, its columns: the length of a feature vector. */
  readonly features: number;
  /** Whether there is a bias; true. */
  readonly bias?: boolean | undefined;
  /** Whether ∂loss/∂x is wanted; true. Without it a third of the work is saved, as for frozen embeddings. */
  readonly inputGradient?: boolean | undefined;
  /** What computes float32 arrays, the products and the loss; 'auto', which is the fastest that runs here. */
  readonly kernel?: 'auto' | KernelName | undefined;
}

/** What one call for the gradients of a head may bring. */
export interface LinearCallOptions<L extends LogitsArray = LogitsArray> extends CallOptions {
  /** Receive the gradients, overwritten: the type and length of x, weight and bias, each in memory of its own. */
  readonly out?: HeadOut<L> | undefined;
  /** ∂objective/∂loss: a finite number, or one per row; 1. */
  readonly upstream?: number | FloatArray | undefined;
}

/** Losses as `crossEntropy` returns them. */
export interface LinearLoss<Loss = number | Float64Array> {
  readonly loss: Loss;
  readonly nll: Loss;
  readonly sum: number;
  readonly denominator: number;
}

/** Losses and gradients of a head. */
export interface LinearGradients<L extends LogitsArray = LogitsArray, Loss = number | Float64Array>
  extends LinearLoss<Loss> {
  /** ∂loss/∂x, [rows, features]; absent with `inputGradient: false`. */
  readonly dx?: GradientOf<L>;
  /** ∂loss/∂weight, [classes, features]. */
  readonly dWeight: GradientOf<L>;
  /** ∂loss/∂bias, [classes]; absent with `bias: false`. */
  readonly dBias?: GradientOf<L>;
}

/** A linear layer and its loss in one; made by {@link createLinearCrossEntropy}. */
export interface LinearCrossEntropy<Loss = number | Float64Array> {
  /** The loss of a batch, without gradients. */
  forward<L extends LogitsArray>(
    x: L,
    weight: L,
    bias: L | null,
    target: TargetArray,
    call?: CallOptions,
  ): LinearLoss<Loss>;
  /** The loss of a batch and its gradients. */
  lossAndGradient<L extends LogitsArray>(
    x: L,
    weight: L,
    bias: L | null,
    target: TargetArray,
    call?: LinearCallOptions<L>,
  ): LinearGradients<L, Loss>;
  /** What computes float32 arrays. Float64 arrays are always computed in JavaScript. */
  readonly kernel: KernelName;
  /** Gives the memory back; calls then fail with LS_DISPOSED. */
  dispose(): void;
}

/** What a head keeps from call to call. */
interface Head {
  readonly kernel: CriterionKernel;
  readonly products: Partial<Record<KernelName, HeadProducts>>;
}

const ownNames = ['features', 'bias', 'inputGradient', 'kernel'];
const fixedNames = ['shape', 'axis', 'input', 'gradient'];
const names = [...optionNames.filter((name) => !fixedNames.includes(name)), ...ownNames];
const forwardNames = ['sampleWeight', 'normalizer'];
const gradientNames = [...forwardNames, 'out', 'upstream'];
const outNames = ['dx', 'dWeight', 'dBias'];

/**
 * The loss of a linear layer: logits = x·weightᵀ + bias, their label-smoothed cross-entropy and its gradients, in chunks of
 * rows, so that logits of a large vocabulary never exist all at once.
 *
 * Formula: with g = ∂loss/∂logits as in {@link createCrossEntropy}: dx = g·weight, dWeight = gᵀ·x, dBias = Σ_rows g.
 *
 * @param options - `classes` (K), `features` (D), `bias` (true), `inputGradient` (true), `kernel`, and the options of the
 * loss: class weights are `weight` here, the matrix is an argument. Not `shape`, `axis` and `input`: rows are [D] → [K].
 * @returns `forward` and `lossAndGradient`: (x [rows, D], weight [K, D], bias [K] or null, target, call) → loss, nll, sum,
 * denominator, and dx, dWeight, dBias in new arrays or in `call.out`. All arrays are Float32Array, or all Float64Array.
 * @throws LS_OPTION, LS_DIALECT, LS_SMOOTHING, LS_SHAPE, LS_WEIGHT, LS_PRIOR, LS_MASK, LS_NORMALIZER, LS_KERNEL,
 * LS_MEMORY. Its methods: LS_DTYPE, LS_SHAPE, LS_LABEL, LS_TARGET, LS_SAMPLE_WEIGHT, LS_OUT, LS_UPSTREAM, LS_DETACHED,
 * LS_EMPTY, LS_MEMORY, LS_DISPOSED; nothing is then written.
 *
 * Numerical note: sums of products are formed in float64; of float32 arrays, WebAssembly forms them in float32 for 64 terms
 * at a time, and adds those up in float64. Logits, their gradient, and dWeight after every chunk of rows are rounded to the
 * arrays' dtype, dx and dBias once. Rows that do not count are never read. Memory beside inputs and gradients: at most
 * 16 MB, unless four rows alone need more, 24 bytes a row at most, and what class weights or a prior are compiled to.
 *
 * @example
 * ```ts
 * import { createLinearCrossEntropy } from '@label-smoothing/typed-array';
 * const head = createLinearCrossEntropy({ classes: 2, features: 3, labelSmoothing: 0.1 });
 * const x = Float32Array.of(1, 0, 2, 0, 1, -1);
 * const weight = new Float32Array(6);
 * const { loss, dWeight } = head.lossAndGradient(x, weight, new Float32Array(2), [0, 1]);
 * console.log(loss.toFixed(4), [...dWeight].map((g) => g.toFixed(3)).join(' ')); // 0.6931 -0.225 0.225 -0.675 0.225 -0.225 0.675
 * ```
 * Source: docs/spec.md S1, S5 and S7; chunks of rows as in Liger Kernel's fused linear cross-entropy (Hsu et al. 2024).
 */
export function createLinearCrossEntropy<const O extends LinearCrossEntropyOptions>(
  options: O,
): LinearCrossEntropy<LossOf<O>>;
export function createLinearCrossEntropy(options: LinearCrossEntropyOptions): LinearCrossEntropy {
  const { features, bias, inputGradient, kernel: choice = 'auto', ...rest } = knownOptions(options, names);
  const written = { ...rest, input: 'logits' } as const;
  const withInput = aBoolean(inputGradient ?? true, 'inputGradient');
  const compiled: Partial<Record<TargetKind, Compiled>> = { labels: compile(written, 'labels') };
  const table = (compiled.labels as Compiled).table;
  const size: HeadSize = {
    classes: table.options.classes,
    features: anInteger(features, 'features', 1, 'LS_SHAPE'),
    hasBias: aBoolean(bias ?? true, 'bias'),
  };
  const name = chooseKernel(choice);
  let head: Head | null = { kernel: openKernel(name, table, 1, written), products: {} };
  const productsFor = ({ products }: Head, x: LogitsArray): HeadProducts => {
    const kind = x instanceof Float32Array ? name : 'js';
    products[kind] ??= kind === 'js' ? new JsProducts(size) : new WasmProducts(kind, size);
    return products[kind];
  };

  const bind = (arrays: HeadArrays, target: TargetArray, call: Omit<LinearCallOptions, 'out'>) => {
    if (head === null) wrongValue('LS_DISPOSED', 'criterion', 'one that is in use', phrase('one after dispose()'));
    const rows = checkHead(arrays, size);
    const kind = targetKindOf(target);
    compiled[kind] ??= compile(written, kind);
    const { table, hard, arrays: kept } = compiled[kind];
    const terms = termsOf(compiled[kind], call);
    for (const [name, array] of kept) notDetached(array, name);
    const upstream = call.upstream === undefined ? 1 : bindUpstream(call.upstream, rows);
    const task = {
      kernel: head.kernel,
      products: productsFor(head, arrays.x),
      table,
      hard,
      terms,
      size,
      arrays,
      target: bindTarget(target, rows, table.options, terms.sampleWeight),
      upstream,
    };
    return { task, inputs: [target, terms.sampleWeight, upstream, ...kept.map(([, array]) => array)] };
  };

  return {
    kernel: name,
    forward: (x, weight, bias, target, call = {}) => {
      const { task } = bind({ x, weight, bias }, target, knownOptions(call, forwardNames));
      return new LinearHead(task).run(null);
    },
    lossAndGradient: (x, weight, bias, target, call = {}) => {
      const { out, ...known } = knownOptions(call, gradientNames);
      const arrays = { x, weight, bias };
      const { task, inputs } = bind(arrays, target, known);
      const gradients = bindGradients(knownOptions(out ?? {}, outNames), arrays, withInput, inputs);
      const { dx, dWeight, dBias } = gradients;
      return { ...new LinearHead(task).run(gradients), ...(dx && { dx }), dWeight, ...(dBias && { dBias }) } as never;
    },
    dispose: () => {
      head = null;
    },
  };
}
