import { createLinearCrossEntropy } from '@label-smoothing/typed-array';
import { header, resultOf } from './result.js';
import { readSamples } from './samples.js';

const classes = 10;
const epochs = process.argv.includes('--quick') ? 40 : 400;
const rate = 20;
const { features, train, test } = readSamples(`${import.meta.dirname}/../data`);
console.log(header(train.labels.length, test.labels.length, features, classes));

for (const labelSmoothing of [0, 0.1]) {
  const head = createLinearCrossEntropy({ classes, features, labelSmoothing, inputGradient: false });
  const [weight, bias] = [new Float32Array(classes * features), new Float32Array(classes)];
  const out = { dWeight: weight.slice(), dBias: bias.slice() };
  for (let epoch = 0; epoch < epochs; epoch++) {
    head.lossAndGradient(train.x, weight, bias, train.labels, { out });
    out.dWeight.forEach((slope, i) => {
      weight[i]! -= rate * slope;
    });
    out.dBias.forEach((slope, k) => {
      bias[k]! -= rate * slope;
    });
  }
  console.log(resultOf(labelSmoothing, head.forward(test.x, weight, bias, test.labels).nll, test, weight, bias));
}
