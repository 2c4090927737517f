import { knownOptions, phrase, wrongType, wrongValue } from '@label-smoothing/core';
import { bindCall, type CallOptions, type TargetData } from './bind.js';
import { inClassOf, type RealArray } from './elements.js';
import { openGraphs } from './graphs.js';
import { messageOf } from './open-session.js';
import { inTurn, isTensor, type Ort, type OrtTensor } from './ort.js';
import { type CriterionOptions, planCriterion } from './plan.js';

/** What a call on tensors gives, where `preferredOutputLocation` says. */
export interface TensorResult<T extends OrtTensor> {
  /** A scalar, or in the labels' shape for reduction 'none'; float64 for float64 logits, else float32. */
  readonly loss: T;
  /** ∂loss/∂logits in the logits' type and shape; with `gradient: true`. */
  readonly gradient?: T;
}

/** What a call on typed arrays gives. */
export interface ArrayResult<L extends RealArray> {
  /** In nats: a number, or one per row for reduction 'none'. */
  readonly loss: number | Float64Array;
  /** ∂loss/∂logits in the logits' class and layout; with `gradient: true`. */
  readonly gradient?: L;
}

/** A loss whose graph is open; made by {@link createCrossEntropy}. */
export interface CrossEntropyCriterion<T extends OrtTensor = OrtTensor> {
  /** What the graph really runs on: 'cpu', 'webgpu', or 'webgpu+cpu' where the caller accepted a part on the CPU. */
  readonly executionProvider: string;
  /** The loss of a batch, and its gradient. Arrays must not change until the promise is settled. */
  run(logits: T, target: T | TargetData, call?: CallOptions<T>): Promise<TensorResult<T>>;
  run<L extends RealArray>(logits: L, target: T | TargetData, call?: CallOptions<T>): Promise<ArrayResult<L>>;
  /** Closes the graphs once the calls under way have ended. A call after it is refused; a second release waits for the first. */
  release(): Promise<void>;
}

/** See index.ts. */
export async function createCrossEntropy<T extends OrtTensor>(
  ort: Ort<T>,
  options: CriterionOptions,
): Promise<CrossEntropyCriterion<T>> {
  const plan = planCriterion(options);
  const graphs = await openGraphs(ort, plan);
  const underWay = new Set<Promise<unknown>>();
  let released: Promise<void> | undefined;

  async function run(logits: T | RealArray, target: T | TargetData, call: CallOptions<T> = {}) {
    if (!isTensor(logits) && plan.settings.preferredOutputLocation != null) {
      wrongType('LS_DTYPE', 'logits', 'a tensor beside preferredOutputLocation', logits);
    }
    const feeds = bindCall(ort, plan, { logits, target, options: knownOptions(call, ['sampleWeight', 'normalizer']) });
    const variant = { sampleWeight: 'sample_weight' in feeds, normalizer: 'normalizer' in feeds };
    const { session } = await graphs.open(variant);
    const outputs = await inTurn(ort, () => session.run(feeds)).catch(runtimeFault);
    return isTensor(logits) ? (outputs as unknown as TensorResult<T>) : arraysOf(outputs, logits);
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

function runtimeFault(error: unknown): never {
  return wrongValue('LS_RUNTIME', 'run', 'a graph that ONNX Runtime can run here', phrase(messageOf(error)));
}

function arraysOf<L extends RealArray>(outputs: Readonly<Record<string, OrtTensor>>, logits: L): ArrayResult<L> {
  const { loss, gradient } = outputs as unknown as TensorResult<OrtTensor>;
  const losses = Float64Array.from(loss.data as ArrayLike<number>);
  const result = { loss: loss.dims.length === 0 ? (losses[0] as number) : losses };
  return gradient === undefined ? result : { ...result, gradient: inClassOf(gradient.data as RealArray, logits) };
}
