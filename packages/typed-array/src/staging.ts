import { type FloatArray, type StoredLogits, storedLogits } from '@label-smoothing/core/adapter';
import { type ArrayLayout, gatherRows, scatterRows } from './array-layout.js';
import type { KernelTask } from './kernel.js';

/** Memory in which rows lie as a kernel takes them: float32, the existing classes of a row side by side. */
export interface Stage {
  readonly f32: Float32Array;
  /** The same memory as bits of float16. */
  readonly u16: Uint16Array;
  /** What converts float16 in that memory. */
  readonly exports: HalfFunctions;
}

/** Both from byte `from` to byte `to`. */
export interface HalfFunctions {
  /** Numbers from their float16, which may end where the numbers end. */
  decodeHalf(from: number, to: number, count: number): void;
  /** The nearest float16, whose place may be that of the numbers. */
  encodeHalf(from: number, to: number, count: number): void;
}

/** Copies rows `first` … `first + count − 1` of logits, or of dense targets, to byte `at` of the stage. */
export function loadRows(
  array: StoredLogits,
  layout: ArrayLayout,
  first: number,
  count: number,
  stage: Stage,
  at: number,
): void {
  const from = storedLogits(array);
  if (from instanceof Uint16Array) {
    const size = count * layout.existing;
    // As far back as there is room: numbers are written as whole vectors.
    const bits = at + 2 * Math.ceil(size / 8) * 8;
    gatherRows(from, layout, first, count, stage.u16, bits / 2);
    stage.exports.decodeHalf(bits, at, size);
  } else gatherRows(from, layout, first, count, stage.f32, at / 4);
}

/** The way back, for a gradient at byte `at`; float16 takes its place there. */
export function saveRows(
  array: StoredLogits,
  layout: ArrayLayout,
  first: number,
  count: number,
  stage: Stage,
  at: number,
): void {
  if (array instanceof Uint16Array) {
    stage.exports.encodeHalf(at, at, count * layout.existing);
    scatterRows(stage.u16, at / 2, layout, first, count, array);
  } else scatterRows(stage.f32, at / 4, layout, first, count, array);
}

/** Rows `first` … `first + count − 1` of a task, which lie in a stage, as a task of their own. */
export function stagedTask(
  task: KernelTask,
  first: number,
  count: number,
  staged: { readonly x: Float32Array; readonly targets: Float32Array; readonly gradient: Float32Array | null },
): KernelTask<Float32Array> {
  const { batch, losses, nll, upstream } = task;
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
    losses: losses.subarray(first, end),
    nll: nll.subarray(first, end),
    gradient: staged.gradient,
    upstream: typeof upstream === 'number' ? upstream : part(upstream, first, end),
  };
}

function part(values: FloatArray, first: number, end: number): FloatArray {
  return 'subarray' in values ? values.subarray(first, end) : values.slice(first, end);
}
