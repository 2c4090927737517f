import type { StoredLogits } from '@label-smoothing/core/adapter';

/** Neighbouring classes of an array, and where they begin in rows without the classes that the mask leaves out. */
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
  if (mask === null) return { classes, stride, spans: [{ first: 0, place: 0, length: classes }], existing: classes };
  const spans = spansOf(mask);
  const existing = spans.reduce((sum, { length }) => sum + length, 0);
  return { classes, stride, spans, existing };
}

function spansOf(mask: readonly boolean[]): readonly Span[] {
  const spans: Span[] = [];
  let place = 0;
  for (let first = 0, end = 0; first < mask.length; first = end) {
    while (end < mask.length && mask[end] === mask[first]) end++;
    const length = end - first;
    if (!mask[first]) continue;
    spans.push({ first, place, length });
    place += length;
  }
  return spans;
}

/** Rows that lie side by side: of every class there is one run of memory where the class axis is not the last. */
export interface Run {
  /** How many of the rows asked for come before. */
  readonly done: number;
  readonly length: number;
  /** Where the first row begins in the array. */
  readonly start: number;
}

/** Rows `first` … `first + count − 1` in runs; all of them where the class axis is the last. */
export function runsOf({ classes, stride }: ArrayLayout, first: number, count: number): readonly Run[] {
  if (stride === 1) return [{ done: 0, length: count, start: first * classes }];
  const runs: Run[] = [];
  for (let done = 0, length = 0; done < count; done += length) {
    const row = first + done;
    const position = row % stride;
    length = Math.min(stride - position, count - done);
    runs.push({ done, length, start: (row - position) * classes + position });
  }
  return runs;
}

/** Called for a piece of memory of an array, and its place among what exists. */
type Visit = (start: number, place: number, length: number) => void;

/** The pieces of a run, row by row; or class by class, `pitch` apart, where the class axis is not the last. */
function forEachPiece({ classes, stride, spans, existing }: ArrayLayout, run: Run, pitch: number, visit: Visit): void {
  const { start, length } = run;
  if (existing === classes && stride === 1) visit(start, 0, length * classes);
  else if (stride === 1) {
    for (let row = 0; row < length; row++) {
      for (const span of spans) visit(start + row * classes + span.first, row * existing + span.place, span.length);
    }
  } else {
    for (const span of spans) {
      for (let i = 0; i < span.length; i++) visit(start + (span.first + i) * stride, (span.place + i) * pitch, length);
    }
  }
}

/** Copies a run of an array to `at`, numbers or bits: existing classes only. */
export function gather(
  from: StoredLogits,
  layout: ArrayLayout,
  run: Run,
  to: StoredLogits,
  at: number,
  pitch: number,
): void {
  forEachPiece(layout, run, pitch, (start, place, length) => copy(from, start, to, at + place, length));
}

/** The way back; classes that do not exist become 0. */
export function scatter(
  from: StoredLogits,
  at: number,
  pitch: number,
  layout: ArrayLayout,
  run: Run,
  to: StoredLogits,
): void {
  const { classes, stride, existing } = layout;
  if (existing < classes && stride === 1) to.fill(0, run.start, run.start + run.length * classes);
  else if (existing < classes) {
    for (let k = 0; k < classes; k++) to.fill(0, run.start + k * stride, run.start + k * stride + run.length);
  }
  forEachPiece(layout, run, pitch, (start, place, length) => copy(from, at + place, to, start, length));
}

/** Copies numbers, or bits, from one index to another: for a few of them a loop costs less than a call. */
export function copy<A extends StoredLogits | Int32Array>(
  from: A,
  start: number,
  to: A,
  at: number,
  length: number,
): void {
  if (length > 64) to.set(from.subarray(start, start + length), at);
  else for (let i = 0; i < length; i++) to[at + i] = from[start + i] as number;
}
