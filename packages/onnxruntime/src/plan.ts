import {
  type CrossEntropyOptions,
  compileTargetTable,
  type ResolvedOptions,
  resolveOptions,
  type TargetTable,
} from '@label-smoothing/core';
import { aNumberIn, type FloatArray, wrongType, wrongValue } from '@label-smoothing/core/adapter';
import { type ExportOptions, lossModel, resolveShape } from '@label-smoothing/onnx';
import { type MakeModel, nameOf, type SessionSettings } from './open-session.js';
import type { ExecutionProvider } from './ort.js';
import { settingsOf } from './settings.js';
import type { Shape } from './shape.js';

/** What {@link createCrossEntropy} takes: core's options, how the graph is written, and where it runs. */
export interface CriterionOptions extends Omit<ExportOptions, 'sampleWeight' | 'normalizer' | 'scatter'> {
  /** 13 to 26; 21, and 18 for 'cuda', which lacks kernels of later ones. */
  readonly opset?: number | undefined;
  /** One factor per row, finite and ≥ 0, for every call that does not bring its own. */
  readonly sampleWeight?: FloatArray | null | undefined;
  /** Finite ≥ 0, replaces the denominator in every call that does not bring its own. */
  readonly normalizer?: number | null | undefined;
  /** Tried in this order, each alone; default: ['cpu'], which is WebAssembly in onnxruntime-web. */
  readonly executionProviders?: readonly ExecutionProvider[] | undefined;
  /** Passed to ONNX Runtime: threads, log level, and so on. It cannot name providers or allow the CPU. */
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
  const settings = settingsOf(options);
  const { executionProviders: _, sessionOptions: __, preferredOutputLocation: ___, ...rest } = options;
  const { chunkSize = usualChunk, sampleWeight, normalizer, ...written } = rest;
  aNumberIn(chunkSize, 'chunkSize', 1, Infinity, 'LS_OPTION');
  const { dtype = 'float32', labelType = 'int32', target = 'labels', opset, invalidLabel, ...loss } = written;
  const { shape, axis, classes } = resolveShape(written);
  if (classes === null) {
    wrongType('LS_SHAPE', 'classes', 'the number of classes, or a `shape` that tells it', written.classes);
  }
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

/**
 * The newest opset that a provider has kernels for, where it is older than the usual one: with the CPU forbidden, one
 * node without a kernel refuses the graph. docs/cuda.md says how it is known.
 */
const newestOpsets: ReadonlyMap<string, number> = new Map([['cuda', 18]]);

/** The graph for calls of one kind. An empty mean that throws is found before the graph, which then says NaN. */
export function modelOf({ written, options }: Plan, variant: Variant): MakeModel {
  const { scatter: _, ...rest } = written as ExportOptions;
  const onEmpty = options.onEmpty === 'throw' ? 'nan' : written.onEmpty;
  const normalizer = variant.normalizer || options.normalizer;
  return ({ provider, scatter }) => {
    const opset = written.opset ?? newestOpsets.get(nameOf(provider));
    return lossModel({ ...rest, opset, onEmpty, normalizer, sampleWeight: variant.sampleWeight, scatter });
  };
}
