import { aBoolean, aFloatArray, aNumberIn, anInteger, aWord, type FloatArray, isFloatArray } from './assert.js';
import { dialects } from './dialects.js';
import { nearest, phrase, wrongType, wrongValue } from './errors.js';
import type {
  CrossEntropyOptions,
  Denominator,
  DialectName,
  InputKind,
  MaskedLogits,
  OnEmpty,
  Reduction,
  ResolvedOptions,
  SmoothingMode,
  TargetKind,
  WeightMode,
} from './options.js';

/** The words each enumerated option accepts, in the order in which the documentation lists them. */
export const optionWords = {
  input: ['logits', 'probabilities'] as readonly InputKind[],
  smoothingMode: ['uniform', 'others', 'prior'] as readonly SmoothingMode[],
  weightMode: ['perClass', 'target', 'expected'] as readonly WeightMode[],
  maskedLogits: ['exclude', 'propagate'] as readonly MaskedLogits[],
  reduction: ['none', 'sum', 'mean'] as readonly Reduction[],
  denominator: ['weights', 'valid', 'rows', 'nonzeroWeights', 'expected'] as readonly Denominator[],
  onEmpty: ['nan', 'zero', 'throw'] as readonly OnEmpty[],
} as const;

const defaults = {
  labelSmoothing: 0,
  input: 'logits',
  smoothingMode: 'uniform',
  prior: null,
  weight: null,
  weightMode: 'perClass',
  sampleWeight: null,
  ignoreIndex: -100,
  classMask: null,
  maskedLogits: 'exclude',
  reduction: 'mean',
  denominator: { labels: 'weights', probabilities: 'rows' },
  normalizer: null,
  onEmpty: 'nan',
  zLoss: 0,
  subtractEntropy: false,
  gradient: false,
  dialect: null,
} as const;

/** Every option of the loss. */
export const optionNames: readonly string[] = ['classes', 'shape', 'axis', ...Object.keys(defaults)];

/** Largest distance of a prior's sum from 1: room for priors that were rounded to float16. */
const priorTolerance = 1e-3;

/**
 * Expands a dialect, fills in the defaults and checks every option.
 *
 * Formula: defaults ← dialect ← what the caller wrote (`undefined` is absent). `normalizer` implies reduction 'mean'.
 *
 * @param options - what the caller wrote; `classes` or `shape` is required.
 * @param targetKind - 'labels' or 'probabilities': PyTorch's mean has another denominator for each.
 * @returns a frozen object with every option present; arrays are kept by reference, `prior` flat.
 * @throws LS_OPTION for an unknown option, a wrong kind or a contradiction; LS_DIALECT, LS_SHAPE, LS_SMOOTHING,
 * LS_PRIOR, LS_WEIGHT, LS_SAMPLE_WEIGHT, LS_MASK, LS_NORMALIZER for the values of the options these names tell.
 *
 * Numerical note: ε, priors and weights are kept as float64; a float32 0.1 stays float32(0.1).
 *
 * @example
 * ```ts
 * import { resolveOptions } from '@label-smoothing/core';
 * const { denominator, ignoreIndex } = resolveOptions({ classes: 10, dialect: 'tf1' }, 'labels');
 * console.log(denominator, ignoreIndex); // nonzeroWeights []
 * ```
 * Source: docs/spec.md S2 to S6 and S11.
 */
export function resolveOptions(options: CrossEntropyOptions, targetKind: TargetKind): ResolvedOptions {
  const written = knownOptions(options);
  const dialect =
    written.dialect == null
      ? null
      : aWord(written.dialect, 'dialect', Object.keys(dialects) as DialectName[], 'LS_DIALECT');
  const preset = { ...defaults, ...(dialect === null ? {} : dialects[dialect].options) };
  const merged = { ...preset, ...written };
  const { classes, shape, axis } = resolveLayout(written);
  const { smoothingMode, prior, labelSmoothing } = resolveSmoothing(merged, classes, targetKind);
  const { reduction, normalizer } = resolveReduction(merged, written.reduction);
  const { denominator } = preset;
  return Object.freeze({
    classes,
    shape,
    axis,
    input: aWord(merged.input, 'input', optionWords.input, 'LS_OPTION'),
    labelSmoothing,
    smoothingMode,
    prior,
    weight: merged.weight === null ? null : aFloatArray(merged.weight, 'weight', [classes], Infinity, 'LS_WEIGHT'),
    weightMode: aWord(merged.weightMode, 'weightMode', optionWords.weightMode, 'LS_OPTION'),
    sampleWeight: merged.sampleWeight === null ? null : resolveSampleWeight(merged.sampleWeight),
    ignoreIndex: resolveIgnoreIndex(merged.ignoreIndex),
    classMask: merged.classMask === null ? null : resolveMask(merged.classMask, classes),
    maskedLogits: aWord(merged.maskedLogits, 'maskedLogits', optionWords.maskedLogits, 'LS_OPTION'),
    reduction,
    denominator: aWord(
      written.denominator ?? (typeof denominator === 'object' ? denominator[targetKind] : denominator),
      'denominator',
      optionWords.denominator,
      'LS_OPTION',
    ),
    normalizer,
    onEmpty: aWord(merged.onEmpty, 'onEmpty', optionWords.onEmpty, 'LS_OPTION'),
    zLoss: aNumberIn(merged.zLoss, 'zLoss', 0, Infinity, 'LS_OPTION'),
    subtractEntropy: aBoolean(merged.subtractEntropy, 'subtractEntropy'),
    gradient: aBoolean(merged.gradient, 'gradient'),
    dialect,
  });
}

/** The caller's options without those that are `undefined`. */
export function knownOptions<O extends object>(options: O, names: readonly string[] = optionNames): O {
  const values = withKnownNames(options, names) as Readonly<Record<string, unknown>>;
  const known: Record<string, unknown> = {};
  // By name, so that inherited options and getters count.
  for (const name of names) {
    const value = values[name];
    if (value !== undefined) known[name] = value;
  }
  return known as O;
}

/** Checks that these are options, all of them known: an unknown name is an error that offers the nearest one. */
export function withKnownNames<O extends object>(options: O, names: readonly string[]): O {
  // Maps and arrays have no option in them: they would pass for an empty object.
  if (Object.prototype.toString.call(options) !== '[object Object]') {
    wrongType('LS_OPTION', 'options', 'an object', options);
  }
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) {
      wrongValue('LS_OPTION', 'options', `known options only${nearest(name, names)}`, name);
    }
  }
  return options;
}

function resolveLayout(written: CrossEntropyOptions): Pick<ResolvedOptions, 'classes' | 'shape' | 'axis'> {
  const { shape = null } = written;
  const classes = written.classes === undefined ? null : anInteger(written.classes, 'classes', 1, 'LS_SHAPE');
  if (shape !== null) return resolveShape(shape, written.axis, classes);
  if (classes === null) wrongType('LS_SHAPE', 'classes', 'the number of classes, or a `shape`', written.classes);
  const axis = written.axis ?? 1;
  if (axis !== 1 && axis !== -1) wrongValue('LS_SHAPE', 'axis', 'a `shape` beside it, or 1', axis);
  return { classes, shape, axis: 1 };
}

function resolveShape(
  shape: readonly number[],
  written: number | undefined,
  classes: number | null,
): Pick<ResolvedOptions, 'classes' | 'shape' | 'axis'> {
  if (!Array.isArray(shape) || shape.length === 0) wrongType('LS_SHAPE', 'shape', 'an array of sizes', shape);
  Array.from(shape).forEach((size, i) => anInteger(size, `shape[${i}]`, 0, 'LS_SHAPE'));
  const axis = anInteger(written ?? -1, 'axis', -shape.length, 'LS_SHAPE');
  if (axis >= shape.length) wrongValue('LS_SHAPE', 'axis', `an axis of shape [${shape}]`, axis);
  const fromFront = axis < 0 ? axis + shape.length : axis;
  const size = anInteger(shape[fromFront], `shape[${fromFront}]`, 1, 'LS_SHAPE');
  if (classes !== null && classes !== size) {
    wrongValue('LS_SHAPE', 'classes', `${size}, the size of axis ${axis} of shape [${shape}]`, classes);
  }
  return { classes: size, shape, axis: fromFront };
}

function resolveSmoothing(
  merged: Pick<CrossEntropyOptions, 'labelSmoothing' | 'smoothingMode' | 'prior'>,
  classes: number,
  targetKind: TargetKind,
): Pick<ResolvedOptions, 'labelSmoothing' | 'smoothingMode' | 'prior'> {
  const smoothingMode = aWord(merged.smoothingMode, 'smoothingMode', optionWords.smoothingMode, 'LS_OPTION');
  const { labelSmoothing } = merged;
  if (typeof labelSmoothing === 'number') aNumberIn(labelSmoothing, 'labelSmoothing', 0, 1, 'LS_SMOOTHING');
  else if (!isFloatArray(labelSmoothing)) {
    wrongType('LS_SMOOTHING', 'labelSmoothing', 'a number in [0, 1], or one per class', labelSmoothing);
  } else {
    aFloatArray(labelSmoothing, 'labelSmoothing', [classes], 1, 'LS_SMOOTHING');
    if (targetKind === 'probabilities') {
      wrongValue('LS_SMOOTHING', 'labelSmoothing', 'one number where targets are dense', labelSmoothing);
    }
  }
  const prior = merged.prior == null ? null : resolvePrior(merged.prior, classes, targetKind);
  if ((prior === null) === (smoothingMode === 'prior')) {
    const expected = prior === null ? "weights for smoothingMode 'prior'" : "smoothingMode: 'prior' beside it";
    wrongValue('LS_PRIOR', 'prior', expected, merged.prior);
  }
  return { labelSmoothing, smoothingMode, prior };
}

function resolvePrior(prior: unknown, classes: number, targetKind: TargetKind): FloatArray {
  const nested = Array.isArray(prior) && prior.some((row) => typeof row === 'object');
  if (nested && prior.length !== classes) {
    wrongValue('LS_PRIOR', 'prior', `${classes} rows`, phrase(`${prior.length} rows`));
  }
  const flat = nested
    ? prior.flatMap((row, y) => Array.from(aFloatArray(row, `prior[${y}]`, [classes], Infinity, 'LS_PRIOR')))
    : aFloatArray(prior, 'prior', [classes, classes * classes], Infinity, 'LS_PRIOR');
  if (flat.length > classes && targetKind === 'probabilities') {
    wrongValue('LS_PRIOR', 'prior', `${classes} weights where targets are dense`, phrase(`${classes}×${classes}`));
  }
  for (let start = 0; start < flat.length; start += classes) {
    let sum = 0;
    for (let k = 0; k < classes; k++) sum += flat[start + k] as number;
    if (!(Math.abs(sum - 1) <= priorTolerance)) {
      const row = flat.length > classes ? ` (row ${start / classes})` : '';
      wrongValue('LS_PRIOR', 'prior', `weights that sum to 1${row}`, sum);
    }
  }
  return flat;
}

function resolveReduction(
  merged: Pick<CrossEntropyOptions, 'reduction' | 'normalizer'>,
  written: unknown,
): Pick<ResolvedOptions, 'reduction' | 'normalizer'> {
  const reduction = aWord(merged.reduction, 'reduction', optionWords.reduction, 'LS_OPTION');
  if (merged.normalizer == null) return { reduction, normalizer: null };
  const normalizer = aNumberIn(merged.normalizer, 'normalizer', 0, Infinity, 'LS_NORMALIZER');
  if (written !== undefined && reduction !== 'mean') {
    wrongValue('LS_OPTION', 'reduction', "'mean' beside a normalizer", written);
  }
  return { reduction: 'mean', normalizer };
}

/** Its length and entries are the batch's to check. */
function resolveSampleWeight(sampleWeight: unknown): FloatArray {
  if (isFloatArray(sampleWeight)) return sampleWeight;
  return wrongType('LS_SAMPLE_WEIGHT', 'sampleWeight', 'number[], Float32Array or Float64Array', sampleWeight);
}

function resolveIgnoreIndex(ignoreIndex: unknown): readonly number[] {
  if (ignoreIndex === null) return [];
  const list = Array.isArray(ignoreIndex) ? ignoreIndex : [ignoreIndex];
  return list.map((label) => anInteger(label, 'ignoreIndex', -Infinity, 'LS_OPTION'));
}

function resolveMask(mask: unknown, classes: number): readonly boolean[] {
  if (!Array.isArray(mask)) wrongType('LS_MASK', 'classMask', 'an array of true and false', mask);
  if (mask.length !== classes)
    wrongValue('LS_MASK', 'classMask', `${classes} entries`, phrase(`${mask.length} entries`));
  const odd = Array.from(mask).findIndex((entry) => typeof entry !== 'boolean');
  if (odd >= 0) wrongType('LS_MASK', `classMask[${odd}]`, 'true or false', mask[odd]);
  if (!mask.includes(true)) wrongValue('LS_MASK', 'classMask', 'at least one class that exists', mask);
  return mask;
}
