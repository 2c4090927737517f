import type {
  AnyLogitsArray,
  CrossEntropyOptions,
  CrossEntropyResult,
  GradientOf,
  LossOf,
  TargetArray,
  TargetKind,
} from '@label-smoothing/core';
import {
  anInteger,
  type FloatArray,
  knownOptions,
  optionNames,
  phrase,
  targetKindOf,
  withKnownNames,
  wrongValue,
} from '@label-smoothing/core/adapter';
import { type CriterionKernel, chooseKernel, chooseThreads, openKernel } from './choose-kernel.js';
import { type Call, type Compiled, compile, evaluate } from './evaluate.js';
import type { KernelName } from './wasm.js';

/** What one call of a {@link CrossEntropyCriterion} may bring; null and `undefined` leave what the options say. */
export interface CallOptions {
  /** One factor per row, finite and ≥ 0, in place of the options' own; a row of weight 0 is never read. */
  readonly sampleWeight?: FloatArray | null | undefined;
  /** Finite ≥ 0, replaces the denominator for this call; not beside a written reduction 'sum' or 'none'. */
  readonly normalizer?: number | null | undefined;
}

/** What one call for a gradient may bring. */
export interface GradientCallOptions<L extends AnyLogitsArray = AnyLogitsArray> extends CallOptions {
  /** Receives the gradient: the logits' type and length. It may be the logits themselves, which are then overwritten. */
  readonly out?: L | undefined;
  /** ∂objective/∂loss: a finite number, or one per row (then each row's gradient is multiplied by its own); 1. */
  readonly upstream?: number | FloatArray | undefined;
}

/** A result with the gradient of the logits that were passed. */
export interface LossAndGradient<L extends AnyLogitsArray = AnyLogitsArray, Loss = number | Float64Array>
  extends CrossEntropyResult<Loss, GradientOf<L>> {
  /** ∂loss/∂logits times `upstream`, in the logits' dtype and layout; `out` itself if it was given. */
  readonly gradient: GradientOf<L>;
}

/** A loss whose options are checked and compiled; made by {@link createCrossEntropy}. */
export interface CrossEntropyCriterion<Loss = number | Float64Array> {
  /** The loss of a batch, without a gradient. */
  forward(logits: AnyLogitsArray, target: TargetArray, call?: CallOptions): CrossEntropyResult<Loss>;
  /** The loss of a batch and its gradient with respect to the logits. */
  lossAndGradient<L extends AnyLogitsArray>(
    logits: L,
    target: TargetArray,
    call?: GradientCallOptions<L>,
  ): LossAndGradient<L, Loss>;
  /**
   * A Float32Array of zeros in the kernel's own memory: as logits, and as `out`, it is used without a copy. It stays valid
   * whatever is called later; its memory is given back with the criterion.
   */
  alloc(length: number): Float32Array;
  /** What computes float16 and float32 logits. Float64 logits are always computed in JavaScript. */
  readonly kernel: KernelName;
  /** How many threads compute it, the caller's among them. */
  readonly threads: number;
  /**
   * Resolves when all of its threads run, and rejects with LS_THREADS where one does not start. Calls need not wait for it:
   * whoever runs takes part, and the result is the same.
   */
  readonly ready: Promise<void>;
  /** Ends the threads and gives the kernel's memory back. Arrays from `alloc` stay readable; calls fail with LS_DISPOSED. */
  dispose(): void;
}

/** What a criterion takes beside the options of the loss. */
export interface CriterionOptions extends CrossEntropyOptions {
  /** What computes float16 and float32 logits; 'auto', which is the fastest that runs here. */
  readonly kernel?: 'auto' | KernelName | undefined;
  /**
   * How many threads compute such logits, the caller's among them; 1. More of them need shared memory, and a caller that
   * may wait: in a browser a worker of a cross-origin isolated page.
   */
  readonly threads?: number | undefined;
}

const forwardNames = ['sampleWeight', 'normalizer'];
const gradientNames = [...forwardNames, 'out', 'upstream'];

/** Reads each option once, since a getter may say something else each time, and into an object of one shape. */
function readCall({ sampleWeight, normalizer, upstream, out }: GradientCallOptions): Call {
  return { sampleWeight, normalizer, upstream, out };
}

const nothing = readCall({});

/**
 * Compiles options once into a criterion: for training loops, for gradients in place, and for an upstream factor.
 *
 * Formula: that of {@link crossEntropy}; `lossAndGradient` multiplies row r of the gradient by `upstream`, or by
 * `upstream[r]`.
 *
 * @param options - as for {@link crossEntropy}, copied; arrays in them are kept by reference and must not change.
 * `gradient` has no effect: the method that is called decides.
 * @returns `forward` and `lossAndGradient`. Both take labels or dense targets; each kind is compiled when it first comes.
 * @throws LS_OPTION, LS_DIALECT, LS_SMOOTHING, LS_SHAPE, LS_WEIGHT, LS_PRIOR, LS_MASK, LS_NORMALIZER, LS_KERNEL, LS_THREADS,
 * LS_MEMORY. Its methods: the codes of {@link crossEntropy} for their arrays, LS_OUT, LS_UPSTREAM and LS_DETACHED, where
 * nothing is then written to `out`; LS_DISPOSED, and LS_THREADS where a thread stopped.
 *
 * Numerical note: the gradient is rounded once, upstream and denominator included; float32 keeps its exponentials in the
 * gradient's array between two sweeps, which costs another half ULP; float16 is computed in float32 and rounded from there.
 * In place gives the same bits as out of place, and so does any number of threads.
 *
 * @example
 * ```ts
 * import { createCrossEntropy } from '@label-smoothing/typed-array';
 * const criterion = createCrossEntropy({ classes: 3, labelSmoothing: 0.1 });
 * const logits = Float32Array.of(2, 1, 0, 0, 0, 3);
 * const { loss } = criterion.lossAndGradient(logits, [0, 2], { out: logits });
 * console.log(loss.toFixed(6)); // 0.401264
 * console.log([...logits].map((g) => g.toFixed(3)).join(' ')); // -0.134 0.106 0.028 0.006 0.006 -0.012
 * ```
 * Source: docs/spec.md S1, S5 and S7.
 */
export function createCrossEntropy<const O extends CriterionOptions>(options: O): CrossEntropyCriterion<LossOf<O>>;
export function createCrossEntropy(options: CriterionOptions): CrossEntropyCriterion {
  const names = [...optionNames, 'kernel', 'threads'];
  const { kernel: choice = 'auto', threads: wanted = 1, ...written } = knownOptions(options, names);
  // Labels have every check that dense targets have, so mistakes show here and not in the first call.
  const compiled: Partial<Record<TargetKind, Compiled>> = { labels: compile(written, 'labels') };
  const name = chooseKernel(choice);
  const threads = chooseThreads(wanted, name);
  const opened = openKernel(name, (compiled.labels as Compiled).table, threads, written);
  let kernel: CriterionKernel | null = opened;
  const compiledFor = (target: TargetArray): Compiled => {
    const kind = targetKindOf(target);
    compiled[kind] ??= compile(written, kind);
    return compiled[kind];
  };
  const alive = (): CriterionKernel =>
    kernel ?? wrongValue('LS_DISPOSED', 'criterion', 'one that is in use', phrase('one after dispose()'));
  return {
    kernel: name,
    threads,
    ready: opened.ready,
    forward: (logits, target, call) => {
      const running = alive();
      const own = call === undefined ? nothing : readCall(withKnownNames(call, forwardNames));
      return evaluate(running, compiledFor(target), logits, target, own, false) as CrossEntropyResult;
    },
    lossAndGradient: <L extends AnyLogitsArray>(logits: L, target: TargetArray, call?: GradientCallOptions<L>) => {
      const running = alive();
      const own = call === undefined ? nothing : readCall(withKnownNames(call, gradientNames));
      return evaluate(running, compiledFor(target), logits, target, own, true) as LossAndGradient<L>;
    },
    alloc: (length) => alive().alloc(anInteger(length, 'length', 0, 'LS_SHAPE')),
    dispose: () => {
      kernel?.dispose();
      kernel = null;
    },
  };
}
