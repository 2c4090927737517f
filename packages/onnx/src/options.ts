import {
  type CrossEntropyOptions,
  compileTargetTable,
  type ResolvedOptions,
  resolveOptions,
  type TargetKind,
  type TargetTable,
} from '@label-smoothing/core';
import { aBoolean, anInteger, aWord, knownOptions, wrongType, wrongValue } from '@label-smoothing/core/adapter';
import { type Dimension, opsetRange } from './model.js';

/** Type of the logits and of the gradient. */
export type ExportDtype = 'float32' | 'float64' | 'float16';
/** Integer type of the labels. */
export type LabelType = 'int64' | 'int32';

/** What {@link lossModel} takes: core's options, with inputs of the graph in place of a call's arrays. */
export interface ExportOptions extends Omit<CrossEntropyOptions, 'classes' | 'shape' | 'sampleWeight' | 'normalizer'> {
  /** K. May be left out where no option is given by class: the graph then asks its logits. */
  readonly classes?: number | undefined;
  /** Shape of the logits, sizes or names of sizes, such as ['N', 10, 'H', 'W']. Default: ['N', classes ?? 'K']. */
  readonly shape?: readonly Dimension[] | null | undefined;
  /** Type of logits and gradient; 'float32'. The loss of float16 logits is float32. */
  readonly dtype?: ExportDtype | undefined;
  /** 'int64'; with 'int32' the whole graph runs on WebGPU. */
  readonly labelType?: LabelType | undefined;
  /** 13 to 26; 21. */
  readonly opset?: number | undefined;
  /** Whether the graph takes `labels` or dense `targets`; 'labels'. */
  readonly target?: TargetKind | undefined;
  /** true: an input `sample_weight` in the labels' shape; false. */
  readonly sampleWeight?: boolean | undefined;
  /** true: an input `normalizer`, a scalar, that replaces the denominator; or its value. null. */
  readonly normalizer?: boolean | number | null | undefined;
  /** What a label that is neither a class nor ignored makes of its row: NaN, or whatever comes; 'nan'. */
  readonly invalidLabel?: 'nan' | 'unchecked' | undefined;
  /** false: no ScatterElements, which ONNX Runtime's older WebGPU provider lacks; true. */
  readonly scatter?: boolean | undefined;
}

/** {@link ExportOptions} with every option present and checked: all that the graph is built from. */
export interface LossPlan {
  /** Where `classes` is null, `options.classes` stands for nothing. */
  readonly options: ResolvedOptions;
  /** Null where the number of classes is not known. */
  readonly table: TargetTable | null;
  readonly classes: number | null;
  readonly shape: readonly Dimension[];
  /** Counted from the front. */
  readonly axis: number;
  readonly dtype: ExportDtype;
  readonly labelType: LabelType;
  readonly opset: number;
  readonly target: TargetKind;
  readonly sampleWeight: boolean;
  readonly normalizer: number | 'input' | null;
  readonly checkLabels: boolean;
  readonly scatter: boolean;
}

const dtypes: readonly ExportDtype[] = ['float32', 'float64', 'float16'];
const labelTypes: readonly LabelType[] = ['int64', 'int32'];
const targets: readonly TargetKind[] = ['labels', 'probabilities'];
/** Every option of {@link lossModel}. */
export const optionNames: readonly string[] = [
  ...['classes', 'shape', 'axis', 'input', 'labelSmoothing', 'smoothingMode', 'prior', 'weight', 'weightMode'],
  ...['sampleWeight', 'ignoreIndex', 'classMask', 'maskedLogits', 'reduction', 'denominator', 'normalizer', 'onEmpty'],
  ...['zLoss', 'subtractEntropy', 'gradient', 'dialect'],
  ...['dtype', 'labelType', 'opset', 'target', 'invalidLabel', 'scatter'],
];

/** Checks and completes what {@link lossModel} was given. */
export function planLoss(options: ExportOptions): LossPlan {
  const written = knownOptions(options, optionNames);
  const { shape: _, axis: __, dtype, labelType, opset, target, sampleWeight, invalidLabel, scatter, ...loss } = written;
  const kind = aWord(target ?? 'labels', 'target', targets, 'LS_OPTION');
  const { shape, axis, classes } = resolveShape(written);
  const { normalizer } = written;
  const asked = normalizer === true;
  const resolved = resolveLoss(
    { ...loss, normalizer: typeof normalizer === 'boolean' ? null : normalizer },
    classes,
    kind,
  );
  if (asked && resolved.reduction !== 'mean' && written.reduction !== undefined) {
    wrongValue('LS_OPTION', 'reduction', "'mean' beside a normalizer", written.reduction);
  }
  return {
    options: asked ? { ...resolved, reduction: 'mean' } : resolved,
    table: classes === null ? null : compileTargetTable(resolved),
    classes,
    shape,
    axis,
    dtype: aWord(dtype ?? 'float32', 'dtype', dtypes, 'LS_DTYPE'),
    labelType: resolveLabelType(labelType, classes),
    opset: resolveOpset(opset),
    target: kind,
    sampleWeight: aBoolean(sampleWeight ?? false, 'sampleWeight'),
    normalizer: asked ? 'input' : resolved.normalizer,
    checkLabels: aWord(invalidLabel ?? 'nan', 'invalidLabel', ['nan', 'unchecked'], 'LS_OPTION') === 'nan',
    scatter: aBoolean(scatter ?? true, 'scatter'),
  };
}

/** Checks an opset; the default where it is absent. */
export function resolveOpset(opset: unknown): number {
  const { oldest, newest, usual } = opsetRange;
  const value = anInteger(opset ?? usual, 'opset', oldest, 'LS_OPTION');
  if (value > newest) wrongValue('LS_OPTION', 'opset', `an integer in [${oldest}, ${newest}]`, value);
  return value;
}

function resolveLoss(
  loss: Omit<CrossEntropyOptions, 'classes' | 'shape'>,
  classes: number | null,
  kind: TargetKind,
): ResolvedOptions {
  const byClass = (['weight', 'prior', 'classMask'] as const).find((name) => loss[name] != null);
  const named = byClass ?? (typeof (loss.labelSmoothing ?? 0) === 'number' ? undefined : 'labelSmoothing');
  if (classes === null && named !== undefined) {
    wrongType('LS_SHAPE', 'classes', `the number of classes beside ${named}`, undefined);
  }
  const resolved = resolveOptions({ ...loss, classes: classes ?? 2 }, kind);
  if (resolved.onEmpty === 'throw') wrongValue('LS_UNSUPPORTED', 'onEmpty', "'nan' or 'zero' in a graph", 'throw');
  return resolved;
}

function resolveLabelType(labelType: unknown, classes: number | null): LabelType {
  const type = aWord(labelType ?? 'int64', 'labelType', labelTypes, 'LS_DTYPE');
  if (type === 'int32' && classes !== null && classes > 2 ** 31) {
    wrongValue('LS_SHAPE', 'classes', "at most 2147483648, as far as labelType 'int32' counts", classes);
  }
  return type;
}

/** Checks the shape of a graph's input. */
export function aShape(shape: readonly Dimension[]): readonly Dimension[] {
  if (!Array.isArray(shape) || shape.length === 0) wrongType('LS_SHAPE', 'shape', 'an array of sizes', shape);
  shape.forEach((size: unknown, i) => {
    if (size === '' || (typeof size !== 'string' && typeof size !== 'number')) {
      wrongType('LS_SHAPE', `shape[${i}]`, 'a size or its name', size);
    }
    if (typeof size === 'number') anInteger(size, `shape[${i}]`, 0, 'LS_SHAPE');
  });
  return shape;
}

/** The logits' shape, its class axis counted from the front, and K; null where only a run tells it. */
export interface ResolvedShape {
  readonly shape: readonly Dimension[];
  readonly axis: number;
  readonly classes: number | null;
}

/**
 * Checks `shape`, `axis` and `classes` against each other and completes them: what the logits of a graph look like.
 * For adapters that run graphs; {@link lossModel} has done it.
 *
 * Formula: none.
 *
 * @param written - of {@link ExportOptions}, as the caller gave them.
 * @returns the shape, with K in the place of the class axis where it is known.
 * @throws LS_SHAPE.
 *
 * Numerical note: none.
 *
 * @example
 * ```ts
 * import { resolveShape } from '@label-smoothing/onnx';
 * const { axis, classes } = resolveShape({ shape: ['N', 21, 'H', 'W'], axis: -3 });
 * console.log(axis, classes); // 1 21
 * ```
 * Source: docs/onnx.md.
 */
export function resolveShape(written: Pick<ExportOptions, 'classes' | 'shape' | 'axis'>): ResolvedShape {
  const classes = written.classes === undefined ? null : anInteger(written.classes, 'classes', 1, 'LS_SHAPE');
  const shape = aShape(written.shape ?? ['N', classes ?? 'K']);
  const chosen = anInteger(written.axis ?? -1, 'axis', -shape.length, 'LS_SHAPE');
  if (chosen >= shape.length) wrongValue('LS_SHAPE', 'axis', `an axis of shape [${shape}]`, chosen);
  const axis = chosen < 0 ? chosen + shape.length : chosen;
  const size = shape[axis] as Dimension;
  if (typeof size === 'string') {
    return { shape: shape.map((dim, i) => (i === axis ? (classes ?? dim) : dim)), axis, classes };
  }
  anInteger(size, `shape[${axis}]`, 1, 'LS_SHAPE');
  if (classes !== null && classes !== size)
    wrongValue('LS_SHAPE', 'classes', `${size}, the size of axis ${axis}`, classes);
  return { shape, axis, classes: size };
}

/** The type that a plan is computed in: float32 for float16. */
export function computeType({ dtype }: Pick<LossPlan, 'dtype'>): 'float32' | 'float64' {
  return dtype === 'float64' ? dtype : 'float32';
}
