import type { DialectAnswer } from './dialects.js';

// How numbers are written, the same in the summary and in the report.

export function formatUlp(ulp: number | null): string {
  if (ulp === null) return '–';
  if (ulp === 0) return '0';
  return ulp < 0.01 ? '< 0.01' : ulp.toFixed(2);
}

export function formatTime(milliseconds: number): string {
  return `${milliseconds.toFixed(milliseconds < 10 ? 2 : 1)} ms`;
}

/** How many times as fast as the reference. */
export function formatSpeed(times: number): string {
  return `${times.toFixed(times < 9.95 ? 1 : 0)}×`;
}

export function formatPercent(part: number): string {
  return `${(100 * part).toFixed(1)} %`;
}

/** A probability with enough digits to tell it from 0 and from 1. */
export function formatProbability(probability: number): string {
  if (probability < 0.0005) return probability.toExponential(0).replace('e-', 'e−');
  return probability > 0.9995 ? '> 0.999' : probability.toFixed(3);
}

/** What a dialect's call returns, in a word. */
export const returned = { none: 'one per row', sum: 'sum', mean: 'mean' } as const satisfies Record<
  DialectAnswer['reduction'],
  string
>;

export function formatLoss({ loss }: DialectAnswer): string {
  return loss.toPrecision(6);
}
