import type { Batch } from '../batch.js';
import type { StoredLogits } from '../logits.js';
import { batchDenominator, rowFactor } from '../reduction.js';
import { type Row, readRow } from '../row.js';
import { type RowTerms, rowCoefficients, rowTerms } from '../row-terms.js';
import { at } from '../spread.js';
import { rowOffset, rowWeight } from '../target-batch.js';
import type { TargetTable } from '../target-table.js';
import type { LossRequest } from './contract.js';
import { batchOf } from './request.js';

/** What errors of a computed case are measured at; the same shapes as loss and gradient. */
export interface Scales {
  /** [rows] for reduction 'none', else one. */
  readonly loss: Float64Array;
  /** In the logits' layout. */
  readonly gradient: Float64Array;
}

/**
 * The scales of a case whose truth is computed rather than stored: property cases and recorded framework answers.
 *
 * Formula: loss row: s·max(mass·|lse|, |Σ c_k·x_k|, zLoss·lse², floor), summed over rows and divided by the denominator
 * as the loss is. gradient: s/denominator·max(p·mass, c, 2·zLoss·|lse|·p)·(1 + |d|), with d = x − m. Where keep is
 * negative, c counts as what its parts add up to without their signs.
 *
 * @param table - the compiled options. @param batch - from `bindBatch`. @param denominator - what 'mean' divides by.
 * @returns scales in nats; 0 where a row is not read or an operand is not finite.
 *
 * Numerical note: only the binade of a scale matters.
 *
 * @example
 * ```ts
 * import { compileTargetTable, resolveOptions } from '@label-smoothing/core';
 * import { bindBatch } from '@label-smoothing/core/adapter';
 * import { scalesOf } from '@label-smoothing/core/conformance';
 * const options = resolveOptions({ classes: 3 }, 'labels');
 * const batch = bindBatch(Float32Array.of(20, 0, 0), [0], options);
 * console.log(scalesOf(compileTargetTable(options), batch, 1).loss[0]!.toFixed(0)); // 20
 * ```
 * Source: docs/tolerances.md.
 */
export function scalesOf(table: TargetTable, batch: Batch<StoredLogits>, denominator: number): Scales {
  const { options } = table;
  const rows = new Float64Array(batch.rows);
  const gradient = new Float64Array(batch.logits.length);
  for (let r = 0; r < batch.rows; r++) {
    const s = rowWeight(batch, r);
    if (s === 0) continue;
    const row = readRow(batch, r, options);
    const scale = rowScales(table, row);
    rows[r] = s * scale.loss;
    const factor = rowFactor(options, s, denominator);
    const offset = rowOffset(batch, r);
    for (let k = 0; k < batch.classes; k++) {
      if (row.present(k)) gradient[offset + k * batch.stride] = factor * scale.gradient(k);
    }
  }
  if (options.reduction === 'none') return { loss: rows, gradient };
  const sum = rows.reduce((a, b) => a + b, 0);
  return { loss: Float64Array.of(rowFactor(options, sum, denominator)), gradient };
}

/** {@link scalesOf} for a request of the kit. */
export function scalesOfRequest(request: LossRequest): Scales {
  const batch = batchOf(request);
  return scalesOf(request.table, batch, batchDenominator(request.table, batch));
}

function rowScales(table: TargetTable, row: Row): { loss: number; gradient: (k: number) => number } {
  const { classes, zLoss, input } = table.options;
  const terms = rowTerms(table, row.target, row.present);
  const coefficient = rowCoefficients(table, row.target, terms);
  const excess = excessOf(table, row, terms);
  const classesOf = Array.from({ length: classes }, (_, k) => k).filter((k) => row.present(k));
  const max = classesOf.reduce((m, k) => Math.max(m, row.logit(k)), -Infinity);
  const lse = max + Math.log(classesOf.reduce((sum, k) => sum + Math.exp(row.logit(k) - max), 0));
  const dot = classesOf.reduce((sum, k) => sum + (coefficient(k) === 0 ? 0 : coefficient(k) * row.logit(k)), 0);
  const parts = classesOf.reduce((sum, k) => sum + (excess(k) === 0 ? 0 : excess(k) * Math.abs(row.logit(k))), 0);
  const operands = [terms.mass * Math.abs(lse), Math.abs(dot) + parts, zLoss * lse * lse, terms.floor];
  const gradient = (k: number): number => {
    const p = Math.exp(row.logit(k) - lse);
    const operand = Math.max(p * terms.mass, coefficient(k) + excess(k), 2 * zLoss * Math.abs(lse) * p);
    const scale = operand * (1 + Math.abs(row.logit(k) - max));
    return finite(input === 'logits' ? scale : scale / row.score(k));
  };
  return { loss: finite(Math.max(...operands)), gradient };
}

/** What the parts of c_k, keep·t_k and base·u_k, are larger than it: keep is negative where ε is above (K − 1)/K. */
function excessOf({ options }: TargetTable, { target }: Row, { keep, rowScale }: RowTerms): (k: number) => number {
  if (keep >= 0) return () => 0;
  const weight = options.weightMode === 'perClass' ? options.weight : null;
  const t = typeof target === 'number' ? (k: number) => (k === target ? 1 : 0) : target;
  return (k) => -2 * keep * t(k) * rowScale * at(weight, k);
}

function finite(scale: number): number {
  return Number.isFinite(scale) ? scale : 0;
}
