/// <reference lib="es2025.float16" />
import { fromFloat16, toFloat16 } from '@label-smoothing/core';
import { decodeFloat16, encodeFloat16 } from '@label-smoothing/core/adapter';
import {
  type AnyLogitsArray,
  createCrossEntropy,
  crossEntropy,
  type GradientOf,
  type LossAndGradient,
  type TargetArray,
} from '@label-smoothing/typed-array';
import fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { expectPrecise } from './agreement.js';
import { type RandomCall, randomCall, seeded } from './arbitrary.js';
import { kernels } from './kernels.js';

const code = (expected: string, message = ''): unknown =>
  expect.objectContaining({ code: expected, message: expect.stringContaining(message) });
const bitsOf = (values: ArrayLike<number>): Uint16Array => Uint16Array.from(values, toFloat16);
const randomHalf = randomCall.map((call): RandomCall<Uint16Array> => ({ ...call, logits: bitsOf(call.logits) }));
const property = (check: (call: RandomCall<Uint16Array>) => void): void =>
  fc.assert(fc.property(randomHalf, check), seeded);

describe.each(kernels)('float16 logits in kernel %s', (kernel) => {
  test('any call agrees with the reference', () => {
    property((call) => {
      const criterion = createCrossEntropy({ ...call.options, kernel });
      expectPrecise(call, criterion.lossAndGradient(call.logits, call.target));
      criterion.dispose();
    });
  });

  test('forward, in place and in a window of a larger buffer: the same bits', () => {
    property(({ logits, target, options }) => {
      const criterion = createCrossEntropy({ ...options, kernel });
      const apart = criterion.lossAndGradient(logits, target);
      const { gradient, ...losses } = apart;
      expect(gradient).toBeInstanceOf(Uint16Array);
      expect(criterion.forward(logits, target)).toEqual(losses);
      const room = new Uint16Array(logits.length + 8).fill(0x7e00);
      const window = room.subarray(3, 3 + logits.length);
      window.set(logits);
      expect(criterion.lossAndGradient(window, target, { out: window })).toEqual(apart);
      expect([...room.subarray(0, 3), ...room.subarray(3 + logits.length)]).toEqual(Array(8).fill(0x7e00));
      criterion.dispose();
    });
  });

  test('all 65,536 of them are the numbers that core knows, and gradients are rounded as core does', () => {
    // Each beside a 0; gradients of all magnitudes, from those that vanish to those that are too large.
    const half = Uint16Array.from({ length: 2 * 65_536 }, (_, i) => (i % 2 === 0 ? i / 2 : 0));
    const single = new Float32Array(half.length);
    decodeFloat16(half, single);
    const labels = Int32Array.from({ length: 65_536 }, (_, row) => row % 2);
    const upstream = Float64Array.from(labels, (_, row) => 1.1 * 2 ** ((row % 53) - 30));
    const options = { classes: 2, labelSmoothing: 0.1, input: 'logits', reduction: 'none', kernel } as const;
    const { gradient, ...losses } = createCrossEntropy(options).lossAndGradient(half, labels, { upstream });
    const { gradient: exact, ...expected } = createCrossEntropy(options).lossAndGradient(single, labels, { upstream });
    expect(losses).toEqual(expected);
    const nearest = new Uint16Array(half.length);
    encodeFloat16(exact, nearest);
    const isNaNBits = (bits: number): boolean => (bits & 0x7fff) > 0x7c00;
    expect(gradient.filter((bits, i) => bits !== nearest[i] && !(isNaNBits(bits) && Number.isNaN(exact[i])))).toEqual(
      new Uint16Array(),
    );
    expect(new Set(gradient.map((bits) => bits & 0x7c00)).size).toBe(32);
  });

  test('many rows, more than are converted at one time', () => {
    const [rows, classes] = [700, 101];
    const logits = Uint16Array.from({ length: rows * classes }, (_, i) => toFloat16(4 * Math.sin(i * i)));
    const labels = Int32Array.from({ length: rows }, (_, row) => (row % 7 === 0 ? -100 : row % classes));
    const options = { classes, labelSmoothing: 0.1 };
    const actual = createCrossEntropy({ ...options, kernel }).lossAndGradient(logits, labels);
    expectPrecise({ logits, target: labels, options, rows, classes }, actual);
  });
});

test('the one-call form takes float16 too', () => {
  const logits = bitsOf([2, 1, 0, 0, 0, 3]);
  const { loss, gradient } = crossEntropy(logits, [0, 2], { classes: 3, labelSmoothing: 0.1, gradient: true });
  expectTypeOf(gradient).toEqualTypeOf<Uint16Array>();
  expect(loss.toFixed(4)).toBe('0.4013');
  expect(Array.from(gradient, (g) => fromFloat16(g).toFixed(3))).toEqual([
    '-0.134',
    '0.106',
    '0.028',
    '0.006',
    '0.006',
    '-0.012',
  ]);
});

test('a Uint16Array is labels where it is a target, and bits where it is logits', () => {
  const criterion = createCrossEntropy({ classes: 3 });
  const logits = bitsOf([2, 1, 0, 0, 0, 3]);
  expect(criterion.forward(logits, Uint16Array.of(0, 2))).toEqual(criterion.forward(logits, [0, 2]));
  expect(() => criterion.forward(logits, new Uint16Array(6))).toThrow(code('LS_SHAPE', 'target'));
  const result = criterion.lossAndGradient(logits, [0, 2]);
  expectTypeOf(result).toEqualTypeOf<LossAndGradient<Uint16Array, number>>();
});

test('the types know the engine’s own Float16Array where their library does', () => {
  type Gradient = GradientOf<Float16Array>;
  expectTypeOf<Gradient>().toEqualTypeOf<Float16Array>();
  expectTypeOf<GradientOf<Float16Array | Float64Array>>().toEqualTypeOf<Float16Array | Float64Array>();
  expectTypeOf<Float16Array>().toExtend<TargetArray>();
  expectTypeOf<Int16Array>().not.toExtend<AnyLogitsArray>();
});

test('what is no array of floating-point numbers', () => {
  const criterion = createCrossEntropy({ classes: 3 });
  for (const logits of [new Int16Array(6), new Uint8Array(6), new Uint32Array(6), new BigUint64Array(6), [1, 2, 3]]) {
    expect(() => criterion.forward(logits as never, [0, 2])).toThrow(code('LS_DTYPE', 'logits'));
  }
  const logits = new Uint16Array(3);
  expect(() => criterion.lossAndGradient(logits, [0], { out: new Float32Array(3) as never })).toThrow(
    code('LS_OUT', 'a Uint16Array as the logits are'),
  );
  structuredClone(logits, { transfer: [logits.buffer] });
  expect(() => criterion.forward(logits, [])).toThrow(code('LS_DETACHED', 'logits'));
});

test.skipIf(typeof Float16Array === 'undefined')('the engine’s own Float16Array is as good as its bits', () => {
  const native = (bits: Uint16Array): Float16Array => new Float16Array(bits.buffer, bits.byteOffset, bits.length);
  property(({ logits, target, options }) => {
    const criterion = createCrossEntropy(options);
    const dense = target instanceof Int32Array ? target : native(bitsOf(target));
    const { gradient, ...losses } = criterion.lossAndGradient(native(logits), dense);
    const bits = criterion.lossAndGradient(logits, dense);
    expect({ ...losses, gradient: new Uint16Array(gradient.buffer) }).toEqual(bits);
    const out = native(logits.slice());
    expect(criterion.lossAndGradient(native(logits), dense, { out }).gradient).toBe(out);
    expect(gradient).toBeInstanceOf(Float16Array);
    criterion.dispose();
  });
});
