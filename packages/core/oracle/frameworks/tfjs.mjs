// Answers calls of tf.losses.softmaxCrossEntropy: JSON requests on stdin, JSON answers on stdout.
//   node tfjs.mjs <folder whose node_modules has @tensorflow/tfjs>
// Floats travel as base64 of little-endian float32, so that NaN and infinities survive.
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';

const load = createRequire(resolve(process.argv[2], 'package.json'));
const tf = load('@tensorflow/tfjs');
await tf.setBackend('cpu');

const floats = (base64) => new Float32Array(Uint8Array.from(Buffer.from(base64, 'base64')).buffer);
const base64 = (tensor) => Buffer.from(Float32Array.from(tensor.dataSync()).buffer).toString('base64');

function answer({ shape, logits, targets, weights, labelSmoothing, reduction }) {
  const labels = tf.tensor(floats(targets), shape);
  const rows = weights === null ? undefined : tf.tensor(floats(weights), shape.slice(0, -1));
  const loss = (x) => tf.losses.softmaxCrossEntropy(labels, x, rows, labelSmoothing, tf.Reduction[reduction]);
  const x = tf.tensor(floats(logits), shape);
  return { loss: base64(loss(x)), gradient: base64(tf.grad((z) => loss(z).sum())(x)) };
}

const requests = JSON.parse(await text(process.stdin));
console.log(JSON.stringify({ version: tf.version['tfjs-core'], answers: requests.map(answer) }));
