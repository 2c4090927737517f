import type { StoredLogits } from '@label-smoothing/core/adapter';

/** Neighbouring classes of an array, and where they begin in rows that have no class which the mask leaves out. */
interface Span {
  readonly first: number;
  readonly place: number;
  readonly length: number;
}

/** Where the rows of an array are: its class axis need not be the last, and a mask may leave classes out. */
export interface ArrayLayout {
  /** Classes of the array, and the distance between two of them. */
  readonly classes: number;
  readonly stride: number;
  /** The classes that exist, and how many that are. */
  readonly spans: readonly Span[];
  readonly existing: number;
}

/** The layout of arrays in which a row's classes are `stride` apart, and only those of the mask exist. */
export function arrayLayout(classes: number, stride: number, mask: readonly boolean[] | null): ArrayLayout {
  const spans: Span[] = [];
  let existing = 0;
  for (let first = 0, end = 0; first < classes; first = end) {
    const exists = mask?.[first] ?? true;
    while (end < classes && (mask?.[end] ?? true) === exists) end++;
    if (!exists) continue;
    spans.push({ first, place: existing, length: end - first });
    existing += end - first;
  }
  return { classes, stride, spans, existing };
}

/** Two nested loops' way through an array: where it begins, and the steps of both. */
interface Walk {
  readonly at: number;
  readonly outer: number;
  readonly inner: number;
}

/** Copies rows of an array to `at`, one after another, float32 or bits: existing classes only. */
export function gatherRows(
  from: StoredLogits,
  layout: ArrayLayout,
  first: number,
  count: number,
  to: StoredLogits,
  at: number,
): void {
  forEachPart(layout, first, count, at, (array, rows, outer, inner) => move(from, array, to, rows, outer, inner));
}

/** The way back; classes that do not exist become 0. */
export function scatterRows(
  from: StoredLogits,
  at: number,
  layout: ArrayLayout,
  first: number,
  count: number,
  to: StoredLogits,
): void {
  if (layout.existing < layout.classes) clearRows(layout, first, count, to);
  forEachPart(layout, first, count, at, (array, rows, outer, inner) => move(from, rows, to, array, outer, inner));
}

/** Positions that are moved at a time: what is written meanwhile stays in L1. */
const tile = 64;

/** Calls back with parts of the rows; the inner loop runs along the array's memory. */
function forEachPart(
  { classes, stride, spans, existing }: ArrayLayout,
  first: number,
  count: number,
  at: number,
  visit: (array: Walk, rows: Walk, outer: number, inner: number) => void,
): void {
  if (stride === 1 && existing === classes) {
    const size = count * classes;
    visit({ at: first * classes, outer: size, inner: 1 }, { at, outer: size, inner: 1 }, 1, size);
    return;
  }
  for (let done = 0, length = 0; done < count; done += length) {
    const row = first + done;
    const position = row % stride;
    length = stride === 1 ? count : Math.min(tile, stride - position, count - done);
    const start = (row - position) * classes + position;
    const begin = at + done * existing;
    for (const span of spans) {
      const from = start + span.first * stride;
      const to = begin + span.place;
      if (stride === 1) {
        visit({ at: from, outer: classes, inner: 1 }, { at: to, outer: existing, inner: 1 }, length, span.length);
      } else visit({ at: from, outer: stride, inner: 1 }, { at: to, outer: 1, inner: existing }, span.length, length);
    }
  }
}

function move(from: StoredLogits, a: Walk, to: StoredLogits, b: Walk, outer: number, inner: number): void {
  for (let i = 0; i < outer; i++) {
    const start = a.at + i * a.outer;
    const end = b.at + i * b.outer;
    // A loop costs less than a call for a few numbers.
    if (a.inner === 1 && b.inner === 1 && inner > 64) to.set(from.subarray(start, start + inner), end);
    else for (let j = 0, x = start, y = end; j < inner; j++, x += a.inner, y += b.inner) to[y] = from[x] as number;
  }
}

function clearRows({ classes, stride }: ArrayLayout, first: number, count: number, to: StoredLogits): void {
  for (let done = 0, length = 0; done < count; done += length) {
    const row = first + done;
    const position = row % stride;
    length = stride === 1 ? count : Math.min(stride - position, count - done);
    const start = (row - position) * classes + position;
    if (stride === 1) to.fill(0, start, start + length * classes);
    else for (let k = 0; k < classes; k++) to.fill(0, start + k * stride, start + k * stride + length);
  }
}
