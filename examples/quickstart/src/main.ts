import { convertSmoothing, optimalConfidence, smoothTargets } from '@label-smoothing/core';
import { createCrossEntropy } from '@label-smoothing/typed-array';

// Two rows of three logits, with the right class of each.
const logits = Float32Array.of(2, 1, 0, 0, 0, 3);
const labels = Int32Array.of(0, 2);
const smoothing = { classes: 3, labelSmoothing: 0.1 };
const text = (values: ArrayLike<number>) => Array.from(values, (value) => value.toFixed(4)).join('  ');

const criterion = createCrossEntropy(smoothing);
const { loss, nll, gradient } = criterion.lossAndGradient(logits, labels);
console.log(`loss      ${Number(loss).toFixed(6)}  mean of the rows, in nats`);
console.log(`nll       ${Number(nll).toFixed(6)}  the same without smoothing`);
console.log(`gradient  ${text(gradient.subarray(0, 3))}\n          ${text(gradient.subarray(3))}`);

console.log(`\nWith ε = 0.1 the target of row 0 is ${text(smoothTargets(labels, smoothing).subarray(0, 3))}:`);
console.log(`the loss is smallest where the right class has probability ${optimalConfidence(smoothing).toFixed(4)}.`);
const others = convertSmoothing({ ...smoothing, from: 'uniform', to: 'others' });
console.log(`Frameworks that spread ε over the other classes only write the same as ε = ${others.toFixed(4)}.`);
