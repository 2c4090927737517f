import { createCrossEntropy, type Ort, type OrtTensor } from '@label-smoothing/onnxruntime';
import { createCrossEntropy as createOnNode } from '@label-smoothing/onnxruntime/node';
import { expect, test } from 'vitest';

const options = { classes: 2, input: 'logits' } as const;
const disposed = { code: 'LS_DISPOSED' };

/** A copy of ONNX Runtime whose runs end when they are told to. */
function slowRuntime() {
  const log: string[] = [];
  let finish = (): void => {};
  class Tensor implements OrtTensor {
    readonly location = 'cpu';
    readonly type: string;
    readonly data: unknown;
    readonly dims: readonly number[];
    constructor(type: string, data: unknown, dims: readonly number[]) {
      [this.type, this.data, this.dims] = [type, data, dims];
    }
    dispose(): void {}
  }
  const run = (): Promise<{ loss: Tensor }> => {
    log.push('run');
    return new Promise((resolve) => {
      finish = () => {
        log.push('ran');
        resolve({ loss: new Tensor('float32', Float32Array.of(1), []) });
      };
    });
  };
  const release = async (): Promise<void> => {
    log.push('released');
  };
  const ort: Ort<Tensor> = { Tensor, InferenceSession: { create: async () => ({ run, release }) } };
  return { ort, log, finish: () => finish() };
}

test('a release in the middle of a run waits for it, and both end well', async () => {
  const { ort, log, finish } = slowRuntime();
  const criterion = await createCrossEntropy(ort, options);
  const result = criterion.run(new Float32Array(2), [0]);
  await expect.poll(() => log).toEqual(['run']);
  const released = criterion.release();
  await expect(criterion.run(new Float32Array(2), [0])).rejects.toMatchObject(disposed);
  finish();
  expect(await result).toEqual({ loss: 1 });
  await released;
  expect(log).toEqual(['run', 'ran', 'released']);
});

test('runs on one copy of ONNX Runtime follow one another, whatever the criterion', async () => {
  const { ort, log, finish } = slowRuntime();
  const [one, other] = [await createCrossEntropy(ort, options), await createCrossEntropy(ort, options)];
  const results = [one.run(new Float32Array(2), [0]), other.run(new Float32Array(2), [1])];
  await expect.poll(() => log).toEqual(['run']);
  finish();
  await results[0];
  await expect.poll(() => log).toEqual(['run', 'ran', 'run']);
  finish();
  await results[1];
});

test('release is idempotent, closes every graph, and ends the use of them', async () => {
  const criterion = await createOnNode(options);
  await criterion.run(new Float32Array(2), [0]);
  await criterion.run(new Float32Array(2), [0], { sampleWeight: [1] });
  await Promise.all([criterion.release(), criterion.release()]);
  await criterion.release();
  await expect(criterion.run(new Float32Array(2), [0])).rejects.toMatchObject(disposed);
});

test('with the real runtime: a release beside many runs', async () => {
  const criterion = await createOnNode({ classes: 1000, gradient: true });
  const logits = Float32Array.from({ length: 64_000 }, (_, i) => Math.sin(i));
  const runs = Array.from({ length: 4 }, () => criterion.run(logits, new Int32Array(64)));
  await criterion.release();
  for (const { loss } of await Promise.all(runs)) expect(loss).toBeGreaterThan(0);
});
