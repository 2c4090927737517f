import { type ExportOptions, inspectModel, lossModel } from '@label-smoothing/onnx';
import { labelSmoothing } from '../case.js';

/** A graph's size. */
export interface GraphSize {
  readonly options: string;
  readonly nodes: number;
  readonly bytes: number;
}

const base: ExportOptions = { classes: 1000, labelSmoothing };
const variants: readonly (readonly [string, ExportOptions])[] = [
  ['loss', base],
  ['loss and gradient', { ...base, gradient: true }],
  ["maskedLogits 'propagate'", { ...base, gradient: true, maskedLogits: 'propagate' }],
  ["invalidLabel 'unchecked'", { ...base, gradient: true, invalidLabel: 'unchecked' }],
  ['int32 labels', { ...base, gradient: true, labelType: 'int32' }],
  ['zLoss', { ...base, gradient: true, zLoss: 1e-4 }],
  ["smoothingMode 'others'", { ...base, gradient: true, smoothingMode: 'others' }],
  ['1000 class weights', { ...base, gradient: true, weight: new Float64Array(1000).fill(1.5) }],
  ['dense targets', { ...base, gradient: true, target: 'probabilities' }],
  ['float16', { ...base, gradient: true, dtype: 'float16' }],
];

/** Nodes and bytes of graphs for the common options. */
export function graphSizes(): readonly GraphSize[] {
  return variants.map(([options, given]) => {
    const bytes = lossModel(given);
    return { options, nodes: inspectModel(bytes).nodes, bytes: bytes.length };
  });
}
