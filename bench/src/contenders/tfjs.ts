// node tfjs.js: TensorFlow.js. Forms: 'cpu' and 'wasm', tf.losses.softmaxCrossEntropy; 'softmax', XNNPACK's alone.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { type Batch, sumOfSquares } from '../batch.js';
import { labelSmoothing } from '../case.js';
import type { Ask } from '../protocol.js';
import { type Opened, serve } from './serve.js';

const folder = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/package.json'));
setWasmPaths(join(folder, 'wasm-out/'));
await serve({ versions: [`TensorFlow.js ${tf.version_core}`] }, open);

async function open({ form, rows, classes, operation }: Ask, { logits, labels, targets }: Batch): Promise<Opened> {
  if (!(await tf.setBackend(form === 'cpu' ? 'cpu' : 'wasm'))) throw new Error(`no backend for ${form}`);
  const x = tf.tensor2d(logits as Float32Array, [rows, classes]);
  const y = tf.tensor2d(targets ?? oneHot(labels, classes), [rows, classes]);
  const close = () => tf.dispose([x, y]);
  if (form === 'softmax') return { run: () => tf.dispose(tf.softmax(x)), loss: null, squares: null, close };
  const lossOf = (at: tf.Tensor): tf.Scalar => tf.losses.softmaxCrossEntropy(y, at, undefined, labelSmoothing);
  const lossAndGradient = tf.valueAndGrad(lossOf);
  const call = () => (operation === 'forward' ? { value: lossOf(x), grad: tf.scalar(0) } : lossAndGradient(x));
  const first = tf.tidy(() => {
    const { value, grad } = call();
    return { loss: value.dataSync()[0] as number, squares: sumOfSquares(grad.dataSync()) };
  });
  return { run: () => tf.tidy(() => void call().value.dataSync()), ...first, close };
}

/** The loss takes no labels. They become dense before the clock starts. */
function oneHot(labels: Int32Array, classes: number): Float32Array {
  const dense = new Float32Array(labels.length * classes);
  labels.forEach((label, row) => {
    dense[row * classes + label] = 1;
  });
  return dense;
}
