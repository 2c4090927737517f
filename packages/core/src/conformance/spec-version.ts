import type { CaseInfo } from './case.js';

/** The version of docs/spec.md and docs/conformance.md that a verdict is about. */
export const specVersion = '1.0';

/**
 * The highest case number that version 1.0 requires, by regime of the golden vectors. Cases added later run as 'not
 * scored' until a new version of the specification requires them, so that nobody who conforms stops conforming.
 */
const required: Readonly<Record<string, number>> = {
  'all-ignored': 33,
  denominators: 90,
  entropy: 55,
  'extreme-logits': 50,
  'half-precision': 34,
  ignored: 37,
  infinities: 46,
  'large-vocab': 14,
  masked: 85,
  'nd-axis': 45,
  'near-one-hot': 60,
  'no-rows': 21,
  'one-class': 38,
  ordinary: 71,
  'per-class-smoothing': 25,
  priors: 45,
  'probabilities-input': 55,
  'sample-weighted': 39,
  shifted: 32,
  'signed-zero': 19,
  'smoothing-edges': 90,
  'soft-targets': 64,
  subnormal: 27,
  ties: 33,
  weighted: 46,
  'z-loss': 43,
};

/** Whether a case counts for the verdict of this version. */
export function isScored({ family, regime, id }: CaseInfo): boolean {
  if (family !== 'loss' && family !== 'gradient') return true;
  return Number(id.slice(id.lastIndexOf('#') + 1)) <= (required[regime] ?? 0);
}
