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
  reduceLoss,
  refuseProbabilities,
  storedLogits,
  type TargetBatch,
  withoutSmoothing,
  wrongValue,
} from '@label-smoothing/core/adapter';
import type { Kernel } from './kernel.js';
import { bindOutput, bindUpstream } from './output.js';

/** Options compiled for one kind of target. */
export interface Compiled {
  readonly written: CrossEntropyOptions;
  readonly table: TargetTable;
  readonly hard: TargetTable;
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
  const hard = compileTargetTable(withoutSmoothing(options));
  return { written, table: compileTargetTable(options), hard };
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
  const options = optionsOfCall(compiled, call);
  const same = options === compiled.table.options;
  // Not copied without need: an engine knows no shape of a copy, and every row reads from these.
  const table = same ? compiled.table : { ...compiled.table, options };
  const hard = same ? compiled.hard : { ...compiled.hard, options: withoutSmoothing(options) };
  // Attached when they were compiled, and perhaps no more.
  notDetached(options.weight, 'weight');
  notDetached(options.prior, 'prior');
  notDetached(options.labelSmoothing, 'labelSmoothing');
  const batch = bindBatch(logits, target, options);
  if (compiled.written.input === undefined && options.input === 'logits') refuseProbabilities(batch, options);
  const upstream = bindUpstream(call.upstream, batch.rows);
  const denominator = batchDenominator(table, batch);
  // What a row adds is its label's or its target's, of which smoothing takes nothing: but the expected weight.
  const hardDenominator = options.denominator === 'expected' ? batchDenominator(hard, batch) : denominator;
  const gradient = withGradient ? bindOutput(call.out, logits, inputsOf(batch, target, table, upstream)) : null;

  const losses = new Float64Array(batch.rows);
  const nll = new Float64Array(batch.rows);
  const stored = gradient === null ? null : storedLogits(gradient);
  kernel.run({ batch, table, hard, losses, nll, gradient: stored, denominator, upstream });

  const { loss, sum } = reduceLoss(options, losses, denominator);
  const { loss: hardLoss } = reduceLoss(options, nll, hardDenominator);
  if (gradient === null) return { loss, nll: hardLoss, sum, denominator };
  return { loss, nll: hardLoss, sum, denominator, gradient };
}

/** The compiled options with the call's own sample weights and normalizer; the same rules as in `resolveOptions`. */
export function optionsOfCall({ table, written }: Compiled, { sampleWeight, normalizer }: Call): ResolvedOptions {
  const { options } = table;
  const weighted = sampleWeight == null ? options : { ...options, sampleWeight };
  if (normalizer == null) return weighted;
  if (written.reduction !== undefined && written.reduction !== 'mean') {
    wrongValue('LS_OPTION', 'normalizer', "reduction 'mean' beside it", written.reduction);
  }
  const checked = aNumberIn(normalizer, 'normalizer', 0, Infinity, 'LS_NORMALIZER');
  return { ...weighted, normalizer: checked, reduction: 'mean' };
}

/** Every array but the logits that is read while the gradient is written, or that a caller would not see overwritten. */
function inputsOf(
  { sampleWeight }: TargetBatch,
  target: TargetArray,
  { options }: TargetTable,
  upstream: number | FloatArray,
): readonly unknown[] {
  const { weight, prior, labelSmoothing } = options;
  return [target, sampleWeight, upstream, weight, prior, labelSmoothing];
}
