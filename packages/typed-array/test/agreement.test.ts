import type { LogitsArray } from '@label-smoothing/core';
import { createCrossEntropy, crossEntropy } from '@label-smoothing/typed-array';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { expectPrecise } from './agreement.js';
import { type RandomCall, randomCall, seeded } from './arbitrary.js';

const property = (check: (call: RandomCall<LogitsArray>) => void): void =>
  fc.assert(fc.property(randomCall, check), seeded);

test('any call agrees with the reference', () => {
  property((call) => expectPrecise(call, crossEntropy(call.logits, call.target, { ...call.options, gradient: true })));
});

test('forward says what lossAndGradient says, to the bit', () => {
  property(({ logits, target, options }) => {
    const criterion = createCrossEntropy(options);
    const { gradient, ...rest } = criterion.lossAndGradient(logits, target);
    expect(criterion.forward(logits, target)).toEqual(rest);
    expect(gradient.length).toBe(logits.length);
  });
});

test('a gradient in place is the gradient out of place, to the bit', () => {
  property(({ logits, target, options }) => {
    const criterion = createCrossEntropy(options);
    const apart = criterion.lossAndGradient(logits, target);
    const copy = logits.slice();
    const inPlace = criterion.lossAndGradient(copy, target, { out: copy });
    expect(inPlace.gradient).toBe(copy);
    expect(inPlace).toEqual(apart);
  });
});

/** The same numbers as a window of a larger buffer, and that buffer: NaN before and behind. */
function windowOf(array: LogitsArray): { window: LogitsArray; room: LogitsArray } {
  const length = array.length + 5;
  const room = array instanceof Float32Array ? new Float32Array(length) : new Float64Array(length);
  room.fill(Number.NaN).set(array, 3);
  return { window: room.subarray(3, 3 + array.length), room };
}

test('inputs are read only, and a window of a larger buffer is as good as an array of its own', () => {
  property(({ logits, target, options }) => {
    const { window } = windowOf(logits);
    const out = windowOf(logits);
    const criterion = createCrossEntropy(options);
    const result = criterion.lossAndGradient(window, target, { out: out.window });
    expect(window).toEqual(logits);
    expect(result).toEqual(criterion.lossAndGradient(logits, target));
    const outside = [...out.room.subarray(0, 3), ...out.room.subarray(3 + logits.length)];
    expect(outside.every(Number.isNaN)).toBe(true);
  });
});
