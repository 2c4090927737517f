/// <reference lib="es2025.float16" />
import { crossEntropy, fromFloat16, toFloat16 } from '@label-smoothing/core';
import { decodeFloat16, encodeFloat16 } from '@label-smoothing/core/adapter';
import { describe, expect, test } from 'vitest';

const all = Uint16Array.from({ length: 65_536 }, (_, i) => i);
const isNaNBits = (bits: number): boolean => (bits & 0x7fff) > 0x7c00;

describe('arrays of float16', () => {
  const numbers = new Float32Array(all.length);
  decodeFloat16(all, numbers);

  test('decode to the numbers that their bits stand for', () => {
    expect(numbers).toEqual(Float32Array.from(all, fromFloat16));
  });

  test('encode back to their bits', () => {
    const bits = new Uint16Array(all.length);
    encodeFloat16(numbers, bits);
    expect(bits.filter((got, i) => (isNaNBits(i) ? !isNaNBits(got) : got !== i))).toHaveLength(0);
  });

  test('encode what lies between two of them to the nearest, ties to even', () => {
    const finite = all.subarray(0, 0x7c00);
    const between = Float32Array.from(finite, (bits) => {
      const low = fromFloat16(bits);
      return low + (bits === 0x7bff ? 16 : (fromFloat16(bits + 1) - low) / 2);
    });
    const words = new Int32Array(between.buffer);
    for (const step of [-1, 0, 1]) {
      const values = new Float32Array(between.length);
      new Int32Array(values.buffer).set(words.map((word) => word + step));
      const nearest = finite.map((bits) => (step === 0 ? bits + (bits & 1) : bits + (step + 1) / 2));
      for (const [sign, signBit] of [
        [1, 0],
        [-1, 0x8000],
      ] as const) {
        const signed = values.map((value) => sign * value);
        const expected = nearest.map((bits) => bits | signBit);
        const bits = new Uint16Array(signed.length);
        encodeFloat16(signed, bits);
        expect(bits).toEqual(expected);
        expect(Uint16Array.from(signed, toFloat16)).toEqual(expected);
      }
    }
  });

  test('encode the largest numbers, and those near 0', () => {
    const values = [65504, 65519.99, 65520, 65536, 3e38, Infinity, 2 ** -24, 2 ** -25, 2 ** -26, 1e-45, 0, -0];
    const numbers = Float32Array.from([...values, ...values.map((value) => -value)]);
    const bits = new Uint16Array(numbers.length);
    encodeFloat16(numbers, bits);
    expect(bits).toEqual(Uint16Array.from(numbers, toFloat16));
  });
});

test('logits in float16: computed in float64, the gradient rounded once', () => {
  const bits = Uint16Array.from([2, 1, -Infinity, 0.1, 0, 3], toFloat16);
  const options = { classes: 3, labelSmoothing: 0.1, gradient: true } as const;
  const half = crossEntropy(bits, [0, 2], options);
  const exact = crossEntropy(Float64Array.from(bits, fromFloat16), [0, 2], options);
  expect(half).toEqual({ ...exact, gradient: Uint16Array.from(exact.gradient, toFloat16) });
  expect(() => crossEntropy(bits as Uint16Array, new Uint16Array(6), options)).toThrow(
    expect.objectContaining({ code: 'LS_SHAPE' }),
  );
});

test.skipIf(typeof Float16Array === 'undefined')(
  'the engine’s own Float16Array, as logits and as dense targets',
  () => {
    const native = (values: readonly number[]): Float16Array => Float16Array.from(values);
    const options = { classes: 2, labelSmoothing: 0.1, gradient: true } as const;
    const result = crossEntropy(native([1, -1]), native([0.25, 0.75]), options);
    const bits = crossEntropy(Uint16Array.from([1, -1], toFloat16), Float32Array.of(0.25, 0.75), options);
    expect(result.loss).toBe(bits.loss);
    expect(result.gradient).toEqual(Float16Array.from(bits.gradient, fromFloat16));
  },
);
