import { crossEntropy as reference } from '@label-smoothing/core';
import { createCrossEntropy, crossEntropy, type GradientCallOptions } from '@label-smoothing/typed-array';
import { describe, expect, test } from 'vitest';
import { kernels } from './kernels.js';

const options = { classes: 3, labelSmoothing: 0.1 };
const logits = (): Float32Array => Float32Array.of(1, -2, 3, -4, 5, -6);
/** Wrong on purpose: what a JavaScript caller could pass in spite of the types. */
const wrong = (value: unknown): never => value as never;
const code = (expected: string, message = ''): unknown =>
  expect.objectContaining({ code: expected, message: expect.stringContaining(message) });

function detached(length: number): Float32Array {
  const array = new Float32Array(length);
  structuredClone(array, { transfer: [array.buffer] });
  return array;
}

test('core’s checks come through', () => {
  expect(() => crossEntropy(logits(), [0, 3], options)).toThrow(code('LS_LABEL', 'target[1]: expected'));
  expect(() => crossEntropy(logits(), [0], options)).toThrow(code('LS_SHAPE'));
  expect(() => crossEntropy(wrong(new Int32Array(6)), [0, 1], options)).toThrow(code('LS_DTYPE'));
  expect(() => crossEntropy(detached(6), [], options)).toThrow(code('LS_DETACHED'));
  expect(() => crossEntropy(logits(), wrong('ab'), options)).toThrow(code('LS_DTYPE'));
  expect(() => crossEntropy(logits(), [0, 1], wrong({ ...options, labelSmothing: 1 }))).toThrow(
    code('LS_OPTION', 'did you mean "labelSmoothing"'),
  );
});

test('a criterion refuses its options when it is made, not when it is used', () => {
  expect(() => createCrossEntropy({ classes: 3, labelSmoothing: 2 })).toThrow(code('LS_SMOOTHING'));
  expect(() => createCrossEntropy(wrong({ classes: 3, smoothing: 0.1 }))).toThrow(code('LS_OPTION'));
  expect(() => createCrossEntropy(wrong(undefined))).toThrow(code('LS_OPTION', 'options: expected an object'));
  expect(() => createCrossEntropy({})).toThrow(code('LS_SHAPE', 'classes'));
});

test('probabilities as logits are refused, unless input is written out', () => {
  const rows = Float32Array.of(0.5, 0.5, 0, 0.2, 0.2, 0.6, 1, 0, 0);
  expect(() => createCrossEntropy(options).forward(rows, [0, 1, 2])).toThrow(code('LS_PROBABILITIES_AS_LOGITS'));
  expect(createCrossEntropy({ ...options, input: 'logits' }).forward(rows, [0, 1, 2]).loss).toBeGreaterThan(0);
});

const shared = new Float32Array(16);
const calls: readonly (readonly [string, unknown, string, string])[] = [
  ['an unknown name', { sampleWeights: [1, 1] }, 'LS_OPTION', 'did you mean "sampleWeight"'],
  ['no object', 3, 'LS_OPTION', 'options: expected an object'],
  ['sampleWeight, length', { sampleWeight: [1] }, 'LS_SAMPLE_WEIGHT', '2 entries'],
  ['sampleWeight, negative', { sampleWeight: [1, -1] }, 'LS_SAMPLE_WEIGHT', 'sampleWeight[1]'],
  ['normalizer, negative', { normalizer: -1 }, 'LS_NORMALIZER', 'normalizer: expected'],
  ['normalizer, kind', { normalizer: '4' }, 'LS_NORMALIZER', 'got "4"'],
  ['upstream, NaN', { upstream: Number.NaN }, 'LS_UPSTREAM', 'a finite number, got NaN'],
  ['upstream, infinite', { upstream: Infinity }, 'LS_UPSTREAM', 'got Infinity'],
  ['upstream, kind', { upstream: 'x' }, 'LS_UPSTREAM', 'one per row'],
  ['upstream, length', { upstream: [1, 2, 3] }, 'LS_UPSTREAM', '2 entries'],
  ['upstream, an entry', { upstream: [1, Infinity] }, 'LS_UPSTREAM', 'upstream[1]'],
  ['upstream, detached', { upstream: detached(2) }, 'LS_DETACHED', 'upstream'],
  ['out, type', { out: new Float64Array(6) }, 'LS_OUT', 'Float32Array as the logits are'],
  ['out, kind', { out: [0, 0, 0, 0, 0, 0] }, 'LS_OUT', 'out: expected'],
  ['out, null', { out: null }, 'LS_OUT', 'got null'],
  ['out, length', { out: new Float32Array(5) }, 'LS_OUT', '6 entries'],
  ['out, detached', { out: detached(6) }, 'LS_DETACHED', 'out'],
  ['out over half of the logits', { out: shared.subarray(3, 9) }, 'LS_OUT', 'an input uses'],
  ['out over the sample weights', { out: shared.subarray(6, 12), sampleWeight: shared.subarray(11, 13) }, 'LS_OUT', ''],
  [
    'out over the upstream',
    { out: shared.subarray(6, 12), upstream: shared.subarray(5, 7) },
    'LS_OUT',
    'an input uses',
  ],
];

test.each(calls)('a call with %s', (_, call, expected, message) => {
  shared.set(logits());
  const x = shared.subarray(0, 6);
  expect(() => createCrossEntropy(options).lossAndGradient(x, [0, 1], wrong(call))).toThrow(code(expected, message));
  expect(shared.subarray(0, 6)).toEqual(logits());
});

test('forward knows neither out nor upstream', () => {
  const criterion = createCrossEntropy(options);
  expect(() => criterion.forward(logits(), [0, 1], wrong({ out: logits() }))).toThrow(code('LS_OPTION'));
  expect(() => criterion.forward(logits(), [0, 1], wrong({ upstream: 2 }))).toThrow(code('LS_OPTION'));
});

test('a normalizer beside a reduction that the caller wrote', () => {
  for (const reduction of ['sum', 'none'] as const) {
    const criterion = createCrossEntropy({ ...options, reduction });
    expect(() => criterion.forward(logits(), [0, 1], { normalizer: 2 })).toThrow(code('LS_OPTION', 'normalizer'));
  }
});

describe('out that an input shares', () => {
  test('dense targets', () => {
    const targets = Float32Array.of(1, 0, 0, 0, 0, 1);
    const criterion = createCrossEntropy(options);
    expect(() => criterion.lossAndGradient(logits(), targets, { out: targets })).toThrow(code('LS_OUT'));
    expect([...targets]).toEqual([1, 0, 0, 0, 0, 1]);
  });

  test('class weights', () => {
    const out = new Float32Array(6).fill(1);
    const criterion = createCrossEntropy({ ...options, weight: out.subarray(0, 3) });
    expect(() => criterion.lossAndGradient(logits(), [0, 1], { out })).toThrow(code('LS_OUT'));
  });

  test('labels, which the caller may want to use again', () => {
    const buffer = new ArrayBuffer(24);
    const out = new Float32Array(buffer);
    const y = new Int32Array(buffer, 0, 2).fill(2);
    expect(() => createCrossEntropy(options).lossAndGradient(logits(), y, { out })).toThrow(code('LS_OUT'));
  });

  test('an input that is the logits array itself', () => {
    const x = Float64Array.of(0.2, 0.3, 0.5);
    const criterion = createCrossEntropy({ ...options, input: 'logits' });
    expect(() => criterion.lossAndGradient(x, x, { out: x })).toThrow(code('LS_OUT'));
    const weighted = createCrossEntropy({ ...options, weight: x });
    expect(() => weighted.lossAndGradient(x, [0], { out: x })).toThrow(code('LS_OUT'));
  });

  test('ε per class', () => {
    const out = new Float64Array(6).fill(0.5);
    const criterion = createCrossEntropy({ classes: 3, labelSmoothing: out.subarray(0, 3) });
    expect(() => criterion.lossAndGradient(new Float64Array(6), [0, 1], { out })).toThrow(code('LS_OUT'));
  });
});

test('an option array that was transferred away after the criterion was made', () => {
  const weight = Float32Array.of(1, 2, 3);
  const criterion = createCrossEntropy({ ...options, weight });
  structuredClone(weight, { transfer: [weight.buffer] });
  expect(() => criterion.forward(logits(), [0, 1])).toThrow(code('LS_DETACHED', 'weight'));
});

test('nothing is written to out when anything is wrong', () => {
  const bad: readonly (readonly [object, unknown, GradientCallOptions<Float32Array>, string])[] = [
    [{}, [0, 7], {}, 'LS_LABEL'],
    [{ onEmpty: 'throw' }, [-100, -100], {}, 'LS_EMPTY'],
    [{}, [0, 1], { upstream: Number.NaN }, 'LS_UPSTREAM'],
    [{}, [0, 1], { sampleWeight: [1] }, 'LS_SAMPLE_WEIGHT'],
    [{}, Float32Array.of(1, 0, 0, 0, 0, -1), {}, 'LS_TARGET'],
  ];
  for (const [more, target, call, expected] of bad) {
    const out = new Float32Array(6).fill(7);
    const criterion = createCrossEntropy({ ...options, ...more });
    expect(() => criterion.lossAndGradient(logits(), wrong(target), { ...call, out })).toThrow(code(expected));
    expect([...out]).toEqual([7, 7, 7, 7, 7, 7]);
  }
});

describe.each(kernels)('dense targets, kernel %s', (kernel) => {
  // More of them than are copied at one time.
  const rows = 170;
  const classes = 197;
  const last = rows * classes - 1;
  const smoothing = { classes, labelSmoothing: 0.1 };

  test.each([
    ['below 0', {}, -1e-45],
    ['NaN', {}, Number.NaN],
    ['a negative NaN', {}, new Float32Array(Uint32Array.of(0xffc00000).buffer)[0] as number],
    ['infinite', {}, Infinity],
    ['above 1 among others', { smoothingMode: 'others' }, 1 + 2 ** -23],
  ] as const)('%s anywhere are refused in the words of core, and nothing is written', (_, more, wrongOne) => {
    const own = createCrossEntropy({ ...smoothing, ...more, kernel });
    for (const array of [(length: number) => own.alloc(length), (length: number) => new Float32Array(length)]) {
      const x = array(last + 1).fill(3);
      const target = array(last + 1).fill(1 / classes);
      for (const place of [0, 3, 16, 19, 30_000, last - 1, last]) {
        target[place] = wrongOne;
        const call = (): unknown => own.lossAndGradient(x, target, { out: x });
        expect(call).toThrow(messageOf(() => reference(x, target, { ...smoothing, ...more })));
        target[place] = 1 / classes;
      }
      expect(x.every((number) => number === 3)).toBe(true);
    }
    own.dispose();
  });

  test('may be −0, and any finite number', () => {
    const own = createCrossEntropy({ ...smoothing, kernel });
    const target = own.alloc(classes).fill(-0);
    target[classes - 1] = 2 ** 127;
    const nll = 2 ** 127 * Math.log(classes);
    expect((own.forward(new Float32Array(classes), target).nll as number) / nll).toBeCloseTo(1, 6);
  });
});

describe.each(kernels)('labels, kernel %s', (kernel) => {
  test.each([-1, 3, 2 ** 30, 2 ** 31 - 1, -(2 ** 31)])('%i anywhere is refused, and nothing is written', (label) => {
    const own = createCrossEntropy({ ...options, kernel });
    // More of them than are looked at one by one, and than are copied at one time.
    const labels = new Int32Array(40_001).fill(2);
    const x = own.alloc(3 * labels.length).fill(1);
    for (const place of [0, 3, 32_768, 40_000]) {
      labels[place] = label;
      expect(() => own.lossAndGradient(x, labels, { out: x })).toThrow(code('LS_LABEL', `target[${place}]`));
      labels[place] = 2;
    }
    expect(x.every((number) => number === 1)).toBe(true);
    own.dispose();
  });
});

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}
