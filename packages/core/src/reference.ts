import type { Batch } from './batch.js';
import { toFloat16 } from './float16.js';
import { type StoredLogits, zerosLike } from './logits.js';
import type { ResolvedOptions } from './options.js';
import { rowFactor } from './reduction.js';
import { type Row, readRow } from './row.js';
import { rowCoefficients, rowTerms } from './row-terms.js';
import { CompensatedSum } from './sum.js';
import { rowOffset, rowWeight } from './target-batch.js';
import type { TargetTable } from './target-table.js';

// The definition of docs/spec.md S1 and S7 as plain loops in float64: the page to read before any kernel.
//   loss   = s·( mass·ℓ − Σ c_k·d_k + zLoss·(m + ℓ)² − floor )
//   grad_j = s/denominator·( (mass + 2·zLoss·(m + ℓ))·p_j − c_j )

/** Row losses in nats, [rows]; 0 for a row that is not read. */
export function rowLosses(table: TargetTable, batch: Batch<StoredLogits>): Float64Array {
  return Float64Array.from({ length: batch.rows }, (_, row) => {
    const s = rowWeight(batch, row);
    return s === 0 ? 0 : s * rowLoss(table, readRow(batch, row, table.options));
  });
}

function rowLoss(table: TargetTable, row: Row): number {
  const { classes, zLoss } = table.options;
  const terms = rowTerms(table, row.target, row.present);
  const coefficient = rowCoefficients(table, row.target, terms);
  const { max, logSum } = logSumExp(row, table.options);
  const loss = new CompensatedSum();
  for (let k = 0; k < classes; k++) {
    const c = row.present(k) ? coefficient(k) : 0;
    if (c !== 0) loss.add(-c * distance(row.logit(k), max));
  }
  loss.add(terms.mass * logSum);
  if (zLoss > 0 && max !== -Infinity) loss.add(zLoss * (max + logSum) ** 2);
  loss.add(-terms.floor);
  return loss.value;
}

/** ∂loss/∂logits in the logits' dtype and layout. */
export function lossGradient(table: TargetTable, batch: Batch<StoredLogits>, denominator: number): StoredLogits {
  const { logits, classes, stride, rows } = batch;
  const gradient = zerosLike(logits);
  const rounded = logits instanceof Uint16Array ? toFloat16 : (value: number) => value;
  for (let r = 0; r < rows; r++) {
    const factor = rowFactor(table.options, rowWeight(batch, r), denominator);
    if (factor === 0) continue;
    const row = readRow(batch, r, table.options);
    const slope = rowGradient(table, row);
    const offset = rowOffset(batch, r);
    for (let k = 0; k < classes; k++) {
      if (row.present(k)) gradient[offset + k * stride] = rounded(factor * slope(k));
    }
  }
  return gradient;
}

function rowGradient(table: TargetTable, row: Row): (k: number) => number {
  const { zLoss, input } = table.options;
  const terms = rowTerms(table, row.target, row.present);
  const coefficient = rowCoefficients(table, row.target, terms);
  const { max, argmax, rest, logSum } = logSumExp(row, table.options);
  const pull = terms.mass + (max === -Infinity ? 0 : 2 * zLoss * (max + logSum));
  if (input === 'logits') return (k) => pull * Math.exp(distance(row.logit(k), max) - logSum) - coefficient(k);
  // Divided by Σp; where every probability is 0 there is no share to take: only the pull of the target is left.
  const common = max === -Infinity ? logSum : pull / (row.score(argmax) * (1 + rest));
  return (k) => {
    const c = coefficient(k);
    return c === 0 ? common : common - c / row.score(k);
  };
}

interface LogSumExp {
  readonly max: number;
  readonly argmax: number;
  /** Σ_{k ≠ argmax} e^{d_k}. */
  readonly rest: number;
  /** ℓ = log1p(rest). */
  readonly logSum: number;
}

/** ℓ is NaN where the row holds NaN or +inf, and where −inf is propagated and the row holds nothing else. */
function logSumExp({ logit, present }: Row, { classes, maskedLogits }: ResolvedOptions): LogSumExp {
  let max = -Infinity;
  let argmax = -1;
  for (let k = 0; k < classes; k++) {
    if (!present(k) || Number.isNaN(max)) continue;
    const x = logit(k);
    if (argmax >= 0 && x <= max) continue;
    max = x;
    argmax = k;
  }
  if (!(max < Infinity)) return { max, argmax, rest: Number.NaN, logSum: Number.NaN };
  // Excluded classes are gone, so a row of nothing but −inf is one whose target was masked: loss +inf, p = 0.
  if (max === -Infinity) return { max, argmax, rest: 0, logSum: maskedLogits === 'propagate' ? Number.NaN : 0 };
  const rest = new CompensatedSum();
  for (let k = 0; k < classes; k++) {
    if (k !== argmax && present(k)) rest.add(Math.exp(logit(k) - max));
  }
  return { max, argmax, rest: rest.value, logSum: Math.log1p(rest.value) };
}

/** d = x − m, with −inf − (−inf) = −inf: a class of probability 0 stays one. */
function distance(logit: number, max: number): number {
  return logit === -Infinity ? -Infinity : logit - max;
}
