import type { BinaryCrossEntropyOptions, Reduction } from '@label-smoothing/core';
import {
  aBoolean,
  aNumberIn,
  aWord,
  type FloatArray,
  isFloatArray,
  knownOptions,
  phrase,
  wrongType,
  wrongValue,
} from '@label-smoothing/core/adapter';
import type { Dimension } from './model.js';
import { aShape, type ExportDtype, resolveOpset } from './options.js';

/** What {@link binaryLossModel} takes: core's options, with inputs of the graph in place of a call's arrays. */
export interface BinaryExportOptions extends Omit<BinaryCrossEntropyOptions, 'shape' | 'sampleWeight'> {
  /** Shape of the logits, sizes or names of sizes; `posWeight` goes along the last. Default: ['N', 'columns']. */
  readonly shape?: readonly Dimension[] | undefined;
  /** Type of logits, targets and gradient; 'float32'. The loss of float16 logits is float32. */
  readonly dtype?: ExportDtype | undefined;
  /** 13 to 26; 21. */
  readonly opset?: number | undefined;
  /** true: an input `sample_weight` in the logits' shape; false. */
  readonly sampleWeight?: boolean | undefined;
}

/** {@link BinaryExportOptions} with every option present and checked. */
export interface BinaryPlan {
  readonly shape: readonly Dimension[];
  readonly dtype: ExportDtype;
  readonly opset: number;
  readonly labelSmoothing: number;
  readonly posWeight: number | FloatArray;
  readonly sampleWeight: boolean;
  readonly reduction: Reduction;
  readonly onlyNonzero: boolean;
  readonly zeroIfEmpty: boolean;
  readonly gradient: boolean;
}

const optionNames: readonly string[] = [
  ...['shape', 'dtype', 'opset', 'labelSmoothing', 'posWeight', 'sampleWeight'],
  ...['reduction', 'denominator', 'onEmpty', 'gradient'],
];

/** Checks and completes what {@link binaryLossModel} was given. */
export function planBinary(options: BinaryExportOptions): BinaryPlan {
  const written = knownOptions(options, optionNames);
  const shape = aShape(written.shape ?? ['N', 'columns']);
  const onEmpty = aWord(written.onEmpty ?? 'nan', 'onEmpty', ['nan', 'zero', 'throw'], 'LS_OPTION');
  if (onEmpty === 'throw') wrongValue('LS_UNSUPPORTED', 'onEmpty', "'nan' or 'zero' in a graph", onEmpty);
  const denominator = aWord(written.denominator ?? 'rows', 'denominator', ['rows', 'nonzeroWeights'], 'LS_OPTION');
  return {
    shape,
    dtype: aWord(written.dtype ?? 'float32', 'dtype', ['float32', 'float64', 'float16'], 'LS_DTYPE'),
    opset: resolveOpset(written.opset),
    labelSmoothing: aNumberIn(written.labelSmoothing ?? 0, 'labelSmoothing', 0, 1, 'LS_SMOOTHING'),
    posWeight: resolvePosWeight(written.posWeight ?? 1, shape[shape.length - 1] as Dimension),
    sampleWeight: aBoolean(written.sampleWeight ?? false, 'sampleWeight'),
    reduction: aWord(written.reduction ?? 'mean', 'reduction', ['none', 'sum', 'mean'], 'LS_OPTION'),
    onlyNonzero: denominator === 'nonzeroWeights',
    zeroIfEmpty: onEmpty === 'zero',
    gradient: aBoolean(written.gradient ?? false, 'gradient'),
  };
}

function resolvePosWeight(posWeight: unknown, columns: Dimension): number | FloatArray {
  const one = (value: unknown, argument: string): number => aNumberIn(value, argument, 0, Infinity, 'LS_WEIGHT');
  if (typeof posWeight === 'number') return one(posWeight, 'posWeight');
  if (!isFloatArray(posWeight)) wrongType('LS_WEIGHT', 'posWeight', 'a number, or one per column', posWeight);
  if (typeof columns === 'string') wrongType('LS_SHAPE', 'shape', 'the number of columns beside posWeight', columns);
  if (posWeight.length !== columns) {
    wrongValue('LS_WEIGHT', 'posWeight', `${columns} entries`, phrase(`${posWeight.length} entries`));
  }
  posWeight.forEach((value, i) => one(value, `posWeight[${i}]`));
  return posWeight;
}
