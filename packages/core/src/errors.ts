/**
 * Every code an error of these packages can carry, as one closed list. Codes are stable between major versions,
 * messages are not: recognise an error by `error.code`, never by its text or its class.
 *
 * `docs/errors.md` says for each code what it means and what to do.
 *
 * @example
 * ```ts
 * import { crossEntropy } from '@label-smoothing/core';
 * try {
 *   crossEntropy(new Float64Array(3), [0], { classes: 3, labelSmoothing: 1.5 });
 * } catch (error) {
 *   console.log((error as { code: string }).code); // LS_SMOOTHING
 * }
 * ```
 */
export type ErrorCode =
  | 'LS_OPTION'
  | 'LS_DIALECT'
  | 'LS_SMOOTHING'
  | 'LS_SHAPE'
  | 'LS_DTYPE'
  | 'LS_LABEL'
  | 'LS_TARGET'
  | 'LS_WEIGHT'
  | 'LS_PRIOR'
  | 'LS_SAMPLE_WEIGHT'
  | 'LS_MASK'
  | 'LS_NORMALIZER'
  | 'LS_UPSTREAM'
  | 'LS_LOGITS'
  | 'LS_PROBABILITIES_AS_LOGITS'
  | 'LS_EMPTY'
  | 'LS_OUT'
  | 'LS_DETACHED'
  | 'LS_DISPOSED'
  | 'LS_UNSUPPORTED'
  | 'LS_CONTRACT'
  | 'LS_MODEL'
  | 'LS_RUNTIME'
  | 'LS_KERNEL'
  | 'LS_MEMORY'
  | 'LS_THREADS';

/** An error with its {@link ErrorCode}: a TypeError for a wrong kind of value, a RangeError for a wrong value. */
export type CodedError = (TypeError | RangeError) & { readonly code: ErrorCode };

/** Short text of what came, for the end of an error message: `1.5`, `"pytroch"`, `Int32Array(6)`. */
export function describe(value: unknown): string {
  if (value instanceof Phrase) return value.text;
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) {
    const flat = value.length <= 4 && !value.some(Array.isArray);
    return flat ? `[${value.map(describe).join(', ')}]` : `Array(${value.length})`;
  }
  if (value !== null && typeof value === 'object') {
    const name = value.constructor?.name ?? 'Object';
    return ArrayBuffer.isView(value) && 'length' in value ? `${name}(${value.length})` : name;
  }
  return String(value);
}

class Phrase {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What came, in words: `3 entries`. Any other text counts as a value and is quoted. */
export function phrase(text: string): object {
  return new Phrase(text);
}

/** Throws a TypeError: the argument is of the wrong kind. `got` is the value itself. */
export function wrongType(code: ErrorCode, argument: string, expected: string, got: unknown): never {
  throw coded(new TypeError(`${argument}: expected ${expected}, got ${describe(got)}`), code);
}

/** Throws a RangeError: the kind is right, the value is not. `got` is the value itself. */
export function wrongValue(code: ErrorCode, argument: string, expected: string, got: unknown): never {
  throw coded(new RangeError(`${argument}: expected ${expected}, got ${describe(got)}`), code);
}

function coded<E extends Error>(error: E, code: ErrorCode): E & { readonly code: ErrorCode } {
  return Object.assign(error, { code });
}

/** The entry of `known` that is nearest to `word` by edit distance, as ` (did you mean "x"?)`, or nothing. */
export function nearest(word: string, known: readonly string[]): string {
  const lower = word.toLowerCase();
  const [best] = known
    .map((name) => ({ name, distance: editDistance(lower, name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const close = best !== undefined && best.distance <= Math.max(2, word.length / 3);
  return close ? ` (did you mean "${best.name}"?)` : '';
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(substitution, (previous[j] as number) + 1, (current[j - 1] as number) + 1));
    }
    previous = current;
  }
  return previous[b.length] as number;
}
