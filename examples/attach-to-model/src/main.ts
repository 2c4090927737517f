import { crossEntropy } from '@label-smoothing/core';
import { attachLoss, inspectModel } from '@label-smoothing/onnx';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { drawText } from './drawing.js';
import { characters, ocrModel } from './ocr-model.js';

const model = ocrModel('text');
const { logits, outputs } = inspectModel(model);
console.log(`${logits?.why}\nThe loss is attached to "${logits?.name}".\n`);

// Class 0 is the gap between two characters: it has no say here.
const options = { labelSmoothing: 0.1, ignoreIndex: 0, gradient: true } as const;
const quiet = { logSeverityLevel: 3 } as const;
const withLoss = await InferenceSession.create(attachLoss(model, options), quiet);
const reader = await InferenceSession.create(model, quiet); // for inference, which has no labels

const names = characters();
const classes = names.length;
for (const text of ['KAFFEE', 'MAX 4711', 'LAMA 2000']) {
  const x = new Tensor('float32', drawText(text, { width: 320 }), [1, 3, 48, 320]);
  const scores = await reader.run({ x });
  const probabilities = scores[outputs[0]?.name ?? '']?.data as Float32Array;
  const steps = probabilities.length / classes;
  const best = Int32Array.from({ length: steps }, (_, step) => {
    const row = probabilities.subarray(step * classes, (step + 1) * classes);
    return row.indexOf(row.reduce((a, b) => Math.max(a, b)));
  });
  const read = [...best].filter((k, i) => k > 0 && k !== best[i - 1]).map((k) => names[k]);

  const labels = new Tensor('int64', BigInt64Array.from(best, BigInt), [1, steps]);
  const results = await withLoss.run({ x, labels });
  const gradient = results['gradient']?.data as Float32Array;
  const exact = crossEntropy(Float64Array.from(probabilities, Math.log), best, { ...options, classes });
  const furthest = gradient.reduce((most, g, i) => Math.max(most, Math.abs(g - (exact.gradient[i] as number))), 0);
  console.log(
    `drawn ${text.padEnd(10)} read ${read.join('').padEnd(10)} loss ${Number(results['loss']?.data[0]).toFixed(4)}`,
  );
  console.log(`  in float64 ${exact.loss.toFixed(4)}, without smoothing ${exact.nll.toFixed(4)}`);
  console.log(`  gradient [1, ${steps}, ${classes}], at most ${furthest < 1e-6 ? 'a millionth' : furthest} off`);
}
