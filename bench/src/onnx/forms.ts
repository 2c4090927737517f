// The same loss as other people would write it: over the valid rows, with labels of −100 ignored.
import { lossModel } from '@label-smoothing/onnx';
import { GraphBuilder } from '../../../packages/onnx/dist/builder.js';
import { encodeModel, type NodeParts, type TensorParts } from '../../../packages/onnx/dist/model.js';
import { labelSmoothing } from '../case.js';

/** How a graph of the loss is written. */
export interface Form {
  readonly name: string;
  readonly write: (classes: number, gradient: boolean) => Uint8Array;
}

/** Every form, ours first. */
export const forms: readonly Form[] = [
  {
    name: 'ours',
    write: (classes, gradient) => lossModel({ classes, labelSmoothing, gradient }),
  },
  {
    name: "ours, maskedLogits 'propagate'",
    write: (classes, gradient) =>
      lossModel({ classes, labelSmoothing, gradient, maskedLogits: 'propagate', dialect: 'pytorch' }),
  },
  {
    name: 'LogSoftmax, as PyTorch decomposes it',
    write: (classes, gradient) => decomposed(classes, gradient, logSoftmax),
  },
  { name: 'SoftmaxCrossEntropyLoss + mean', write: (classes, gradient) => decomposed(classes, gradient, crossEntropy) },
];

/** log p of every class, and −log p of every row's label as a column; 0 in ignored rows. */
interface Parts {
  readonly logs: string;
  readonly nll: string;
  /** A node that the builder cannot make: it has two outputs. */
  readonly first?: NodeParts;
}
type MakeParts = (g: GraphBuilder, index: string, valid: string) => Parts;

const logSoftmax: MakeParts = (g, index, valid) => {
  const logs = g.op('LogSoftmax', ['logits'], 'log_softmax', { axis: 1 });
  const own = g.op('Neg', [g.op('GatherElements', [logs, index], 'own', { axis: 1 })], 'nll');
  return { logs, nll: g.op('Where', [valid, own, g.scalar(0)], 'valid_nll') };
};

const crossEntropy: MakeParts = (g) => ({
  logs: 'log_probabilities',
  nll: g.op('Unsqueeze', ['row_nll', g.integers([1])], 'nll'),
  first: {
    name: 'cross_entropy',
    opType: 'SoftmaxCrossEntropyLoss',
    inputs: ['logits', 'labels'],
    outputs: ['row_nll', 'log_probabilities'],
    attributes: { reduction: 'none', ignore_index: -100 },
  },
});

/** (1 − ε)·nll + ε·mean_k(−log p_k), mean over valid rows; the gradient from p = e^(log p). */
function decomposed(classes: number, gradient: boolean, make: MakeParts): Uint8Array {
  const g = new GraphBuilder({ opset: 21, dtype: 'float32' });
  const column = g.op('Unsqueeze', ['labels', g.integers([1])], 'column');
  const valid = g.op('Not', [g.op('Equal', [column, g.scalar(-100, 'int64')], 'ignored')], 'valid');
  const index = g.op('Where', [valid, column, g.scalar(0, 'int64')], 'index');
  const { logs, nll, first } = make(g, index, valid);
  const mean = g.op('Neg', [g.reduce('ReduceMean', logs, [1], 'mean_log')], 'smooth');
  const smooth = g.op('Where', [valid, mean, g.scalar(0)], 'valid_smooth');
  const hard = g.op('Mul', [nll, g.scalar(1 - labelSmoothing)], 'hard_part');
  const rows = g.op('Add', [hard, g.op('Mul', [smooth, g.scalar(labelSmoothing)], 'smooth_part')], 'rows');
  const weight = g.op('Cast', [valid], 'weight', { to: 1 });
  const count = g.reduce('ReduceSum', weight, null, 'count', false);
  g.rename(g.op('Div', [g.reduce('ReduceSum', rows, null, 'sum', false), count], 'mean'), 'loss');
  if (gradient) {
    const scale = g.op('Div', [weight, count], 'scale');
    const pulled = g.op('Mul', [g.op('Exp', [logs], 'p'), scale], 'pulled');
    const all = g.op('Sub', [pulled, g.op('Mul', [scale, g.scalar(labelSmoothing / classes)], 'push')], 'spread');
    const push = g.op('Mul', [scale, g.scalar(1 - labelSmoothing)], 'own_push');
    const own = g.op('Sub', [g.op('GatherElements', [all, index], 'own_spread', { axis: 1 }), push], 'own_gradient');
    g.rename(g.op('ScatterElements', [all, index, own], 'scattered', { axis: 1 }), 'gradient');
  }
  return encoded(first === undefined ? g.nodes : [first, ...g.nodes], g.initializers, classes, gradient);
}

function encoded(
  nodes: readonly NodeParts[],
  initializers: readonly TensorParts[],
  classes: number,
  gradient: boolean,
): Uint8Array {
  const logits = { name: 'logits', type: 'float32', shape: ['N', classes] } as const;
  const labels = { name: 'labels', type: 'int64', shape: ['N'] } as const;
  const outputs = [{ name: 'loss', type: 'float32', shape: [] } as const];
  const both = gradient ? [...outputs, { ...logits, name: 'gradient' }] : outputs;
  return encodeModel({
    opset: 21,
    graph: { name: 'loss', nodes, initializers, inputs: [logits, labels], outputs: both },
  });
}
