import type { LogitsArray } from '@label-smoothing/core';
import { createCrossEntropy } from '@label-smoothing/typed-array';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expectPrecise } from './agreement.js';
import { type RandomCall, randomCall, seeded } from './arbitrary.js';
import { kernels } from './kernels.js';

const numRuns = Number(process.env['PROPERTY_RUNS'] ?? 2500);
/** The call as one that a WebAssembly kernel computes itself, instead of leaving it to the other. */
function forKernel(call: RandomCall<LogitsArray>): RandomCall<LogitsArray> {
  const { options } = call;
  const logits = call.options.input === 'logits' ? Float32Array.from(call.logits) : spread(call.logits);
  const { target } = call;
  return {
    ...call,
    logits,
    target: target instanceof Float64Array ? Float32Array.from(target) : target,
    options: { ...options, input: 'logits' },
  };
}

/** Probabilities as logits of all sizes. */
const spread = (values: LogitsArray): Float32Array => Float32Array.from(values, (p) => 60 * p - 20);

const property = (check: (call: RandomCall<LogitsArray>) => void): void =>
  fc.assert(fc.property(randomCall.map(forKernel), check), { ...seeded, numRuns });

describe.each(kernels.filter((kernel) => kernel !== 'js'))('kernel %s', (kernel) => {
  test('any call agrees with the reference', () => {
    property((call) => {
      const criterion = createCrossEntropy({ ...call.options, kernel });
      expectPrecise(call, criterion.lossAndGradient(call.logits, call.target));
      criterion.dispose();
    });
  });

  test('forward, in place and without a copy: the same bits', () => {
    property(({ logits, target, options }) => {
      const criterion = createCrossEntropy({ ...options, kernel });
      const apart = criterion.lossAndGradient(logits, target);
      const { gradient: _, ...losses } = apart;
      expect(criterion.forward(logits, target)).toEqual(losses);
      const copy = logits.slice();
      expect(criterion.lossAndGradient<LogitsArray>(copy, target, { out: copy })).toEqual(apart);
      if (!(logits instanceof Float32Array)) return;
      const own = criterion.alloc(logits.length);
      own.set(logits);
      const out = criterion.alloc(logits.length);
      expect(criterion.forward(own, target)).toEqual(losses);
      expect(criterion.lossAndGradient(own, target, { out })).toEqual(apart);
      expect(own).toEqual(logits);
      expect(criterion.lossAndGradient(own, target, { out: own })).toEqual(apart);
    });
  });
});
