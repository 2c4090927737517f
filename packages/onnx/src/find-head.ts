import { phrase, wrongValue } from '@label-smoothing/core/adapter';
import { producerOf } from './find-logits.js';
import { type ReadGraph, type ReadModel, type ReadNode, withinGraph } from './read-model.js';
import type { ReadTensor } from './read-tensor.js';

/** A model's last layer: logits = alpha·x·W + beta·b, or with Wᵀ. */
export interface Head {
  readonly op: 'Gemm' | 'MatMul';
  /** x, the features. */
  readonly input: string;
  readonly weight: ReadTensor;
  readonly bias: ReadTensor | null;
  readonly features: number;
  readonly classes: number;
  /** Whether W is [classes, features], as PyTorch keeps it. */
  readonly transposed: boolean;
  readonly alpha: number;
  readonly beta: number;
}

/** Finds the Gemm or MatMul (+ Add) that makes the logits; LS_MODEL where something else does. */
export function findHead(model: ReadModel, logits: string): Head {
  const node = makerOf(model, logits);
  switch (operatorOf(node)) {
    case 'Gemm':
      return gemmHead(model, node as ReadNode);
    case 'MatMul':
      return matMulHead(model, node as ReadNode, null);
    case 'Add': {
      const [a = '', b = ''] = (node as ReadNode).inputs;
      for (const [value, bias] of [
        [a, b],
        [b, a],
      ] as const) {
        const product = makerOf(model, value);
        if (operatorOf(product) === 'MatMul') return matMulHead(model, product as ReadNode, bias);
      }
    }
  }
  const got = node === undefined ? 'none' : `${node.opType}${node.name && ` "${node.name}"`}`;
  return wrongValue('LS_MODEL', 'model', `Gemm or MatMul (+ Add) to make "${logits}"`, phrase(got));
}

/** One of ONNX's own operators. */
function operatorOf(node: ReadNode | undefined): string | null {
  return node?.domain === '' ? node.opType : null;
}

/** The node that makes a value, copies left out. */
function makerOf(model: ReadModel, value: string): ReadNode | undefined {
  let node = producerOf(model, value);
  for (let steps = model.graph.nodes.length; operatorOf(node) === 'Identity' && steps > 0; steps--) {
    node = producerOf(model, node?.inputs[0] ?? '');
  }
  return node;
}

function gemmHead(model: ReadModel, { inputs, attributes }: ReadNode): Head {
  if ((attributes.get('transA') ?? 0) !== 0) {
    wrongValue('LS_MODEL', 'model', 'a last Gemm with its features in rows', phrase('transA = 1'));
  }
  const transposed = (attributes.get('transB') ?? 0) !== 0;
  const [alpha, beta] = [attributes.get('alpha') ?? 1, attributes.get('beta') ?? 1];
  return { op: 'Gemm', ...layer(model, inputs, inputs[2] || null, transposed), alpha, beta };
}

function matMulHead(model: ReadModel, { inputs }: ReadNode, bias: string | null): Head {
  return { op: 'MatMul', ...layer(model, inputs, bias, false), alpha: 1, beta: 1 };
}

function layer(
  { graph }: ReadModel,
  [input = '', weightName = '']: readonly string[],
  biasName: string | null,
  transposed: boolean,
): Omit<Head, 'op' | 'alpha' | 'beta'> {
  const weight = trainable(graph, weightName, 'weight');
  const bias = biasName === null ? null : trainable(graph, biasName, 'bias');
  const [rows, columns] = weight.dims;
  if (rows === undefined || columns === undefined || weight.dims.length !== 2) {
    wrongValue('LS_MODEL', 'model', `a weight "${weight.name}" of two dimensions`, phrase(shapeText(weight)));
  }
  const [features, classes] = transposed ? [columns, rows] : [rows, columns];
  const single = bias?.dims.slice(0, -1).every((size) => size === 1) ?? true;
  if (bias !== null && !(single && bias.dims.at(-1) === classes)) {
    wrongValue(
      'LS_MODEL',
      'model',
      `a bias "${bias.name}" of ${classes} numbers, one per class`,
      phrase(shapeText(bias)),
    );
  }
  return { input, weight, bias, features, classes, transposed };
}

function shapeText({ dims }: ReadTensor): string {
  return `shape [${dims.join(', ')}]`;
}

/** An initializer of the layer that nothing else uses. */
function trainable(graph: ReadGraph, name: string, role: string): ReadTensor {
  const tensor = graph.initializers.find((candidate) => candidate.name === name);
  if (tensor === undefined) {
    wrongValue('LS_MODEL', 'model', `an initializer as the ${role} of its last layer`, name);
  }
  if (tensor.type !== 'float32' && tensor.type !== 'float64') {
    wrongValue('LS_MODEL', 'model', `a ${role} "${name}" of type float32 or float64`, phrase(tensor.type));
  }
  const uses = usesOf(graph, name);
  if (uses !== 1) {
    wrongValue('LS_MODEL', 'model', `a ${role} "${name}" that its last layer alone uses`, phrase(`${uses} uses`));
  }
  return tensor;
}

function usesOf(graph: ReadGraph, name: string): number {
  let uses = 0;
  for (const { nodes, outputs } of withinGraph(graph)) {
    const used = [...nodes.flatMap(({ inputs }) => inputs), ...outputs.map((output) => output.name)];
    uses += used.filter((input) => input === name).length;
  }
  return uses;
}
