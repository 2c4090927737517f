import { decodeFloat16, encodeFloat16 } from '@label-smoothing/core/adapter';
import { arrayLayout } from './array-layout.js';
import type { KernelTask } from './kernel.js';
import { loadRows, type Stage, saveRows, stagedTask } from './staging.js';

/** Elements that are float32 at one time. */
const stageElements = 32768;

/** Whether the logits are bits of float16. */
export function isHalf({ batch }: KernelTask): boolean {
  return batch.logits instanceof Uint16Array;
}

/** Computes float16 logits a few rows at a time, as float32 ones. */
export function runHalf(task: KernelTask, run: (rows: KernelTask<Float32Array>) => void): void {
  const { batch, gradient } = task;
  const { rows, classes, targets } = batch;
  const layout = arrayLayout(classes, batch.stride, null);
  const atOnce = Math.min(rows, Math.max(1, Math.floor(stageElements / classes)));
  const [x, t] = [stageOf(atOnce, classes), stageOf(targets === null ? 0 : atOnce, classes)];
  for (let first = 0; first < rows; first += atOnce) {
    const count = Math.min(atOnce, rows - first);
    loadRows(batch.logits, layout, first, count, x, 0);
    if (targets !== null) loadRows(targets, layout, first, count, t, 0);
    const logits = x.f32.subarray(0, count * classes);
    run(stagedTask(task, first, count, { x: logits, targets: t.f32, gradient: gradient && logits }));
    if (gradient !== null) saveRows(gradient, layout, first, count, x, 0);
  }
}

/** Room for that many rows, and for as many class by class. */
function stageOf(rows: number, classes: number): Stage {
  // As the bits lie behind the numbers, a little more.
  const size = rows * classes + 8;
  const { buffer } = new Float32Array(2 * size);
  const f32 = new Float32Array(buffer);
  const numbers = (at: number, count: number): Float32Array => new Float32Array(buffer, at, count);
  const bits = (at: number, count: number): Uint16Array => new Uint16Array(buffer, at, count);
  return {
    f32,
    u16: new Uint16Array(buffer),
    runs: { at: 4 * size, pitch: rows },
    exports: {
      decodeHalf: (from, to, count) => decodeFloat16(bits(from, count), numbers(to, count)),
      encodeHalf: (from, to, count) => encodeFloat16(numbers(from, count), bits(to, count)),
      transpose(from, fromStep, to, toStep, rowCount, columnCount) {
        for (let row = 0, x = from / 4, y = to / 4; row < rowCount; row++, x += fromStep / 4, y++) {
          for (let i = 0, j = y; i < columnCount; i++, j += toStep / 4) f32[j] = f32[x + i] as number;
        }
      },
    },
  };
}
