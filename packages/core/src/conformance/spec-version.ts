import type { CaseInfo } from './case.js';

/** The version of docs/spec.md and docs/conformance.md that a verdict is about. */
export const specVersion = '1.0';

/**
 * The highest case number that version 1.0 requires, by regime of the golden vectors. Cases added later run as 'not
 * scored' until a new version of the specification requires them, so that nobody who conforms stops conforming.
 */
const required: Readonly<Record<string, number>> = {};

/** Whether a case counts for the verdict of this version. */
export function isScored({ family, regime, id }: CaseInfo): boolean {
  if (family !== 'loss' && family !== 'gradient') return true;
  return Number(id.slice(id.lastIndexOf('#') + 1)) <= (required[regime] ?? Infinity);
}
