import { type BinaryCrossEntropyOptions, binaryCrossEntropy } from '@label-smoothing/core';
import { expect, test } from 'vitest';
import { caught, wrong } from './caught.js';

const binary =
  (options: object, targets: unknown = [1, 0]) =>
  (): unknown =>
    binaryCrossEntropy(Float32Array.of(1, -1), wrong(targets), wrong(options) as BinaryCrossEntropyOptions);

const binaryCases: readonly (readonly [string, () => unknown, string])[] = [
  ['ε', binary({ labelSmoothing: 2 }), 'LS_SMOOTHING'],
  ['posWeight length', binary({ posWeight: [1, 2, 3], shape: [1, 2] }), 'LS_WEIGHT'],
  ['posWeight negative', binary({ posWeight: -1 }), 'LS_WEIGHT'],
  ['sampleWeight length', binary({ sampleWeight: [1] }), 'LS_SAMPLE_WEIGHT'],
  ['shape', binary({ shape: [3] }), 'LS_SHAPE'],
  ['targets length', binary({}, [1]), 'LS_SHAPE'],
  ['targets above 1', binary({}, [2, 0]), 'LS_TARGET'],
  ['targets of a wrong kind', binary({}, 'no'), 'LS_DTYPE'],
  ['unknown option', binary({ posWeigth: 1 }), 'LS_OPTION'],
  ['denominator', binary({ denominator: 'valid' }), 'LS_OPTION'],
  ['logits', () => binaryCrossEntropy(wrong([1]), [1]), 'LS_DTYPE'],
  ['empty, throw', binary({ denominator: 'nonzeroWeights', sampleWeight: [0, 0], onEmpty: 'throw' }), 'LS_EMPTY'],
];

test.each(binaryCases)('binary: %s', (_, call, code) => {
  expect(caught(call).code).toBe(code);
});
