import { crossEntropy } from '@label-smoothing/core';
import { expect, test } from 'vitest';
import { compareDialects } from '../src/dialects.js';
import { randomIntegers } from '../src/random.js';

const random = randomIntegers(3);
const sample = {
  languages: ['a', 'b', 'c', 'd', 'e'],
  windows: [],
  logits: Float32Array.from({ length: 200 }, () => random(2000) / 200 - 5),
  labels: Int32Array.from({ length: 40 }, () => random(5)),
  weight: Float64Array.of(1, 1.5, 2, 1, 3),
};

test('dialects in one group agree, and with the reference', () => {
  for (const { dialects, loss } of compareDialects(sample, 0.1)) {
    for (const dialect of dialects) {
      const answer = crossEntropy(sample.logits, sample.labels, {
        dialect,
        classes: 5,
        labelSmoothing: 0.1,
        weight: sample.weight,
      });
      expect(typeof answer.loss === 'number' ? answer.loss : answer.sum / 40).toBeCloseTo(loss, 10);
    }
  }
});
