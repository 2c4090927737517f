// Run as a process of its own, once per size: what calls take beside the logits, in MiB; null where the system does not tell.
// node --expose-gc memory.js '{"rows":100,"classes":10000,"mode":"in place","kernel":"simd"}'
import { createCrossEntropy } from '@label-smoothing/typed-array';
import { labelSmoothing } from '../case.js';
import { addedByCalls } from '../peak-memory.js';
import type { MemoryRequest } from './memory-request.js';

const { rows, classes, mode, kernel } = JSON.parse(process.argv[2] as string) as MemoryRequest;
const criterion = createCrossEntropy({ classes, labelSmoothing, kernel });
const length = rows * classes;
const logits = mode === 'in place, zero copy' ? criterion.alloc(length) : new Float32Array(length);
for (let i = 0; i < length; i++) logits[i] = (i % 17) / 4;
const labels = Int32Array.from({ length: rows }, (_, row) => row % classes);
const call = (x: Float32Array, y: Int32Array): void => {
  if (mode === 'loss') criterion.forward(x, y);
  else if (mode === 'loss and gradient') criterion.lossAndGradient(x, y);
  else criterion.lossAndGradient(x, y, { out: x });
};
// Code is compiled and the kernel's room taken before: that does not grow.
for (let i = 0; i < 20; i++) call(new Float32Array(classes), Int32Array.of(0));
console.log(JSON.stringify(await addedByCalls(3, () => call(logits, labels))));
