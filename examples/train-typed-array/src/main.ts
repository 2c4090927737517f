import { optimalConfidence } from '@label-smoothing/core';
import { loadCities, type NameSet } from './cities.js';
import { type Evaluation, evaluate } from './evaluate.js';
import { hashedNgrams } from './features.js';
import { epochProgress, resultTable } from './print.js';
import { type Samples, train } from './train.js';

const quick = process.argv.includes('--quick');
const classes = 20;
const network = { classes, buckets: 4096, hidden: 64 };
const schedule = { batch: 128, epochs: quick ? 3 : 10, rate: 7e-3, seed: 1 };

const cities = loadCities(classes, quick ? 150 : 600, quick ? 50 : 200, schedule.seed);
const toSamples = ({ names, labels }: NameSet): Samples => ({
  features: hashedNgrams(names, network.buckets),
  labels,
});
const seen = toSamples(cities.train);
const unseen = toSamples(cities.test);

function run(labelSmoothing: number): Evaluation {
  const onEpoch = epochProgress(`ε = ${labelSmoothing}`, schedule.epochs);
  const trained = train(seen, { ...network, ...schedule, labelSmoothing, onEpoch });
  return evaluate(trained, unseen, schedule.batch);
}

console.log(`The country of a city from its name: ${classes} countries, ${cities.countries.join(' ')}`);
console.log(`${seen.labels.length} names to learn from, ${unseen.labels.length} others to test on\n`);
const results = [0, 0.1].map((labelSmoothing) => ({ labelSmoothing, ...run(labelSmoothing) }));
console.log(resultTable(results));
const optimum = optimalConfidence({ labelSmoothing: 0.1, classes });
console.log(`\nAt the minimum of the loss with ε = 0.1 the right country has probability ${optimum.toFixed(3)}.`);
