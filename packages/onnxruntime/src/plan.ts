import {
  aNumberIn,
  type CrossEntropyOptions,
  compileTargetTable,
  type FloatArray,
  type ResolvedOptions,
  resolveOptions,
  type TargetTable,
  wrongType,
  wrongValue,
} from '@label-smoothing/core';
import { type ExportOptions, lossModel } from '@label-smoothing/onnx';
import type { MakeModel, SessionSettings } from './open-session.js';
import type { ExecutionProvider } from './ort.js';
import type { Shape } from './shape.js';

/** What {@link createCrossEntropy} takes: core's options, how the graph is written, and where it runs. */
export interface CriterionOptions extends Omit<ExportOptions, 'sampleWeight' | 'normalizer' | 'scatter'> {
  /** One factor per row, finite and ≥ 0, for every call that does not bring its own. */
  readonly sampleWeight?: FloatArray | null | undefined;
  /** Finite ≥ 0, replaces the denominator in every call that does not bring its own. */
  readonly normalizer?: number | null | undefined;
  /** Tried in this order, each alone; default: ['cpu'], which is WebAssembly in onnxruntime-web. */
  readonly executionProviders?: readonly ExecutionProvider[] | undefined;
  /** Passed to ONNX Runtime: threads, log level, and so on. Its `executionProviders` belong beside it. */
  readonly sessionOptions?: object | undefined;
  /** Such as 'gpu-buffer': where results given as tensors are left. */
  readonly preferredOutputLocation?: string | Readonly<Record<string, string>> | undefined;
  /** Logits that one run of the graph takes: typed arrays of more go in parts along their first dimension. Default: 2^25. */
  readonly chunkSize?: number | undefined;
}

/** float32 that fit into the 128 MiB of a buffer which WebGPU guarantees. */
const usualChunk = 2 ** 25;

/** Inputs of a graph that only some calls bring. */
export interface Variant {
  readonly sampleWeight: boolean;
  readonly normalizer: boolean;
}

/** Checked options of a criterion. */
export interface Plan {
  readonly written: ExportOptions;
  /** With the call's shape in place of `shape` and `axis`, what core checks a call by. */
  readonly options: ResolvedOptions;
  readonly table: TargetTable;
  /** Sizes, and names of those that a call tells. */
  readonly shape: Shape;
  readonly axis: number;
  readonly dtype: NonNullable<ExportOptions['dtype']>;
  readonly labelType: NonNullable<ExportOptions['labelType']>;
  readonly settings: SessionSettings;
  readonly chunkSize: number;
}

/** Checks everything that can be checked before a graph is written. */
export function planCriterion(options: CriterionOptions): Plan {
  const {
    executionProviders = ['cpu'],
    sessionOptions = {},
    preferredOutputLocation,
    chunkSize = usualChunk,
    ...rest
  } = options;
  const { sampleWeight, normalizer, ...written } = rest;
  const settings = { executionProviders, sessionOptions, preferredOutputLocation, dtype: written.dtype ?? 'float32' };
  checkSettings(settings);
  aNumberIn(chunkSize, 'chunkSize', 1, Infinity, 'LS_OPTION');
  const { dtype = 'float32', labelType = 'int32', target = 'labels', opset: _, invalidLabel: __, ...loss } = written;
  const { shape, axis, classes } = layoutOf(written);
  const core: CrossEntropyOptions = { ...loss, shape: undefined, axis: undefined, classes, sampleWeight, normalizer };
  const resolved = resolveOptions(core, target);
  const outside = resolved.ignoreIndex.find((label) => labelType === 'int32' && (label | 0) !== label);
  if (outside !== undefined) wrongValue('LS_OPTION', 'ignoreIndex', "an int32, or labelType 'int64'", outside);
  return {
    written: { ...written, classes, dtype, labelType, target },
    options: resolved,
    table: compileTargetTable(resolved),
    shape,
    axis,
    dtype,
    labelType,
    settings,
    chunkSize,
  };
}

/** The graph for calls of one kind. An empty mean that throws is found before the graph, which then says NaN. */
export function modelOf({ written, options }: Plan, variant: Variant): MakeModel {
  const { scatter: _, ...rest } = written as ExportOptions;
  const onEmpty = options.onEmpty === 'throw' ? 'nan' : written.onEmpty;
  const normalizer = variant.normalizer || options.normalizer;
  return (scatter) => lossModel({ ...rest, onEmpty, normalizer, sampleWeight: variant.sampleWeight, scatter });
}

function checkSettings({ executionProviders, sessionOptions }: SessionSettings): void {
  const fits = (provider: unknown): boolean =>
    typeof (typeof provider === 'object' ? (provider as { name?: unknown } | null)?.name : provider) === 'string';
  if (!Array.isArray(executionProviders) || executionProviders.length === 0 || !executionProviders.every(fits)) {
    wrongType('LS_OPTION', 'executionProviders', 'a list of names of providers', executionProviders);
  }
  if (typeof sessionOptions !== 'object' || sessionOptions === null) {
    wrongType('LS_OPTION', 'sessionOptions', 'an object', sessionOptions);
  }
  if ('executionProviders' in sessionOptions) {
    wrongValue('LS_OPTION', 'sessionOptions', 'executionProviders beside it, not in it', sessionOptions);
  }
}

function layoutOf(written: ExportOptions): Pick<Plan, 'shape' | 'axis'> & { readonly classes: number } {
  const shape = written.shape ?? ['N', written.classes ?? 'K'];
  if (!Array.isArray(shape)) wrongType('LS_SHAPE', 'shape', 'an array of sizes', shape);
  const axis = written.axis ?? -1;
  const fromFront = axis < 0 ? axis + shape.length : axis;
  const classes = written.classes ?? shape[fromFront];
  if (typeof classes !== 'number') {
    wrongType('LS_SHAPE', 'classes', 'the number of classes, or a `shape` that tells it', classes);
  }
  return { shape: shape.map((size, i) => (i === fromFront ? classes : size)), axis: fromFront, classes };
}
