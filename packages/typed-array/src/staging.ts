import type { FloatArray, StoredLogits } from '@label-smoothing/core/adapter';
import { type ArrayLayout, copy, gather, type Run, runsOf, scatter } from './array-layout.js';
import type { KernelTask } from './kernel.js';

/** Bytes of a page, to the machine. */
export const machinePage = 4096;

/** Memory in which rows lie as a kernel takes them: float32, the existing classes of a row side by side. */
export interface Stage {
  readonly f32: Float32Array;
  /** The same memory as bits of float16. */
  readonly u16: Uint16Array;
  /** What changes numbers in that memory. */
  readonly exports: StageFunctions;
  /** Where each class is one run, on the way from and to arrays whose class axis is not the last. */
  readonly runs: { readonly at: number; readonly pitch: number };
}

/** All of them from byte `from` to byte `to`. */
export interface StageFunctions {
  /** Numbers from their float16, which may end where the numbers end. */
  decodeHalf(from: number, to: number, count: number): void;
  /** The nearest float16, whose place may be that of the numbers. */
  encodeHalf(from: number, to: number, count: number): void;
  /** [rows, columns] to [columns, rows]; the steps are bytes from one row to the next. */
  transpose(from: number, fromStep: number, to: number, toStep: number, rows: number, columns: number): void;
}

/** Where an array begins in its buffer, and the size of its elements. */
type Placed = Pick<StoredLogits, 'byteOffset' | 'BYTES_PER_ELEMENT'>;

/**
 * How far into its room a stage begins whose rows come from row `first` of an array, and go to the same row of a gradient:
 * modulo a page, opposite of the middle between the two, where the rooms begin at half a page. A copy to the place in a page
 * that it comes from, or just behind, can be twenty times slower: what is written seems to be what is read next. Large
 * arrays begin at a page's start, or a few bytes behind.
 */
export function stageOffset(array: Placed, gradient: Placed | null, { classes }: ArrayLayout, first: number): number {
  const from = array.byteOffset + array.BYTES_PER_ELEMENT * classes * first;
  const apart = gradient === null ? 0 : (gradient.byteOffset - array.byteOffset) % machinePage;
  // The nearer of the two ways from one to the other.
  const nearer = apart - machinePage * Math.round(apart / machinePage);
  return ((from + nearer / 2 + machinePage) % machinePage) & -16;
}

/** Copies rows `first` … `first + count − 1` of logits, or of dense targets, to byte `at` of the stage. */
export function loadRows(
  array: StoredLogits,
  arrays: ArrayLayout,
  first: number,
  count: number,
  stage: Stage,
  at: number,
): void {
  const { classes } = arrays;
  if (isReady(array, arrays)) copy(array, first * classes, stage.f32, at / 4, count * classes);
  else arrangeRows(array, arrays, first, count, stage, at);
}

/** Gathers the classes that exist, widens float16, and puts a row's classes side by side. */
function arrangeRows(
  from: StoredLogits,
  arrays: ArrayLayout,
  first: number,
  count: number,
  stage: Stage,
  at: number,
): void {
  const { stride, existing } = arrays;
  const { runs, exports } = stage;
  for (const run of runsOf(arrays, first, count)) {
    const rows = stride === 1 ? at : runs.at;
    if (from instanceof Uint16Array) {
      const size = sizeOf(arrays, run, runs.pitch);
      // As far back as there is room: numbers are written as whole vectors.
      const bits = rows + 2 * Math.ceil(size / 8) * 8;
      gather(from, arrays, run, stage.u16, bits / 2, runs.pitch);
      exports.decodeHalf(bits, rows, size);
    } else gather(from, arrays, run, stage.f32, rows / 4, runs.pitch);
    if (stride === 1) continue;
    exports.transpose(rows, 4 * runs.pitch, at + 4 * existing * run.done, 4 * existing, existing, run.length);
  }
}

/** The way back, for a gradient at byte `at`, which is then spent. */
export function saveRows(
  array: StoredLogits,
  arrays: ArrayLayout,
  first: number,
  count: number,
  stage: Stage,
  at: number,
): void {
  const { classes } = arrays;
  if (isReady(array, arrays)) copy(stage.f32, at / 4, array, first * classes, count * classes);
  else rearrangeRows(array, arrays, first, count, stage, at);
}

function rearrangeRows(
  array: StoredLogits,
  arrays: ArrayLayout,
  first: number,
  count: number,
  stage: Stage,
  at: number,
): void {
  const { stride, existing } = arrays;
  const { runs, exports } = stage;
  for (const run of runsOf(arrays, first, count)) {
    const rows = stride === 1 ? at : runs.at;
    if (stride > 1) {
      exports.transpose(at + 4 * existing * run.done, 4 * existing, rows, 4 * runs.pitch, run.length, existing);
    }
    if (array instanceof Uint16Array) {
      exports.encodeHalf(rows, rows, sizeOf(arrays, run, runs.pitch));
      scatter(stage.u16, rows / 2, runs.pitch, arrays, run, array);
    } else scatter(stage.f32, rows / 4, runs.pitch, arrays, run, array);
  }
}

/** Whether rows lie in an array as a kernel takes them, but for the width of their numbers. */
function isReady(array: StoredLogits, { classes, stride, existing }: ArrayLayout): boolean {
  return stride === 1 && existing === classes && !(array instanceof Uint16Array);
}

/** From the first element of a run to its last: what lies between two classes is converted with them. */
function sizeOf({ stride, existing }: ArrayLayout, { length }: Run, pitch: number): number {
  return stride === 1 ? length * existing : (existing - 1) * pitch + length;
}

/** Rows `first` … `first + count − 1` of a task, which lie in a stage, as a task of their own. */
export function stagedTask(
  task: KernelTask,
  first: number,
  count: number,
  staged: { readonly x: Float32Array; readonly targets: Float32Array; readonly gradient: Float32Array | null },
): KernelTask<Float32Array> {
  const { batch, upstream } = task;
  const { labels, sampleWeight } = batch;
  const end = first + count;
  return {
    ...task,
    batch: {
      rows: count,
      classes: task.table.options.classes,
      stride: 1,
      labels: labels?.subarray(first, end) ?? null,
      targets: batch.targets && staged.targets,
      sampleWeight: sampleWeight && part(sampleWeight, first, end),
      logits: staged.x,
    },
    gradient: staged.gradient,
    upstream: typeof upstream === 'number' ? upstream : part(upstream, first, end),
  };
}

function part(values: FloatArray, first: number, end: number): FloatArray {
  return 'subarray' in values ? values.subarray(first, end) : values.slice(first, end);
}
