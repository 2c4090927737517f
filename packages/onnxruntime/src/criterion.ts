import type { LossOf } from '@label-smoothing/core';
import { knownOptions, phrase, reduceLoss, wrongType, wrongValue } from '@label-smoothing/core/adapter';
import { type BoundCall, bindCall, type CallOptions, type TargetData } from './bind.js';
import { joined } from './chunks.js';
import { arrayOf, inClassOf, type RealArray, realsOf } from './elements.js';
import { openGraphs } from './graphs.js';
import { messageOf } from './open-session.js';
import { anOrt, inTurn, isTensor, type Ort, type OrtTensor } from './ort.js';
import { type CriterionOptions, type Plan, planCriterion } from './plan.js';

/** There where the options' type says that it was asked for. */
type Asked<O, Gradient> = O extends { readonly gradient: true } ? { readonly gradient: Gradient } : unknown;

/** What a call on tensors gives, left where `preferredOutputLocation` says. */
export type TensorResult<T extends OrtTensor, O = CriterionOptions> = {
  /** A scalar, or in the labels' shape for reduction 'none'; float64 for float64 logits, else float32. */
  readonly loss: T;
  /** ∂loss/∂logits in the logits' type and shape; with `gradient: true`. */
  readonly gradient?: T;
} & Asked<O, T>;

/** What a call on typed arrays gives. */
export type ArrayResult<L extends RealArray, O = CriterionOptions> = {
  /** In nats: a number, or one per row for reduction 'none'. */
  readonly loss: LossOf<O>;
  /** ∂loss/∂logits in the logits' class and layout; with `gradient: true`. */
  readonly gradient?: L;
} & Asked<O, L>;

/** A loss whose graph is open; made by {@link createCrossEntropy}. */
export interface CrossEntropyCriterion<T extends OrtTensor = OrtTensor, O = CriterionOptions> {
  /** What the whole graph really runs on: 'cpu', 'wasm', 'webgpu', … */
  readonly executionProvider: string;
  /** The loss of a batch, and its gradient. Arrays must not change until the promise is settled. */
  run(logits: T, target: T | TargetData, call?: CallOptions<T>): Promise<TensorResult<T, O>>;
  run<L extends RealArray>(logits: L, target: T | TargetData, call?: CallOptions<T>): Promise<ArrayResult<L, O>>;
  /** Closes the graphs once the calls under way have ended; idempotent. A call after it is refused. */
  release(): Promise<void>;
}

/**
 * Opens a graph of the loss on a copy of ONNX Runtime.
 *
 * Formula: that of `crossEntropy` of @label-smoothing/core, in the form of `lossModel` of @label-smoothing/onnx.
 *
 * @param ort - what `import * as ort` gives, of onnxruntime-node, onnxruntime-web or a build of your own.
 * @param options - core's options and {@link CriterionOptions}; `classes`, or a `shape` that tells it, is required.
 * Arrays in them are kept by reference and must not change.
 * @returns a criterion whose `run` takes tensors of that copy, or typed arrays in the criterion's dtype: Float32Array,
 * Float64Array, or for float16 Uint16Array (bits) or Float16Array.
 * @throws LS_RUNTIME where no listed provider takes the whole graph, saying for each of them why; the codes of
 * `lossModel` for options. `run` rejects with the codes of core for arrays and labels, LS_RUNTIME and LS_DISPOSED.
 *
 * Numerical note: float16 is computed in float32, and so is its loss. On WebGPU exponentials are the device's own.
 *
 * @example
 * ```ts
 * import { createCrossEntropy } from '@label-smoothing/onnxruntime';
 * import * as ort from 'onnxruntime-node';
 * const criterion = await createCrossEntropy(ort, { classes: 3, labelSmoothing: 0.1, gradient: true });
 * const { loss, gradient } = await criterion.run(Float32Array.of(2, 1, 0, 0, 0, 3), [0, 2]);
 * console.log(loss.toFixed(4), gradient.length); // 0.4013 6
 * await criterion.release();
 * ```
 * Source: docs/spec.md S1 and S7.
 */
export async function createCrossEntropy<T extends OrtTensor, const O extends CriterionOptions>(
  ort: Ort<T>,
  options: O,
): Promise<CrossEntropyCriterion<T, O>> {
  anOrt(ort);
  const plan = planCriterion(options);
  const graphs = await openGraphs(ort, plan);
  const underWay = new Set<Promise<unknown>>();
  let released: Promise<void> | undefined;

  async function run(logits: T | RealArray, target: T | TargetData, call: CallOptions<T> = {}) {
    if (!isTensor(logits) && plan.settings.preferredOutputLocation != null) {
      wrongType('LS_DTYPE', 'logits', 'a tensor beside preferredOutputLocation', logits);
    }
    const bound = bindCall(ort, plan, { logits, target, options: knownOptions(call, ['sampleWeight', 'normalizer']) });
    if (isTensor(logits)) return outputsOf(bound, bound.feeds[0]);
    const results: ReturnType<typeof arraysOf>[] = [];
    for (const feeds of bound.feeds) results.push(arraysOf(await outputsOf(bound, feeds), bound, logits));
    return joined(results, logits);
  }
  async function outputsOf(bound: BoundCall<T>, feeds: BoundCall<T>['feeds'][number] = {}) {
    const variant = { sampleWeight: 'sample_weight' in feeds, normalizer: 'normalizer' in feeds };
    const { session } = await graphs.open(variant);
    const work = () => session.run(feeds).catch(runtimeFault);
    return bound.options.shape.includes(0) ? outputsOfNoRows(ort, plan, bound) : inTurn(ort, work);
  }
  return {
    executionProvider: graphs.executionProvider,
    async run(...given: Parameters<typeof run>): Promise<never> {
      if (released) wrongValue('LS_DISPOSED', 'run', 'a criterion that is not released', phrase('a released one'));
      const result = run(...given);
      underWay.add(result);
      try {
        return (await result) as never;
      } finally {
        underWay.delete(result);
      }
    },
    release(): Promise<void> {
      released ??= Promise.allSettled(underWay).then(graphs.release);
      return released;
    },
  };
}

/** No provider is asked about a batch of no rows: WebGPU refuses to reduce it. */
function outputsOfNoRows<T extends OrtTensor>(
  ort: Ort<T>,
  { dtype, axis, options: { gradient } }: Plan,
  { options }: BoundCall<T>,
): Readonly<Record<string, T>> {
  const { loss } = reduceLoss(options, new Float64Array(0), options.normalizer ?? 0);
  const real = dtype === 'float64' ? dtype : 'float32';
  const dims = typeof loss === 'number' ? [] : options.shape.filter((_, i) => i !== axis);
  const losses = new ort.Tensor(real, realsOf(typeof loss === 'number' ? [loss] : loss, real), dims);
  if (!gradient) return { loss: losses };
  return { loss: losses, gradient: new ort.Tensor(dtype, arrayOf(dtype, 0), options.shape) };
}

function runtimeFault(error: unknown): never {
  return wrongValue('LS_RUNTIME', 'run', 'a graph that ONNX Runtime can run here', phrase(messageOf(error)));
}

function arraysOf(outputs: Readonly<Record<string, OrtTensor>>, { options }: BoundCall<OrtTensor>, logits: RealArray) {
  const { loss, gradient } = outputs as { readonly loss: OrtTensor; readonly gradient?: OrtTensor };
  const losses = Float64Array.from(loss.data as ArrayLike<number>);
  // Not by the loss's rank: one row without a batch axis has a scalar.
  const result = { loss: options.reduction === 'none' ? losses : (losses[0] as number) };
  return gradient === undefined ? result : { ...result, gradient: inClassOf(gradient.data as RealArray, logits) };
}
