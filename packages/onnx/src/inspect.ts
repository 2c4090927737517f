import type { CodedError } from '@label-smoothing/core';
import { opsetOf } from './attach.js';
import { findHead } from './find-head.js';
import { candidatesOf, type EndingSoftmax, findLogits } from './find-logits.js';
import { axisOf, layoutOf } from './layout.js';
import { type ReadModel, readModel, tensorsOf } from './read-model.js';
import type { ReadDimension } from './read-value.js';

/** An input or output of a model. */
export interface ModelValue {
  readonly name: string;
  /** Element type, such as 'float32'; 'sequence', 'map' … for what is no tensor; 'unknown'. */
  readonly type: string;
  /** Sizes, names of sizes, and null for sizes without a name; null where the model does not say the rank. */
  readonly shape: readonly ReadDimension[] | null;
  /** What the model says of it, if anything. */
  readonly doc?: string;
}

/** The logits that {@link attachLoss} would take. */
export interface ModelLogits extends ModelValue {
  /** The model's output that led to them; the same name unless a Softmax stands between. */
  readonly output: string;
  /** The Softmax or LogSoftmax that the model ends in, and its axis. */
  readonly softmax: EndingSoftmax | null;
  /** Axis of the classes, counted from the front; null where the model does not tell it and `axis` has to. */
  readonly axis: number | null;
  /** Why these. */
  readonly why: string;
}

/** The last layer, as {@link headTrainingStep} would train it. */
export interface ModelHead {
  readonly op: 'Gemm' | 'MatMul';
  /** Name of its weight. */
  readonly weight: string;
  /** Name of its bias; null if it has none. */
  readonly bias: string | null;
  readonly features: number;
  readonly classes: number;
}

/** What {@link inspectModel} returns. */
export interface ModelSummary {
  readonly irVersion: number;
  /** Version of ONNX's own operators; null where the model asks for none. */
  readonly opset: number | null;
  /** Every opset by its domain; '' is ONNX's own. */
  readonly opsets: Readonly<Record<string, number>>;
  /** Who wrote the model, with the version; may be empty. */
  readonly producer: string;
  /** What a run has to be fed with. */
  readonly inputs: readonly ModelValue[];
  readonly outputs: readonly ModelValue[];
  readonly nodes: number;
  readonly initializers: number;
  /** Files beside the model that hold weights. */
  readonly externalData: readonly string[];
  /** What a loss would be attached to; null where there is nothing, which {@link ModelSummary.problem} then says. */
  readonly logits: ModelLogits | null;
  /** Outputs that could be logits by their type. */
  readonly candidates: readonly string[];
  /** null where the last layer cannot be trained alone. */
  readonly head: ModelHead | null;
  /** Why no loss can be attached without further options; null where one can. */
  readonly problem: string | null;
}

/**
 * Says what a model is, and what a loss would be attached to. Weights are stepped over.
 *
 * Formula: none.
 *
 * @param model - bytes of an .onnx file; external data is not needed.
 * @returns inputs, outputs, opset, the logits and the last layer. Where the model is readable but has no logits, several
 * candidates, an opset out of range or no class axis, `problem` says so.
 * @throws LS_MODEL for bytes that are no ONNX model or end too soon.
 *
 * Numerical note: no number of the model is read.
 *
 * @example
 * ```ts
 * import { inspectModel, lossModel } from '@label-smoothing/onnx';
 * const { inputs, opset, problem } = inspectModel(lossModel({ classes: 10 }));
 * console.log(inputs.map(({ name, type, shape }) => `${name}: ${type} [${shape}]`).join('; '));
 * // a line of its own: logits: float32 [N,10]; labels: int64 [N]
 * console.log(opset); // 21
 * console.log(problem); // model: expected an output that could be logits: …
 * ```
 * Source: onnx.proto.
 */
export function inspectModel(model: Uint8Array): ModelSummary {
  const read = readModel(model);
  const { graph, irVersion, opsets, producer } = read;
  const weights = new Set([...graph.initializers, ...graph.sparse].map(({ name }) => name));
  const locations = Array.from(tensorsOf(graph)).flatMap(({ external }) => external?.get('location') ?? []);
  const { value: logits, problem } = attempt(() => {
    opsetOf(read);
    const found = findLogits(read, { softmax: 'before' });
    return { ...found, axis: axisOf(found) };
  });
  return {
    irVersion,
    opset: opsets.get('') ?? null,
    opsets: Object.fromEntries(opsets),
    producer,
    // Until IR version 3 every initializer was an input, too.
    inputs: graph.inputs.filter(({ name }) => !weights.has(name)),
    outputs: graph.outputs,
    nodes: graph.nodes.length,
    initializers: weights.size,
    externalData: [...new Set(locations)],
    logits,
    candidates: candidatesOf(read).map(({ name }) => name),
    head: logits === null ? null : headOf(read, logits.name),
    problem: logits === null ? problem : attempt(() => layoutOf(logits, {}, '')).problem,
  };
}

function headOf(model: ReadModel, logits: string): ModelHead | null {
  const { value: head } = attempt(() => findHead(model, logits));
  if (head === null) return null;
  const { op, weight, bias, features, classes } = head;
  return { op, weight: weight.name, bias: bias?.name ?? null, features, classes };
}

/** A result, or the message of the LS_MODEL that was thrown in its place. */
function attempt<T>(find: () => T): { readonly value: T | null; readonly problem: string | null } {
  try {
    return { value: find(), problem: null };
  } catch (error) {
    if ((error as CodedError).code !== 'LS_MODEL') throw error;
    return { value: null, problem: (error as CodedError).message };
  }
}
