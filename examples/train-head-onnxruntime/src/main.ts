import { ocrModel } from '@label-smoothing/example-attach-to-model/ocr-model';
import { headTrainingStep, type StateTensor, withWeights } from '@label-smoothing/onnx';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { valueInside } from './features.js';
import { float64Trainer } from './float64.js';
import { drawWords } from './words.js';

// A classifier of 2 classes learns 2 others: digits from letters, where it told upright lines from upside-down ones.
const body = ocrModel('direction');
const [train, held] = [drawWords(20, 1), drawWords(60, 2)];
const [labelSmoothing, momentum, rate, steps] = [0.1, 0.9, 0.1, process.argv.includes('--quick') ? 20 : 200];
const { model, state, parameters } = headTrainingStep(body, {
  labelSmoothing,
  optimizer: { kind: 'sgd', momentum },
});
const quiet = { logSeverityLevel: 3 } as const;

async function accuracy(bytes: Uint8Array): Promise<string> {
  const [p] = Object.values(await (await InferenceSession.create(bytes, quiet)).run({ x: held.images }));
  const right = held.classes.filter((k, row) => Number(p?.data[2 * row + 1]) > 0.5 === (k === 1)).length;
  return `${right} of ${held.classes.length} new words right`;
}

const [weight, bias] = parameters.map((name) => Float64Array.from((state[name] as StateTensor).data)) as [
  Float64Array,
  Float64Array,
];
const features = await valueInside(body, 'reshape2_0.tmp_0', train.images);
const exactStep = float64Trainer(features, train.classes, { weight, bias });

console.log(`before  ${await accuracy(body)}`);
const session = await InferenceSession.create(model, quiet);
const learning_rate = new Tensor('float32', [rate], []);
let now: Record<string, Tensor> = Object.fromEntries(
  Object.entries(state).map(([name, t]) => [name, new Tensor(t.type, t.data, t.dims)]),
);
for (let step = 1; step <= steps; step++) {
  const results = await session.run({ x: train.images, labels: train.labels, learning_rate, ...now });
  now = Object.fromEntries(Object.keys(now).map((name) => [name, results[`${name}_new`] as Tensor]));
  exactStep(rate, momentum, labelSmoothing);
  if (step % (steps / 5) === 0) console.log(`step ${step}  loss ${Number(results['loss']?.data[0]).toFixed(4)}`);
}
const learned = Object.fromEntries(parameters.map((name) => [name, now[name] as Tensor]));
console.log(`after   ${await accuracy(withWeights(body, learned))}`);

const furthest = [weight, bias].flatMap((exact, i) => {
  const { data } = now[parameters[i] as string] as Tensor;
  return Array.from(exact, (w, j) => Math.abs(w - Number(data[j])));
});
console.log(
  `after ${steps} steps its weights are at most ${Math.max(...furthest).toExponential(0)} from those trained in float64`,
);
