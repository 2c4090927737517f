import type { Reduction, ResolvedOptions, TargetKind } from '../options.js';
import type { TargetTable } from '../target-table.js';
import type { Arithmetic } from './budgets.js';
import type { ArrayOf, Dtype } from './ulp.js';

/** A value now or later: backends may be synchronous. */
export type Awaitable<T> = T | Promise<T>;

/** One computation asked of a backend, in one dtype; see {@link LossRequest}. */
export interface TypedRequest<D extends Dtype> {
  readonly dtype: D;
  /** Unnormalised scores, row-major `[rows, classes]`. Read-only for the backend; `byteOffset` may be non-zero. */
  readonly logits: ArrayOf[D];
  readonly rows: number;
  readonly classes: number;
  /** Class per row `[rows]`, or a distribution per row `[rows, classes]` in `dtype`. */
  readonly target: Int32Array | ArrayOf[D];
  /** One factor per row; a row of weight 0 is never read. */
  readonly sampleWeight?: Float64Array;
  /** Every option present, dialect expanded. */
  readonly options: ResolvedOptions;
  /** The same, compiled: per class hit, base, mass, floor, denominator. With `rowTerms`, all that a backend needs. */
  readonly table: TargetTable;
  /** Whether ∂loss/∂logits is wanted beside the loss. */
  readonly gradient: boolean;
}

/** One computation asked of a backend. */
export type LossRequest = { [D in Dtype]: TypedRequest<D> }[Dtype];

/** `loss` in nats: `[rows]` for 'none', else `[1]`. `gradient`: `[rows, classes]`, upstream gradient 1. Fresh arrays. */
export interface LossResult {
  readonly loss: ArrayLike<number>;
  readonly gradient?: ArrayOf[Dtype];
}

/** What a backend claims; it is judged on all of it and on nothing else. */
export interface Supports {
  readonly dtypes: readonly Dtype[];
  readonly reductions: readonly Reduction[];
  readonly targets: readonly TargetKind[];
  /** Options beyond labelSmoothing and reduction that it honours: 'weight', 'onEmpty=zero', … or 'table' for all. */
  readonly options: readonly string[];
  /** 'relaxed' = fast-math exp and log, flush-to-zero allowed; selects the budget column and is printed in the report. */
  readonly arithmetic: Arithmetic;
  readonly gradient: boolean;
}

/** A backend: a connector between the kit and one implementation of the loss on one device. */
export interface BackendV1 {
  readonly contract: 1;
  readonly name: string;
  readonly version: string;
  /** Where work really runs ('cpu', 'cuda', 'webgpu'): probed, never copied from the request. */
  readonly device: string;
  /** Constant for the life of the object. */
  readonly supports: Supports;
  computeLoss(request: LossRequest): Awaitable<LossResult>;
  /** Idempotent. */
  dispose?(): Awaitable<void>;
}

/** What a backend module exports as `createBackend`. `options` come from `--option key=value`. */
export type CreateBackend = (options: Readonly<Record<string, string>>) => Awaitable<BackendV1>;
