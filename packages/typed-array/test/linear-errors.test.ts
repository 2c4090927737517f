import { createLinearCrossEntropy } from '@label-smoothing/typed-array';
import { expect, test } from 'vitest';

const options = { classes: 3, features: 2, labelSmoothing: 0.1 };
/** Wrong on purpose: what a JavaScript caller could pass in spite of the types. */
const wrong = (value: unknown): never => value as never;
const code = (expected: string, message = ''): unknown =>
  expect.objectContaining({ code: expected, message: expect.stringContaining(message) });
const single = (length: number): Float32Array<ArrayBuffer> => new Float32Array(length);

function detached(length: number): Float32Array {
  const array = single(length);
  structuredClone(array, { transfer: [array.buffer] });
  return array;
}

const badOptions: readonly (readonly [string, object, string, string])[] = [
  ['no features', { features: undefined }, 'LS_SHAPE', 'features'],
  ['half a feature', { features: 1.5 }, 'LS_SHAPE', 'features'],
  ['no feature', { features: 0 }, 'LS_SHAPE', 'features'],
  ['no classes', { classes: undefined }, 'LS_SHAPE', 'classes'],
  ['a bias that is an array', { bias: [1, 2, 3] }, 'LS_OPTION', 'bias'],
  ['inputGradient, kind', { inputGradient: 1 }, 'LS_OPTION', 'inputGradient'],
  ['a shape', { shape: [2, 3] }, 'LS_OPTION', 'shape'],
  ['an input', { input: 'probabilities' }, 'LS_OPTION', 'input'],
  ['a kernel that is none', { kernel: 'gpu' }, 'LS_OPTION', 'kernel'],
  ['a smoothing of 2', { labelSmoothing: 2 }, 'LS_SMOOTHING', 'labelSmoothing'],
];

test.each(badOptions)('options with %s', (_, more, expected, message) => {
  expect(() => createLinearCrossEntropy(wrong({ ...options, ...more }))).toThrow(code(expected, message));
});

const shared = single(20);
const badCalls: readonly (readonly [string, readonly unknown[], string, string])[] = [
  ['x of the wrong kind', [[1, 2], single(6), single(3), [0]], 'LS_DTYPE', 'x: expected'],
  ['x of the wrong length', [single(3), single(6), single(3), [0]], 'LS_SHAPE', 'a multiple of 2 features'],
  ['x detached', [detached(2), single(6), single(3), [0]], 'LS_DETACHED', 'x'],
  ['weights of another type', [single(2), new Float64Array(6), single(3), [0]], 'LS_DTYPE', 'weight: expected'],
  ['weights of the wrong length', [single(2), single(5), single(3), [0]], 'LS_SHAPE', 'weight: expected 6 values'],
  ['weights detached', [single(2), detached(6), single(3), [0]], 'LS_DETACHED', 'weight'],
  ['no bias', [single(2), single(6), null, [0]], 'LS_DTYPE', 'bias: expected'],
  ['bias of the wrong length', [single(2), single(6), single(2), [0]], 'LS_SHAPE', 'bias: expected 3 values'],
  ['too many labels', [single(2), single(6), single(3), [0, 1]], 'LS_SHAPE', 'target'],
  ['a label of 3', [single(2), single(6), single(3), [3]], 'LS_LABEL', 'target[0]'],
  ['an unknown option', [single(2), single(6), single(3), [0], { outs: {} }], 'LS_OPTION', 'did you mean "out"'],
  ['an unknown output', [single(2), single(6), single(3), [0], { out: { dW: 1 } }], 'LS_OPTION', 'dW'],
  ['out.dx, length', [single(2), single(6), single(3), [0], { out: { dx: single(3) } }], 'LS_OUT', 'out.dx'],
  ['out.dWeight, type', [single(2), single(6), single(3), [0], { out: { dWeight: [] } }], 'LS_OUT', 'out.dWeight'],
  [
    'out.dBias, detached',
    [single(2), single(6), single(3), [0], { out: { dBias: detached(3) } }],
    'LS_DETACHED',
    'dBias',
  ],
  [
    'out.dx over x',
    [shared.subarray(0, 2), single(6), single(3), [0], { out: { dx: shared.subarray(0, 2) } }],
    'LS_OUT',
    'memory of its own',
  ],
  [
    'out.dx over out.dWeight',
    [single(2), single(6), single(3), [0], { out: { dx: shared.subarray(5, 7), dWeight: shared.subarray(0, 6) } }],
    'LS_OUT',
    'out.dx',
  ],
  ['upstream, NaN', [single(2), single(6), single(3), [0], { upstream: Number.NaN }], 'LS_UPSTREAM', 'upstream'],
];

test.each(badCalls)('a call with %s', (_, call, expected, message) => {
  const head = createLinearCrossEntropy(options);
  expect(() => (head.lossAndGradient as (...all: unknown[]) => unknown)(...call)).toThrow(code(expected, message));
});

test('arrays for gradients that are not asked for', () => {
  const head = createLinearCrossEntropy({ ...options, bias: false, inputGradient: false });
  const call = (out: object, bias: unknown = null): unknown =>
    head.lossAndGradient(single(2), single(6), wrong(bias), [0], { out });
  expect(() => call({ dx: single(2) })).toThrow(code('LS_OPTION', 'out.dx'));
  expect(() => call({ dBias: single(3) })).toThrow(code('LS_OPTION', 'out.dBias'));
  expect(() => call({}, single(3))).toThrow(code('LS_OPTION', 'bias'));
});

test('nothing is written when a mean is empty and may not be', () => {
  const head = createLinearCrossEntropy({ ...options, onEmpty: 'throw' });
  const dWeight = single(6).fill(7);
  const run = (): unknown => head.lossAndGradient(single(2), single(6), single(3), [-100], { out: { dWeight } });
  expect(run).toThrow(code('LS_EMPTY'));
  expect([...dWeight]).toEqual([7, 7, 7, 7, 7, 7]);
});

test('use after dispose', () => {
  const head = createLinearCrossEntropy(options);
  head.dispose();
  expect(() => head.forward(single(2), single(6), single(3), [0])).toThrow(code('LS_DISPOSED'));
});
