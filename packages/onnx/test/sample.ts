import { type DialectName, dialects } from '@label-smoothing/core';
import { type BinaryExportOptions, binaryLossModel, type ExportOptions, lossModel } from '@label-smoothing/onnx';

/** A graph and what it was written from. */
export interface SampleGraph {
  readonly name: string;
  readonly opset: number;
  readonly dtype: 'float32' | 'float64' | 'float16';
  readonly bytes: Uint8Array;
}

/** Opsets at which operators of ours changed, and the ends of the range. */
export const opsets: readonly number[] = [13, 17, 18, 21, 26];
/** Types of logits. */
export const dtypes: readonly SampleGraph['dtype'][] = ['float32', 'float64', 'float16'];

const weight = [1, 0.5, 2];
const prior = [0.5, 0.25, 0.25];
const byLabel = [prior, [0, 0.5, 0.5], [0.25, 0.75, 0]];

/** Every option of lossModel, each value that makes another graph at least once. */
const variants: Readonly<Record<string, ExportOptions>> = {
  plain: { labelSmoothing: 0 },
  uniform: {},
  others: { smoothingMode: 'others' },
  'others, ε near 1': { smoothingMode: 'others', labelSmoothing: 0.9 },
  prior: { smoothingMode: 'prior', prior },
  'prior by label': { smoothingMode: 'prior', prior: byLabel },
  'prior by label, n-d': { smoothingMode: 'prior', prior: byLabel, axis: 1, shape: ['N', 3, 'D'] },
  'smoothing per class': { labelSmoothing: [0, 0.1, 0.2] },
  'weight perClass': { weight },
  'weight target': { weight, weightMode: 'target' },
  'weight expected': { weight, weightMode: 'expected', denominator: 'expected' },
  none: { reduction: 'none' },
  sum: { reduction: 'sum' },
  valid: { denominator: 'valid' },
  rows: { denominator: 'rows' },
  nonzeroWeights: { denominator: 'nonzeroWeights', sampleWeight: true },
  'onEmpty zero': { onEmpty: 'zero' },
  'ignore list': { ignoreIndex: [-100, 1] },
  'ignore nothing': { ignoreIndex: null },
  'sample weight': { sampleWeight: true },
  'normalizer input': { normalizer: true },
  'normalizer number': { normalizer: 8 },
  classMask: { classMask: [true, false, true] },
  'class mask, propagate': { classMask: [true, false, true], maskedLogits: 'propagate' },
  propagate: { maskedLogits: 'propagate' },
  'mask and prior': { smoothingMode: 'prior', prior, weight, subtractEntropy: true },
  zLoss: { zLoss: 1e-4 },
  subtractEntropy: { subtractEntropy: true },
  dense: { target: 'probabilities' },
  'dense, weighted': {
    target: 'probabilities',
    weight,
    weightMode: 'target',
    sampleWeight: true,
    subtractEntropy: true,
  },
  'dense, prior, n-d': { target: 'probabilities', smoothingMode: 'prior', prior, shape: ['N', 3, 'H', 'W'], axis: 1 },
  probabilities: { input: 'probabilities' },
  'no scatter': { scatter: false },
  unchecked: { invalidLabel: 'unchecked' },
  'classes unknown': { classes: undefined },
  'classes unknown, others': { classes: undefined, smoothingMode: 'others', maskedLogits: 'propagate' },
  'classes unknown, no scatter, n-d': { classes: undefined, shape: ['N', 'C', 'D'], axis: 1, scatter: false },
  'classes unknown, dense': { classes: undefined, target: 'probabilities' },
  fixed: { shape: [4, 3] },
  'first axis': { shape: [3, 'N'], axis: 0 },
  'one row': { shape: [3] },
  'n-d': { shape: ['N', 3, 'H', 'W'], axis: 1 },
  'one class': { classes: 1, labelSmoothing: 0.1 },
};

const binary: Readonly<Record<string, BinaryExportOptions>> = {
  plain: {},
  smoothed: { labelSmoothing: 0.1, posWeight: 2 },
  columns: { shape: ['N', 'D', 3], posWeight: [1, 2, 0], sampleWeight: true, denominator: 'nonzeroWeights' },
  none: { reduction: 'none', shape: [2, 2] },
  sum: { reduction: 'sum', onEmpty: 'zero' },
};

type Choice = Pick<SampleGraph, 'opset' | 'dtype'> & { readonly gradient: boolean };

function write({ opset, dtype, gradient }: Choice): SampleGraph[] {
  // Which of the label types belongs to a graph changes from one opset to the next.
  const labelType = (opset + dtypes.indexOf(dtype)) % 2 === 0 ? 'int32' : 'int64';
  const common = { opset, dtype, gradient };
  const name = (what: string) => `${what}, opset ${opset}, ${dtype}${gradient ? ', gradient' : ''}`;
  const losses = Object.entries(variants).map(([what, options]) => ({
    name: name(what),
    bytes: lossModel({
      classes: 'shape' in options ? undefined : 3,
      labelSmoothing: 0.1,
      labelType,
      ...common,
      ...options,
    }),
  }));
  const dialectic = (Object.keys(dialects) as DialectName[]).map((dialect) => ({
    name: name(`dialect ${dialect}`),
    bytes: lossModel({ classes: 3, labelSmoothing: 0.1, labelType, ...common, dialect, onEmpty: 'nan' }),
  }));
  const binaries = Object.entries(binary).map(([what, options]) => ({
    name: name(`binary ${what}`),
    bytes: binaryLossModel({ ...common, ...options }),
  }));
  return [...losses, ...dialectic, ...binaries].map((graph) => ({ ...graph, opset, dtype }));
}

/** Every variant in every opset and type, with its gradient. */
export const sample: readonly SampleGraph[] = opsets.flatMap((opset) =>
  dtypes.flatMap((dtype) => write({ opset, dtype, gradient: true })),
);

/** Every variant without a gradient, each in one opset and type. */
export const lossesAlone: readonly SampleGraph[] = opsets
  .flatMap((opset, i) => write({ opset, dtype: dtypes[i % 3] as SampleGraph['dtype'], gradient: false }))
  .filter((_, i, { length }) => i % 5 === Math.floor((5 * i) / length));
