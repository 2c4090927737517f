import {
  type CrossEntropyOptions,
  convertSmoothing,
  crossEntropy,
  lossFloor,
  optimalConfidence,
  type SmoothingMode,
  smoothTargets,
} from '@label-smoothing/core';
import { expect, test } from 'vitest';
import { caught, type Expected, wrong } from './caught.js';

const two =
  (options: object, target: unknown = [0, 1]) =>
  (): unknown =>
    crossEntropy(Float32Array.of(1, -2, 3, -4, 5, -6), wrong(target), wrong({ classes: 3, ...options }));

function detached<A extends Float32Array | Int32Array>(array: A): A {
  structuredClone(array, { transfer: [array.buffer as ArrayBuffer] });
  return array;
}

const cyclic: unknown[] = [];
cyclic.push(cyclic);
const uniformRows = Float32Array.of(0.5, 0.25, 0.25, 0.1, 0.2, 0.7, 0, 0, 1);
const softTarget = (t: readonly number[]): Float32Array => Float32Array.from([...t, 1, 0, 0]);

const cases: readonly (readonly [string, () => unknown, Expected['type'], string, string])[] = [
  [
    'ε above 1',
    two({ labelSmoothing: 1.5 }),
    'RangeError',
    'LS_SMOOTHING',
    'labelSmoothing: expected a number in [0, 1], got 1.5',
  ],
  ['ε below 0', two({ labelSmoothing: -0.1 }), 'RangeError', 'LS_SMOOTHING', 'got -0.1'],
  ['ε NaN', two({ labelSmoothing: Number.NaN }), 'RangeError', 'LS_SMOOTHING', 'got NaN'],
  ['ε as text', two({ labelSmoothing: '0.1' }), 'TypeError', 'LS_SMOOTHING', 'got "0.1"'],
  [
    'ε per class, wrong length',
    two({ labelSmoothing: [0.1] }),
    'RangeError',
    'LS_SMOOTHING',
    '3 entries, got 1 entries',
  ],
  ['ε per class, one at fault', two({ labelSmoothing: [0, 2, 0] }), 'RangeError', 'LS_SMOOTHING', 'labelSmoothing[1]'],
  [
    'ε per class, dense',
    two({ labelSmoothing: [0, 0, 0] }, softTarget([0, 0, 1])),
    'RangeError',
    'LS_SMOOTHING',
    'dense',
  ],
  ['unknown option', two({ labelSmothing: 0.1 }), 'RangeError', 'LS_OPTION', 'did you mean "labelSmoothing"?'],
  [
    'options are no object',
    () => crossEntropy(new Float32Array(3), [0], wrong(3)),
    'TypeError',
    'LS_OPTION',
    'an object, got 3',
  ],
  ['unknown dialect', two({ dialect: 'pytroch' }), 'RangeError', 'LS_DIALECT', 'did you mean "pytorch"?'],
  ['dialect of a wrong kind', two({ dialect: 7 }), 'TypeError', 'LS_DIALECT', 'got 7'],
  ['unknown mode', two({ smoothingMode: 'uniforme' }), 'RangeError', 'LS_OPTION', 'did you mean "uniform"?'],
  ['gradient is no boolean', two({ gradient: 'yes' }), 'TypeError', 'LS_OPTION', 'true or false, got "yes"'],
  ['zLoss negative', two({ zLoss: -1 }), 'RangeError', 'LS_OPTION', 'zLoss: expected a finite number ≥ 0'],
  ['no classes, no shape', () => crossEntropy(new Float32Array(3), [0], {}), 'TypeError', 'LS_SHAPE', 'classes'],
  ['classes 0', two({ classes: 0 }), 'RangeError', 'LS_SHAPE', 'an integer ≥ 1, got 0'],
  ['length no multiple', two({ classes: 4 }), 'RangeError', 'LS_SHAPE', 'a multiple of 4 classes, got 6 values'],
  ['classes and shape disagree', two({ shape: [3, 2], axis: 1 }), 'RangeError', 'LS_SHAPE', 'classes: expected 2'],
  ['shape and length disagree', two({ shape: [3, 3] }), 'RangeError', 'LS_SHAPE', '9 values of shape [3,3]'],
  ['axis out of range', two({ shape: [2, 3], axis: 2 }), 'RangeError', 'LS_SHAPE', 'axis'],
  ['axis without shape', two({ axis: 0 }), 'RangeError', 'LS_SHAPE', 'a `shape` beside it'],
  ['label fractional', two({}, [0, 1.5]), 'RangeError', 'LS_LABEL', 'target[1]'],
  [
    'label negative',
    two({}, [-1, 0]),
    'RangeError',
    'LS_LABEL',
    'target[0]: expected an integer in [0, 3) or ignoreIndex -100, got -1',
  ],
  [
    'label K',
    two({ ignoreIndex: null }, [0, 3]),
    'RangeError',
    'LS_LABEL',
    'target[1]: expected an integer in [0, 3), got 3',
  ],
  [
    'an int32 label K',
    two({}, Int32Array.of(2, 3)),
    'RangeError',
    'LS_LABEL',
    'target[1]: expected an integer in [0, 3)',
  ],
  ['an int32 label below 0', two({}, Int32Array.of(-1, 3)), 'RangeError', 'LS_LABEL', 'target[0]'],
  ['the least int32 as a label', two({}, Int32Array.of(0, -(2 ** 31))), 'RangeError', 'LS_LABEL', 'got -2147483648'],
  ['the largest int32 as a label', two({}, Int32Array.of(0, 2 ** 31 - 1)), 'RangeError', 'LS_LABEL', 'got 2147483647'],
  ['label NaN', two({}, [0, Number.NaN]), 'RangeError', 'LS_LABEL', 'got NaN'],
  ['label as text', two({}, [0, '1']), 'TypeError', 'LS_LABEL', 'got "1"'],
  ['big label', two({}, BigInt64Array.of(0n, 2n ** 40n)), 'RangeError', 'LS_LABEL', 'got 1099511627776n'],
  ['label masked', two({ classMask: [true, false, true] }), 'RangeError', 'LS_LABEL', 'exists by classMask, got 1'],
  ['too few labels', two({}, [0]), 'RangeError', 'LS_SHAPE', '2 labels, one per row, got 1 labels'],
  ['labels of length rows × classes', two({}, Int32Array.of(1, 0, 0, 0, 1, 0)), 'RangeError', 'LS_SHAPE', '2 labels'],
  [
    'float array of length rows',
    two({}, Float32Array.of(0, 1)),
    'RangeError',
    'LS_SHAPE',
    '6 probabilities, or labels as integers',
  ],
  ['target of a wrong kind', two({}, 'cat'), 'TypeError', 'LS_DTYPE', 'got "cat"'],
  ['dense negative', two({}, softTarget([-0.5, 1, 0.5])), 'RangeError', 'LS_TARGET', 'target[0] (row 0, class 0)'],
  ['dense NaN', two({}, softTarget([0, Number.NaN, 1])), 'RangeError', 'LS_TARGET', 'class 1'],
  [
    'dense above 1, others',
    two({ smoothingMode: 'others' }, softTarget([0, 2, 0])),
    'RangeError',
    'LS_TARGET',
    'at most 1',
  ],
  [
    'dense on a masked class',
    two({ classMask: [true, true, false] }, softTarget([0, 0.5, 0.5])),
    'RangeError',
    'LS_TARGET',
    'classMask',
  ],
  ['weight too short', two({ weight: [1, 2] }), 'RangeError', 'LS_WEIGHT', '3 entries'],
  ['weight negative', two({ weight: [1, -2, 1] }), 'RangeError', 'LS_WEIGHT', 'weight[1]'],
  ['weight infinite', two({ weight: [1, Infinity, 1] }), 'RangeError', 'LS_WEIGHT', 'weight[1]'],
  ['weight of integers', two({ weight: Int32Array.of(1, 2, 3) }), 'TypeError', 'LS_WEIGHT', 'got Int32Array(3)'],
  ['prior missing', two({ smoothingMode: 'prior' }), 'RangeError', 'LS_PRIOR', "weights for smoothingMode 'prior'"],
  [
    'prior without its mode',
    two({ prior: [0.5, 0.25, 0.25] }),
    'RangeError',
    'LS_PRIOR',
    "smoothingMode: 'prior' beside it",
  ],
  ['prior too short', two({ smoothingMode: 'prior', prior: [0.5, 0.5] }), 'RangeError', 'LS_PRIOR', '3 or 9 entries'],
  [
    'prior does not sum to 1',
    two({ smoothingMode: 'prior', prior: [1, 1, 1] }),
    'RangeError',
    'LS_PRIOR',
    'sum to 1, got 3',
  ],
  [
    'prior row does not sum to 1',
    two({
      smoothingMode: 'prior',
      prior: [
        [1, 0, 0],
        [0.5, 0, 0],
        [0, 0, 1],
      ],
    }),
    'RangeError',
    'LS_PRIOR',
    '(row 1)',
  ],
  ['prior negative', two({ smoothingMode: 'prior', prior: [2, -1, 0] }), 'RangeError', 'LS_PRIOR', 'prior[1]'],
  [
    'K×K prior, dense',
    two({ smoothingMode: 'prior', prior: [1, 0, 0, 0, 1, 0, 0, 0, 1] }, softTarget([0, 0, 1])),
    'RangeError',
    'LS_PRIOR',
    'dense',
  ],
  ['sampleWeight too short', two({ sampleWeight: [1] }), 'RangeError', 'LS_SAMPLE_WEIGHT', '2 entries'],
  ['sampleWeight negative', two({ sampleWeight: [1, -1] }), 'RangeError', 'LS_SAMPLE_WEIGHT', 'sampleWeight[1]'],
  ['classMask too short', two({ classMask: [true] }), 'RangeError', 'LS_MASK', '3 entries'],
  [
    'classMask of numbers',
    two({ classMask: [1, 0, 1] }),
    'TypeError',
    'LS_MASK',
    'classMask[0]: expected true or false',
  ],
  ['classMask with a hole', two({ classMask: [true, undefined, true] }), 'TypeError', 'LS_MASK', 'classMask[1]'],
  ['shape with a size missing', two({ shape: [2, undefined, 3] }), 'TypeError', 'LS_SHAPE', 'shape[1]'],
  [
    'options in a Map',
    () => crossEntropy(new Float32Array(3), [0], wrong(new Map())),
    'TypeError',
    'LS_OPTION',
    'got Map',
  ],
  ['denominators of a preset', two({ denominator: { labels: 'rows' } }), 'TypeError', 'LS_OPTION', 'denominator'],
  ['sampleWeight as text', two({ sampleWeight: 'abc' }), 'TypeError', 'LS_SAMPLE_WEIGHT', 'got "abc"'],
  ['an array that holds itself', two({ weight: cyclic }), 'RangeError', 'LS_WEIGHT', '3 entries'],
  [
    'distributions as number[]',
    two({}, [1, 0, 0, 0, 1, 0]),
    'RangeError',
    'LS_SHAPE',
    'for distributions pass Float32Array',
  ],
  [
    'smoothTargets, another shape',
    () => smoothTargets([0, 1, 2], { shape: [1, 3] }),
    'RangeError',
    'LS_SHAPE',
    '1 rows, by shape [1,3]',
  ],
  ['classMask of nothing', two({ classMask: [false, false, false] }), 'RangeError', 'LS_MASK', 'at least one'],
  ['normalizer negative', two({ normalizer: -1 }), 'RangeError', 'LS_NORMALIZER', 'normalizer'],
  [
    'normalizer beside sum',
    two({ normalizer: 1, reduction: 'sum' }),
    'RangeError',
    'LS_OPTION',
    "'mean' beside a normalizer",
  ],
  ['ignoreIndex fractional', two({ ignoreIndex: 0.5 }), 'RangeError', 'LS_OPTION', 'ignoreIndex'],
  [
    'logits of integers',
    () => crossEntropy(wrong(new Int32Array(3)), [0], { classes: 3 }),
    'TypeError',
    'LS_DTYPE',
    'got Int32Array(3)',
  ],
  [
    'logits as a plain array',
    () => crossEntropy(wrong([1, 2, 3]), [0], { classes: 3 }),
    'TypeError',
    'LS_DTYPE',
    'got [1, 2, 3]',
  ],
  [
    'logits detached',
    () => crossEntropy(detached(new Float32Array(3)), [0], { classes: 3 }),
    'TypeError',
    'LS_DETACHED',
    'logits',
  ],
  [
    'target detached',
    () => crossEntropy(new Float32Array(0), detached(new Int32Array(3)), { classes: 3 }),
    'TypeError',
    'LS_DETACHED',
    'target',
  ],
  [
    'probabilities as logits',
    () => crossEntropy(uniformRows, [0, 1, 2], { classes: 3 }),
    'RangeError',
    'LS_PROBABILITIES_AS_LOGITS',
    "write input: 'probabilities'",
  ],
  ['negative probability', two({ input: 'probabilities' }), 'RangeError', 'LS_LOGITS', 'logits[1] (row 0, class 1)'],
  ['empty mean, throw', two({ onEmpty: 'throw' }, [-100, -100]), 'RangeError', 'LS_EMPTY', 'denominator'],
  [
    'smoothTargets length',
    () => smoothTargets(new Float32Array(4), { classes: 3 }),
    'RangeError',
    'LS_SHAPE',
    'multiple of 3',
  ],
  [
    'convert a prior',
    () => convertSmoothing({ labelSmoothing: 0, from: 'prior', to: 'uniform', classes: 3 }),
    'RangeError',
    'LS_OPTION',
    'from',
  ],
  [
    'convert what has no equal',
    () => convertSmoothing({ labelSmoothing: 0.95, from: 'others', to: 'uniform', classes: 4 }),
    'RangeError',
    'LS_SMOOTHING',
    'at most 0.75',
  ],
  ['theory of one class', () => lossFloor({ labelSmoothing: 0, classes: 1 }), 'RangeError', 'LS_SHAPE', '≥ 2'],
  [
    'theory of a prior',
    () => optimalConfidence({ labelSmoothing: 0, classes: 3, smoothingMode: 'prior' as SmoothingMode }),
    'RangeError',
    'LS_OPTION',
    'smoothingMode',
  ],
];

test.each(cases)('%s', (_, call, type, code, says) => {
  const error = caught(call);
  expect({ type: error.type, code: error.code }).toEqual({ type, code });
  expect(error.says).toContain(says);
});

test('an option that is undefined counts as absent and erases nothing', () => {
  const options: CrossEntropyOptions = {
    classes: 3,
    dialect: 'fairseq',
    reduction: undefined,
    labelSmoothing: undefined,
  };
  const { loss, sum } = crossEntropy(new Float32Array(6), [0, 1], options);
  expect(loss).toBe(sum);
});
