// Run as a process of its own: node start-up.js <kernel> prints what the first loss of a process costs, in milliseconds.
import { createCrossEntropy, type KernelName } from '@label-smoothing/typed-array';

// Zeros would be looked at for what they could be beside logits.
const logits = Float32Array.from({ length: 1000 }, (_, k) => 3 * Math.sin(k));
const labels = Int32Array.of(0);
const start = performance.now();
const criterion = createCrossEntropy({ classes: 1000, kernel: process.argv[2] as KernelName });
criterion.lossAndGradient(logits, labels);
console.log(performance.now() - start);
