import { knownOptions, wrongType, wrongValue } from '@label-smoothing/core/adapter';
import { type Addition, append } from './append.js';
import {
  type Attached,
  type AttachOptions,
  aText,
  attachOptionNames,
  buildAttached,
  type Located,
  locateLogits,
} from './attach.js';
import { describeLoss, lossMetadata } from './describe.js';
import { findHead, type Head } from './find-head.js';
import { lossOutputs } from './loss-model.js';
import type { ValueParts } from './model.js';
import {
  buildUpdate,
  type Carried,
  carriedNames,
  type OptimizerOptions,
  resolveOptimizer,
  type Trained,
} from './optimizer.js';
import { namesOf } from './read-model.js';
import { named, times, unless } from './term.js';
import { decodeTensor, type ExternalData, type StateTensor, withoutInitializers } from './weights.js';

/** What {@link headTrainingStep} takes. */
export interface HeadTrainingOptions extends AttachOptions {
  /** SGD without momentum by default. */
  readonly optimizer?: OptimizerOptions | undefined;
  /** Files beside the model; needed where the last layer's weights are in one. */
  readonly externalData?: readonly ExternalData[] | undefined;
  /** Name of the learning rate's input; 'learning_rate'. */
  readonly learningRate?: string | undefined;
}

/** What {@link headTrainingStep} returns. */
export interface HeadTrainingStep {
  /** Bytes of the training step. */
  readonly model: Uint8Array;
  /** The state to begin with, by the name of the input; the output with what comes next is named `${name}_new`. */
  readonly state: Readonly<Record<string, StateTensor>>;
  /** Names of the trained parameters within the state. */
  readonly parameters: readonly string[];
}

/**
 * Makes a training step of a model whose last layer is Gemm or MatMul (+ Add): one graph with the model as it is, the
 * smoothed loss, the backward pass of that layer and the update of its weight and bias. Plain ONNX Runtime runs it.
 *
 * Formula: with g = ∂loss/∂logits and features x: ∂loss/∂W = xᵀ·g, ∂loss/∂b = Σ rows of g; then what the optimizer says.
 *
 * @param model - bytes of an .onnx file, as for {@link attachLoss}. All layers but the last are frozen and copied as
 * they are; the last one's weight and bias leave the initializers and become inputs.
 * @param options - see {@link HeadTrainingOptions}. Weight decay is for weight and bias alike.
 * @returns `model`, with the inputs of {@link attachLoss}, `learning_rate` (a scalar) and every name of `state`; its
 * outputs are the model's, `loss`, and `${name}_new` for every name of `state`. Feed one step's outputs to the next as
 * they come and never let input and output share memory: the update may run before the last read of what it replaces.
 * {@link withWeights} puts what was learned into the model.
 * @throws LS_MODEL where another layer makes the logits, its weights are no initializers or are used elsewhere too, or
 * external data is missing; the codes of {@link attachLoss}.
 *
 * Numerical note: the state has the weights' type. 200 steps in float32 stay within 6e-7 (SGD) and 4e-6 (AdamW) of the
 * same steps in float64, on a linear classifier of 12 rows.
 *
 * @example
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { headTrainingStep } from '@label-smoothing/onnx';
 * const { state, parameters } = headTrainingStep(readFileSync('mlp.onnx'), {
 *   labelSmoothing: 0.1,
 *   optimizer: { kind: 'sgd', momentum: 0.9 },
 *   externalData: [{ path: 'mlp.onnx.data', data: readFileSync('mlp.onnx.data') }],
 * });
 * console.log(parameters, Object.keys(state).length); // [ 'head.weight', 'head.bias' ] 4
 * ```
 * Source: Szegedy et al. 2016, §7; the optimizers as in `torch.optim`.
 */
export function headTrainingStep(model: Uint8Array, options: HeadTrainingOptions): HeadTrainingStep {
  const own = ['optimizer', 'externalData', 'learningRate'];
  const { optimizer, externalData = [], learningRate, ...loss } = knownOptions(options, [...attachOptionNames, ...own]);
  if (!Array.isArray(externalData)) wrongType('LS_OPTION', 'externalData', 'a list of files', externalData);
  const rule = resolveOptimizer(optimizer);
  const rate = aText(learningRate ?? 'learning_rate', 'learningRate');
  const located = locateLogits(model, loss);
  const head = findHead(located.model, located.found.name);
  const tensors = head.bias === null ? [head.weight] : [head.weight, head.bias];
  const parameters = tensors.map(({ name }) => name);
  const attached = attachTo(located, head, rate, parameters);
  const state = buildUpdate(attached.g, rule, rate, buildBackward(attached, head));
  const keepGradient = loss.gradient === true;
  const { externalData: _, ...written } = options;
  const metadata = lossMetadata(written, located.model.metadata);
  const doc = describeLoss(attached.plan, keepGradient, located.found.name);
  const addition = { ...openStep(attached, state, rate, keepGradient, doc), metadata };
  return {
    model: append(withoutInitializers(located.model, tensors), ...besideHead(located, addition, parameters)),
    state: Object.fromEntries(
      state.map(({ name, dims }) => {
        const tensor = tensors.find((candidate) => candidate.name === name);
        return [name, tensor === undefined ? zeros(attached.g.dtype, dims) : decodeTensor(tensor, externalData)];
      }),
    ),
    parameters,
  };
}

/** The loss on the last layer's output, with no name in it that the step will need. */
function attachTo(located: Located, head: Head, rate: string, parameters: readonly string[]): Attached {
  const carried = carriedNames(located.prefix, parameters);
  const open = [rate, ...carried, ...carried.map((name) => `${name}_new`)];
  // A last layer has its classes in the last axis, of however many.
  const axis = located.loss.axis ?? located.found.softmax?.axis ?? -1;
  const here = { ...located, loss: { ...located.loss, axis } };
  const attached = buildAttached(here, { gradient: true, classes: classesOf(located, head) }, open);
  const { plan } = attached;
  if (plan.axis !== plan.shape.length - 1) {
    wrongValue('LS_SHAPE', 'axis', 'the last axis, where the last layer has its classes', plan.axis);
  }
  return attached;
}

function classesOf({ loss }: Located, { classes }: Head): number {
  if (loss.classes !== undefined && loss.classes !== classes) {
    wrongValue('LS_SHAPE', 'classes', `${classes}, as many as the last layer has`, loss.classes);
  }
  return classes;
}

/** ∂loss/∂W and ∂loss/∂b from ∂loss/∂logits. */
function buildBackward({ g, plan, gradient, dead }: Attached, head: Head): readonly Trained[] {
  const rank = plan.shape.length;
  const { input, weight, bias, features, classes, transposed, alpha, beta } = head;
  // MatMul takes any number of leading axes; Gemm, which multiplies transposed, takes one.
  const flat = (value: string, columns: number, name: string): string =>
    rank === 2 ? value : g.op('Reshape', [value, g.integers([-1, columns])], name);
  const pull = flat(gradient as string, classes, 'flat_gradient');
  // A row that is not read has gradient 0, but 0·NaN would come through.
  const x = flat(unless(g, dead, 0, input, 'read_features'), features, 'flat_features');
  const product = g.op('Gemm', transposed ? [pull, x] : [x, pull], 'weight_product', { transA: 1 });
  const layer = [{ ...weight, gradient: named(g, times(g, alpha, product, 'weight_gradient')) }];
  if (bias === null) return layer;
  const sum = g.reduce('ReduceSum', pull, [0], 'bias_sum', false);
  const shaped = bias.dims.length === 1 ? sum : g.op('Reshape', [sum, g.integers(bias.dims)], 'bias_gradient');
  return [...layer, { ...bias, gradient: named(g, times(g, beta, shaped, 'bias_gradient')) }];
}

/** Gives every result its name: the inputs and outputs of the step beside the model's own. */
function openStep(
  { g, plan, names, inputs, loss, gradient }: Attached,
  state: readonly Carried[],
  learningRate: string,
  keepGradient: boolean,
  doc: string,
): Omit<Addition, 'metadata'> {
  const results = new Map<string, string>();
  const open = (value: string, name: string): void => {
    const known = results.get(value);
    // Two results can be one value, such as a gradient that is its own running mean.
    g.rename(known === undefined ? value : g.op('Identity', [known], 'copy'), name);
    results.set(value, name);
  };
  open(loss, names.loss);
  if (keepGradient) open(gradient as string, names.gradient);
  for (const { name, next } of state) open(next, `${name}_new`);
  const value = (name: string, dims: readonly number[]): ValueParts => ({ name, type: g.dtype, shape: dims });
  return {
    g,
    inputs: [...inputs, value(learningRate, []), ...state.map(({ name, dims }) => value(name, dims))],
    outputs: [
      ...lossOutputs(plan, { loss: names.loss, gradient: keepGradient ? names.gradient : null }, doc),
      ...state.map(({ name, dims }) => value(`${name}_new`, dims)),
    ],
  };
}

/** The addition and the names it must not have, when the trained initializers are gone. */
function besideHead(
  { model: { graph } }: Located,
  addition: Addition,
  parameters: readonly string[],
): [addition: Addition, taken: ReadonlySet<string>] {
  const taken = new Set(namesOf(graph));
  for (const name of parameters) taken.delete(name);
  // Until IR version 3 every initializer was an input already.
  const already = new Set(graph.inputs.map(({ name }) => name).filter((name) => parameters.includes(name)));
  return [{ ...addition, inputs: addition.inputs.filter(({ name }) => !already.has(name)) }, taken];
}

function zeros(type: 'float32' | 'float64', dims: readonly number[]): StateTensor {
  const length = dims.reduce((product, dim) => product * dim, 1);
  return { type, dims, data: type === 'float64' ? new Float64Array(length) : new Float32Array(length) };
}
