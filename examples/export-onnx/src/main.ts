import { mkdirSync, writeFileSync } from 'node:fs';
import { crossEntropy } from '@label-smoothing/core';
import { inspectModel, lossModel } from '@label-smoothing/onnx';
import { InferenceSession, Tensor } from 'onnxruntime-node';

// The loss of a segmentation network: 3 classes for each pixel, pixels of class 255 do not count.
const options = { labelSmoothing: 0.1, ignoreIndex: 255, gradient: true } as const;
const bytes = lossModel({ ...options, shape: ['N', 3, 'H', 'W'], axis: 1 });
mkdirSync('out', { recursive: true });
writeFileSync('out/loss.onnx', bytes);

const { inputs, outputs, nodes } = inspectModel(bytes);
const text = (values: typeof inputs) => values.map(({ name, shape }) => `${name} [${shape}]`).join(', ');
console.log(`out/loss.onnx: ${nodes} nodes, from ${text(inputs)} to ${text(outputs)}`);

// One image of 2 × 2 pixels, the last of which is ignored.
const logits = Float32Array.of(2, 0, 1, 0, 0, 3, 1, 0, -1, 0, 1, 5);
const labels = Int32Array.of(0, 1, 2, 255);
const session = await InferenceSession.create('out/loss.onnx');
const { loss, gradient } = await session.run({
  logits: new Tensor('float32', logits, [1, 3, 2, 2]),
  labels: new Tensor('int64', BigInt64Array.from(labels, BigInt), [1, 2, 2]),
});
const exact = crossEntropy(logits, labels, { ...options, shape: [1, 3, 2, 2], axis: 1 });
console.log(`ONNX Runtime  loss ${Number(loss?.data[0]).toFixed(6)}  gradient ${row(gradient?.data as Float32Array)}`);
console.log(`reference     loss ${exact.loss.toFixed(6)}  gradient ${row(exact.gradient)}`);

function row(values: ArrayLike<number>): string {
  return Array.from({ length: 4 }, (_, i) => (values[i] ?? 0).toFixed(4)).join(' ');
}
