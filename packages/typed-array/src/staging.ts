import { type FloatArray, type StoredLogits, storedLogits } from '@label-smoothing/core/adapter';
import type { KernelTask } from './kernel.js';
import { gatherRows, type Layout, scatterRows } from './layout.js';

/** Memory in which rows lie as a kernel takes them: float32, the existing classes of a row side by side. */
export interface Stage {
  readonly f32: Float32Array;
  /** The same memory as bits of float16. */
  readonly u16: Uint16Array;
  /** Numbers at byte `to` from `count` float16 at byte `from`, which may end where the numbers end. */
  decodeHalf(from: number, to: number, count: number): void;
  /** The float16 nearest to `count` numbers at byte `from`, to byte `to`, which may be the same. */
  encodeHalf(from: number, to: number, count: number): void;
}

/** Copies rows `first` … `first + count − 1` of logits, or of dense targets, to byte `at` of the stage. */
export function loadRows(
  array: StoredLogits,
  layout: Layout,
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
    stage.decodeHalf(bits, at, size);
  } else gatherRows(from, layout, first, count, stage.f32, at / 4);
}

/** The way back, for a gradient at byte `at`; float16 takes its place there. */
export function saveRows(
  array: StoredLogits,
  layout: Layout,
  first: number,
  count: number,
  stage: Stage,
  at: number,
): void {
  if (array instanceof Uint16Array) {
    stage.encodeHalf(at, at, count * layout.existing);
    scatterRows(stage.u16, at / 2, layout, first, count, array);
  } else scatterRows(stage.f32, at / 4, layout, first, count, array);
}

/** Rows that are in a stage as a task of their own: logits at `x`, where the gradient takes their place. */
export function stagedTask(
  task: KernelTask,
  first: number,
  count: number,
  x: Float32Array,
  targets: Float32Array,
): KernelTask<Float32Array> {
  const { batch, losses, nll, gradient, upstream } = task;
  const { classes, labels, sampleWeight } = batch;
  const end = first + count;
  return {
    ...task,
    batch: {
      rows: count,
      classes,
      stride: 1,
      labels: labels?.subarray(first, end) ?? null,
      targets: batch.targets && targets,
      sampleWeight: sampleWeight && part(sampleWeight, first, end),
      logits: x,
    },
    losses: losses.subarray(first, end),
    nll: nll.subarray(first, end),
    gradient: gradient && x,
    upstream: typeof upstream === 'number' ? upstream : part(upstream, first, end),
  };
}

function part(values: FloatArray, first: number, end: number): FloatArray {
  return 'subarray' in values ? values.subarray(first, end) : values.slice(first, end);
}
