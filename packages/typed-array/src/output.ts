import type { AnyLogitsArray } from '@label-smoothing/core';
import {
  type FloatArray,
  isFloatArray,
  notDetached,
  phrase,
  wrongType,
  wrongValue,
} from '@label-smoothing/core/adapter';

/** Checks `upstream`: a finite number, or one per row. */
export function bindUpstream(upstream: unknown, rows: number): number | FloatArray {
  if (typeof upstream === 'number') return aFinite(upstream, 'upstream');
  if (!isFloatArray(upstream)) wrongType('LS_UPSTREAM', 'upstream', 'a number, or one per row', upstream);
  notDetached(upstream, 'upstream');
  if (upstream.length !== rows) {
    wrongValue('LS_UPSTREAM', 'upstream', `${rows} entries, one per row`, phrase(`${upstream.length} entries`));
  }
  for (let row = 0; row < rows; row++) aFinite(upstream[row], `upstream[${row}]`);
  return upstream;
}

function aFinite(value: unknown, argument: string): number {
  if (typeof value !== 'number') wrongType('LS_UPSTREAM', argument, 'a finite number', value);
  if (!Number.isFinite(value)) wrongValue('LS_UPSTREAM', argument, 'a finite number', value);
  return value;
}

/** The array that receives the gradient: a new one, or `out` after its checks. It may be the logits exactly. */
export function bindOutput(out: AnyLogitsArray | undefined, logits: AnyLogitsArray): AnyLogitsArray {
  const kind = kindOf(logits) as Kind;
  if (out === undefined) return new kind(logits.length);
  if (kindOf(out) !== kind) wrongType('LS_OUT', 'out', `a ${kind.name} as the logits are`, out);
  notDetached(out, 'out');
  if (out.length !== logits.length) {
    wrongValue(
      'LS_OUT',
      'out',
      `${logits.length} entries, as many as there are logits`,
      phrase(`${out.length} entries`),
    );
  }
  if (out.byteOffset !== logits.byteOffset) refuseOverlap(out, logits);
  return out;
}

/** Refuses an array for the gradient in memory of an input, whose numbers would change before or after they are read. */
export function refuseOverlap(out: AnyLogitsArray, input: unknown): void {
  if (!overlaps(out, input)) return;
  const expected = 'the logits themselves, or memory that no input uses';
  wrongValue('LS_OUT', 'out', expected, phrase('memory that an input uses'));
}

type Kind = new (length: number) => AnyLogitsArray;

const { Float16Array: Half } = globalThis as unknown as { readonly Float16Array?: Kind };

/** The class of an array of logits: not that of its constructor, which a caller may have derived. null for anything else. */
function kindOf(array: unknown): Kind | null {
  if (array instanceof Float32Array) return Float32Array;
  if (array instanceof Float64Array) return Float64Array;
  if (array instanceof Uint16Array) return Uint16Array;
  return Half !== undefined && array instanceof Half ? Half : null;
}

/** Whether two views share memory. */
export function overlaps(out: AnyLogitsArray, input: unknown): boolean {
  if (!ArrayBuffer.isView(input)) return false;
  const start = input.byteOffset;
  const from = out.byteOffset;
  if (start + input.byteLength <= from || from + out.byteLength <= start) return false;
  // Buffers come last: a small array has none until it is asked for it.
  return input.buffer === out.buffer;
}
