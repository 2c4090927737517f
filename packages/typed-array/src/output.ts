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
  if (upstream === undefined) return 1;
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

/**
 * The array that receives the gradient: a new one, or `out` after its checks. It may be the logits exactly; any other
 * overlap with an array that is still to be read would change the answer.
 */
export function bindOutput(out: unknown, logits: AnyLogitsArray, inputs: readonly unknown[]): AnyLogitsArray {
  const kind = kindOf(logits);
  if (out === undefined) return new kind(logits.length);
  if (!(out instanceof kind)) wrongType('LS_OUT', 'out', `a ${kind.name} as the logits are`, out);
  notDetached(out, 'out');
  if (out.length !== logits.length) {
    wrongValue(
      'LS_OUT',
      'out',
      `${logits.length} entries, as many as there are logits`,
      phrase(`${out.length} entries`),
    );
  }
  const inPlace = out.buffer === logits.buffer && out.byteOffset === logits.byteOffset;
  if ((!inPlace && overlaps(out, logits)) || inputs.some((input) => overlaps(out, input))) {
    const expected = 'the logits themselves, or memory that no input uses';
    wrongValue('LS_OUT', 'out', expected, phrase('memory that an input uses'));
  }
  return out;
}

type Kind = new (length: number) => AnyLogitsArray;

const { Float16Array: Half } = globalThis as unknown as { readonly Float16Array?: Kind };
const kinds: readonly Kind[] = [Float32Array, Float64Array, Uint16Array, ...(Half === undefined ? [] : [Half])];

/** The class of an array: not that of its constructor, which a caller may have derived. */
function kindOf(logits: AnyLogitsArray): Kind {
  return kinds.find((kind) => logits instanceof kind) as Kind;
}

/** Whether two views share memory. */
export function overlaps(out: AnyLogitsArray, input: unknown): boolean {
  if (!ArrayBuffer.isView(input) || input.buffer !== out.buffer) return false;
  const end = (view: ArrayBufferView): number => view.byteOffset + view.byteLength;
  return input.byteOffset < end(out) && out.byteOffset < end(input);
}
