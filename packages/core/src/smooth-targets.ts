import { phrase, wrongValue } from './errors.js';
import type { CrossEntropyOptions } from './options.js';
import { resolveOptions } from './resolve-options.js';
import { rowTarget } from './row.js';
import { rowCoefficients, rowTerms } from './row-terms.js';
import { maskPredicate } from './spread.js';
import { bindTarget, rowWeight, type TargetArray, targetKindOf } from './target-batch.js';

/**
 * The smoothed targets themselves, dense: for a framework that takes distributions, or to look at.
 *
 * Formula: q_k = keep·t_k + base·u_k on the classes of `classMask`, 0 elsewhere. Class weights are no part of q.
 *
 * @param target - labels [rows], or t [rows, classes] (or `options.shape`).
 * @param options - as for `crossEntropy`; those about weights, reductions and gradients have no effect.
 * @returns q in float64, row-major [rows, classes] whatever the axis; rows that are ignored are 0.
 * @throws LS_DTYPE, LS_SHAPE, LS_LABEL, LS_TARGET, LS_DETACHED and the codes of `resolveOptions`.
 *
 * Numerical note: rows sum to 1 within one rounding per class where t does.
 *
 * @example
 * ```ts
 * import { smoothTargets } from '@label-smoothing/core';
 * console.log(smoothTargets([1], { classes: 4, labelSmoothing: 0.2 })); // Float64Array(4) [ 0.05, 0.8500000000000001, 0.05, 0.05 ]
 * ```
 * Source: Szegedy et al. 2016, §7; docs/spec.md S1 to S3.
 */
export function smoothTargets(target: TargetArray, options: CrossEntropyOptions): Float64Array {
  const kind = targetKindOf(target);
  const resolved = { ...resolveOptions(options, kind), weight: null, sampleWeight: null };
  const { classes, shape } = resolved;
  const given = kind === 'labels' ? target.length : target.length / classes;
  const rows = shape === null ? given : shape.reduce((a, b) => a * b, 1) / classes;
  if (!Number.isInteger(given) || given !== rows) {
    const expected = shape === null ? `a multiple of ${classes} classes` : `${rows} rows, by shape [${shape}]`;
    wrongValue('LS_SHAPE', 'target', expected, phrase(`${target.length} values`));
  }
  const batch = bindTarget(target, rows, resolved);
  const present = maskPredicate(resolved);
  const q = new Float64Array(rows * classes);
  for (let row = 0; row < rows; row++) {
    if (rowWeight(batch, row) === 0) continue;
    const t = rowTarget(batch, row);
    const coefficient = rowCoefficients({ options: resolved }, t, rowTerms({ options: resolved }, t));
    for (let k = 0; k < classes; k++) if (present(k)) q[row * classes + k] = coefficient(k);
  }
  return q;
}
