import {
  type AnyLogitsArray,
  type CrossEntropyOptions,
  type CrossEntropyResult,
  compileTargetTable,
  type ResolvedOptions,
  resolveOptions,
  type TargetArray,
  type TargetKind,
  type TargetTable,
} from '@label-smoothing/core';
import {
  aNumberIn,
  batchDenominator,
  bindBatch,
  type FloatArray,
  notDetached,
  refuseProbabilities,
  storedLogits,
  withoutSmoothing,
  wrongValue,
} from '@label-smoothing/core/adapter';
import type { Kernel } from './kernel.js';
import { bindOutput, bindUpstream, refuseOverlap } from './output.js';
import { RowLosses } from './row-losses.js';

/** Options compiled for one kind of target. */
export interface Compiled {
  readonly written: CrossEntropyOptions;
  readonly table: TargetTable;
  readonly hard: TargetTable;
  /** Typed arrays of the options, which are kept by reference, with their names. */
  readonly arrays: readonly (readonly [string, unknown])[];
  /** What the last call worked with, for the next one; null while a call does. */
  room: Room | null;
}

/** What a call works with beside its arrays. */
interface Room {
  labels: Int32Array | null;
  readonly losses: RowLosses;
}

/** What one call brings beside its arrays. */
export interface Call {
  readonly sampleWeight?: FloatArray | null | undefined;
  readonly normalizer?: number | null | undefined;
  readonly upstream?: number | FloatArray | undefined;
  readonly out?: AnyLogitsArray | undefined;
}

/** Resolves and compiles options once: all that a call need not do again. */
export function compile(written: CrossEntropyOptions, kind: TargetKind): Compiled {
  const options = resolveOptions(written, kind);
  const { weight, prior, labelSmoothing } = options;
  const table = compileTargetTable(options);
  const hard = compileTargetTable(withoutSmoothing(options));
  const arrays = Object.entries({ weight, prior, labelSmoothing }).filter(([, value]) => ArrayBuffer.isView(value));
  return { written, table, hard, arrays, room: null };
}

/** Checks everything, then computes; nothing is written before the last check has passed. */
export function evaluate(
  kernel: Kernel,
  compiled: Compiled,
  logits: AnyLogitsArray,
  target: TargetArray,
  call: Call,
  withGradient: boolean,
): CrossEntropyResult<number | Float64Array, AnyLogitsArray> {
  const { table, hard, arrays } = compiled;
  const { options } = table;
  const terms = termsOf(compiled, call);
  const { sampleWeight, normalizer, reduction } = terms;
  for (const [name, array] of arrays) notDetached(array, name);
  const room = compiled.room ?? { labels: null, losses: new RowLosses() };
  // It is this call's now: a getter of the caller's arrays may call again.
  compiled.room = null;
  const batch = bindBatch(logits, target, options, sampleWeight, room.labels, kernel.allWithin);
  if (compiled.written.input === undefined && options.input === 'logits') refuseProbabilities(batch, options);
  const upstream = call.upstream === undefined ? 1 : bindUpstream(call.upstream, batch.rows);
  const denominator = batchDenominator(table, batch, normalizer);
  // What a row adds is its label's or its target's, of which smoothing takes nothing: but the expected weight.
  const hardDenominator = options.denominator === 'expected' ? batchDenominator(hard, batch, normalizer) : denominator;
  const gradient = withGradient ? bindOutput(call.out, logits) : null;
  if (call.out !== undefined) {
    // Read while the gradient is written, or seen by a caller who would not expect another array's numbers there.
    refuseOverlap(call.out, target);
    refuseOverlap(call.out, sampleWeight);
    refuseOverlap(call.out, upstream);
    for (const [, array] of arrays) refuseOverlap(call.out, array);
  }

  const { losses } = room;
  losses.begin(batch.rows, reduction);
  const stored = gradient === null ? null : storedLogits(gradient);
  kernel.run({ batch, table, hard, losses, gradient: stored, reduction, denominator, upstream });

  const { loss, nll, sum } = losses.reduced(terms, denominator, hardDenominator);
  losses.clear();
  room.labels = batch.labels;
  compiled.room = room;
  return gradient === null ? { loss, nll, sum, denominator } : { loss, nll, sum, denominator, gradient };
}

/** The options that a call may replace. */
export type Terms = Pick<ResolvedOptions, 'sampleWeight' | 'normalizer' | 'reduction' | 'onEmpty'>;

/** Those of the call where it has its own. */
export function termsOf(compiled: Compiled, call: Pick<Call, 'sampleWeight' | 'normalizer'>): Terms {
  const none = call.sampleWeight == null && call.normalizer == null;
  return none ? compiled.table.options : ownTerms(compiled, call);
}

/** The same rules as in `resolveOptions`. */
function ownTerms({ table, written }: Compiled, call: Pick<Call, 'sampleWeight' | 'normalizer'>): Terms {
  const { onEmpty, normalizer, reduction } = table.options;
  const sampleWeight = call.sampleWeight ?? table.options.sampleWeight;
  if (call.normalizer == null) return { sampleWeight, normalizer, reduction, onEmpty };
  if (written.reduction !== undefined && written.reduction !== 'mean') {
    wrongValue('LS_OPTION', 'normalizer', "reduction 'mean' beside it", written.reduction);
  }
  const own = aNumberIn(call.normalizer, 'normalizer', 0, Infinity, 'LS_NORMALIZER');
  return { sampleWeight, normalizer: own, reduction: 'mean', onEmpty };
}
