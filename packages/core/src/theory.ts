import { aNumberIn, anInteger, aWord } from './assert.js';
import { wrongValue } from './errors.js';
import type { SmoothingMode } from './options.js';
import { knownOptions, optionWords } from './resolve-options.js';

/** ε, its convention and the number of classes: what the closed forms of this file depend on. */
export interface SmoothingChoice {
  /** ε in [0, 1]. */
  readonly labelSmoothing: number;
  /** 'uniform' (the default) or 'others'; a prior has an optimum per class, which `rowTerms` tells. */
  readonly smoothingMode?: SmoothingMode | undefined;
  /** K ≥ 2. */
  readonly classes: number;
}

/** A conversion of ε between the two conventions. */
export interface SmoothingConversion {
  /** ε in the convention `from`, in [0, 1]. */
  readonly labelSmoothing: number;
  /** 'uniform' (ε/K) or 'others' (ε/(K−1)). */
  readonly from: SmoothingMode;
  /** 'uniform' or 'others'. */
  readonly to: SmoothingMode;
  /** K ≥ 2. */
  readonly classes: number;
}

/**
 * The ε that gives the same targets in the other convention.
 *
 * Formula: ε_uniform = ε_others·K/(K−1); ε_others = ε_uniform·(K−1)/K.
 *
 * @param conversion - ε, both conventions and K.
 * @returns ε in the convention `to`.
 * @throws LS_SMOOTHING where no such ε in [0, 1] exists (ε_others > (K−1)/K); LS_OPTION for 'prior' or an unknown
 * option; LS_SHAPE for fewer than two classes.
 *
 * Numerical note: two roundings; there and back is within 2 ULP.
 *
 * @example
 * ```ts
 * import { convertSmoothing } from '@label-smoothing/core';
 * console.log(convertSmoothing({ labelSmoothing: 0.75, from: 'others', to: 'uniform', classes: 4 })); // 1
 * ```
 * Source: docs/spec.md S2.
 */
export function convertSmoothing(conversion: SmoothingConversion): number {
  const written = knownOptions(conversion, ['labelSmoothing', 'from', 'to', 'classes']);
  const { labelSmoothing, classes } = checkChoice(written.labelSmoothing, written.classes);
  const from = aClosedForm(written.from, 'from');
  const to = aClosedForm(written.to, 'to');
  if (from === to) return labelSmoothing;
  if (from === 'uniform') return (labelSmoothing * (classes - 1)) / classes;
  const converted = (labelSmoothing * classes) / (classes - 1);
  // (K−1)/K itself may come out one rounding above 1.
  if (converted > 1 + Number.EPSILON) {
    const expected = `at most ${(classes - 1) / classes}, where 'others' leaves the target nothing more than the rest`;
    wrongValue('LS_SMOOTHING', 'labelSmoothing', expected, labelSmoothing);
  }
  return Math.min(converted, 1);
}

/**
 * The probability of the right class at the minimum of the smoothed loss.
 *
 * Formula: q_y = 1 − ε + ε/K ('uniform'), 1 − ε ('others').
 *
 * @param choice - ε, mode and K. @returns a probability in [0, 1].
 * @throws LS_SMOOTHING, LS_OPTION, LS_SHAPE.
 *
 * Numerical note: two roundings.
 *
 * @example
 * ```ts
 * import { optimalConfidence } from '@label-smoothing/core';
 * console.log(optimalConfidence({ labelSmoothing: 0.1, classes: 10 })); // 0.91
 * ```
 * Source: docs/spec.md S2; Müller, Kornblith and Hinton 2019, When Does Label Smoothing Help?
 */
export function optimalConfidence(choice: SmoothingChoice): number {
  return targetOf(choice).own;
}

/**
 * The distance between the logit of the right class and that of every other class at the minimum of the smoothed loss.
 *
 * Formula: log(q_y/q_other) = log(1 + K·(1 − ε)/ε) ('uniform'), log((1 − ε)·(K − 1)/ε) ('others').
 *
 * @param choice - ε, mode and K. @returns a difference of logits (nats); Infinity for ε = 0.
 * @throws LS_SMOOTHING, LS_OPTION, LS_SHAPE.
 *
 * Numerical note: log1p in mode 'uniform', so a gap near 0 keeps its digits.
 *
 * @example
 * ```ts
 * import { optimalLogitGap } from '@label-smoothing/core';
 * console.log(optimalLogitGap({ labelSmoothing: 0.1, classes: 1000 }).toFixed(4)); // 9.1051
 * ```
 * Source: docs/spec.md S2.
 */
export function optimalLogitGap(choice: SmoothingChoice): number {
  const { labelSmoothing, classes, uniform } = targetOf(choice);
  const odds = (1 - labelSmoothing) / labelSmoothing;
  return uniform ? Math.log1p(classes * odds) : Math.log((classes - 1) * odds);
}

/**
 * The smallest value the smoothed loss can take: the entropy of the smoothed target.
 *
 * Formula: H(q) = −q_y·log q_y − (K − 1)·q_other·log q_other.
 *
 * @param choice - ε, mode and K. @returns nats; 0 for ε = 0.
 * @throws LS_SMOOTHING, LS_OPTION, LS_SHAPE.
 *
 * Numerical note: both terms are ≥ 0, nothing cancels.
 *
 * @example
 * ```ts
 * import { lossFloor } from '@label-smoothing/core';
 * console.log(lossFloor({ labelSmoothing: 0.1, classes: 10 }).toFixed(4)); // 0.5003
 * ```
 * Source: docs/spec.md S10.
 */
export function lossFloor(choice: SmoothingChoice): number {
  const { own, other, classes } = targetOf(choice);
  // log q_y from 1 − q_y, which the other classes have between them: 1 − q_y itself cancels for a small ε.
  const missing = (classes - 1) * other;
  return (own > 0 ? -own * Math.log1p(-missing) : 0) + (other > 0 ? -missing * Math.log(other) : 0);
}

interface SmoothedTarget {
  readonly labelSmoothing: number;
  readonly classes: number;
  readonly uniform: boolean;
  readonly own: number;
  readonly other: number;
}

function targetOf(choice: SmoothingChoice): SmoothedTarget {
  const written = knownOptions(choice, ['labelSmoothing', 'smoothingMode', 'classes']);
  const { labelSmoothing, classes } = checkChoice(written.labelSmoothing, written.classes);
  const uniform = aClosedForm(written.smoothingMode ?? 'uniform', 'smoothingMode') === 'uniform';
  const other = labelSmoothing / (uniform ? classes : classes - 1);
  return { labelSmoothing, classes, uniform, own: 1 - labelSmoothing + (uniform ? other : 0), other };
}

function checkChoice(labelSmoothing: unknown, classes: unknown): { labelSmoothing: number; classes: number } {
  return {
    labelSmoothing: aNumberIn(labelSmoothing, 'labelSmoothing', 0, 1, 'LS_SMOOTHING'),
    classes: anInteger(classes, 'classes', 2, 'LS_SHAPE'),
  };
}

function aClosedForm(mode: unknown, argument: string): 'uniform' | 'others' {
  const word = aWord(mode, argument, optionWords.smoothingMode, 'LS_OPTION');
  if (word === 'prior') wrongValue('LS_OPTION', argument, "'uniform' or 'others'", mode);
  return word;
}
