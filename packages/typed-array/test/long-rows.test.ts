import type { CrossEntropyOptions } from '@label-smoothing/core';
import { createCrossEntropy } from '@label-smoothing/typed-array';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expectPrecise } from './agreement.js';
import { type RandomCall, seeded } from './arbitrary.js';
import { kernels } from './kernels.js';

const numRuns = Number(process.env['PROPERTY_RUNS'] ?? 150);

/** What a stretch of a row's logits can be, from a uniform and a normal number. */
const regimes: Readonly<Record<string, (u: number, normal: number) => number>> = {
  near: (_, normal) => normal,
  masked: (u, normal) => (u < 0.1 ? -Infinity : normal),
  wide: (_, normal) => 30 * normal,
  low: (_, normal) => normal - 43,
  shifted: (_, normal) => 1000 + normal,
  below: (u, normal) => (u < 0.5 ? -1e9 : normal - 100),
  gone: () => -Infinity,
  huge: (u, normal) => (u < 0.5 ? normal * 1e38 : normal),
  broken: (u, normal) => (u < 0.005 ? Number.NaN : normal),
};

/** Each seed its own numbers. */
function generator(seed: number): { uniform(): number; normal(): number } {
  let state = seed;
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
  const normal = (): number => Math.sqrt(-2 * Math.log(uniform() + 2 ** -33)) * Math.cos(2 * Math.PI * uniform());
  return { uniform, normal };
}

const name = fc.constantFrom(...Object.keys(regimes));
/** Around a block of 256 and a chunk of 16384, whose sums are formed apart. */
const stretch = fc.tuple(name, fc.constantFrom(1, 30, 64, 255, 256, 257, 300));
const stretches: fc.Arbitrary<(readonly [string, number])[]> = fc.oneof(
  { weight: 12, arbitrary: fc.array(stretch, { minLength: 1, maxLength: 6 }) },
  { weight: 1, arbitrary: fc.tuple(fc.tuple(name, fc.constantFrom(16128, 16384)), stretch, stretch) },
);

const options = fc.record({
  labelSmoothing: fc.constantFrom(0, 1e-20, 0.1, 0.1, 0.7),
  smoothingMode: fc.constantFrom('uniform', 'uniform', 'others', 'prior'),
  weighted: fc.constantFrom(false, false, true),
  weightMode: fc.constantFrom('perClass', 'target', 'expected'),
  maskedLogits: fc.constantFrom('exclude', 'exclude', 'propagate'),
  zLoss: fc.constantFrom(0, 0, 1e-4),
  subtractEntropy: fc.constantFrom(false, false, false, true),
  dense: fc.constantFrom(false, false, true),
  /** The label's logit is small, and may be the largest: a loss in which the largest exponential must drown no other. */
  peaked: fc.boolean(),
} as const);

type Drawn = { readonly weighted: boolean; readonly dense: boolean; readonly peaked: boolean } & CrossEntropyOptions;

function callOf(regimesOf: readonly string[], rows: number, seed: number, drawn: Drawn): RandomCall {
  const { weighted, dense, peaked, ...rest } = drawn;
  const { uniform, normal } = generator(seed);
  const classes = regimesOf.length;
  const each = (count: number, draw: () => number): number[] => Array.from({ length: count }, draw);
  const logits = Float32Array.from(
    each(rows, () => 0).flatMap(() => regimesOf.map((n) => regimes[n]?.(uniform(), normal()) ?? 0)),
  );
  const prior = rest.smoothingMode === 'prior' ? each(classes, () => 0.1 + uniform()) : null;
  const total = prior?.reduce((a, b) => a + b, 0) ?? 1;
  // Never a mass of 0 beside a z-loss, as in arbitrary.ts.
  const none = rest.zLoss === 0 ? 0.1 : 0;
  const weight = weighted ? each(classes, () => (uniform() < none ? 0 : 0.1 + uniform())) : null;
  const target = dense
    ? Float32Array.from(each(rows * classes, () => (peaked || uniform() < 0.5 ? 0 : uniform())))
    : Int32Array.from(each(rows, () => Math.floor(uniform() * classes)));
  for (let row = 0; peaked && row < rows; row++) {
    const at = row * classes + (dense ? Math.floor(uniform() * classes) : (target[row] as number));
    logits[at] = 0.25;
    if (dense) target[at] = 1;
  }
  const options = { ...rest, prior: prior?.map((u) => u / total) ?? null, weight, classes, reduction: 'none' } as const;
  return { logits, target, options, rows, classes };
}

const call: fc.Arbitrary<RandomCall> = fc
  .record({ stretches, options, seed: fc.nat(), rows: fc.integer({ min: 1, max: 2 }) })
  .map(({ stretches, options, seed, rows }) =>
    callOf(
      stretches.flatMap(([regime, length]) => Array<string>(length).fill(regime)),
      rows,
      seed,
      options,
    ),
  );

describe.each(kernels.filter((kernel) => kernel !== 'js'))('long rows of kernel %s', (kernel) => {
  test('agree with the reference, whatever follows what', () => {
    fc.assert(
      fc.property(call, (drawn) => {
        const criterion = createCrossEntropy({ ...drawn.options, kernel });
        const { logits, target } = drawn;
        const apart = criterion.lossAndGradient(logits, target);
        expectPrecise(drawn, apart);
        const { gradient: _, ...losses } = apart;
        expect(criterion.forward(logits, target)).toEqual(losses);
        const copy = logits.slice();
        expect(criterion.lossAndGradient(copy, target, { out: copy })).toEqual(apart);
        // Without a copy, of dense targets neither.
        const own = [logits, target].map((array) => criterion.alloc(array.length).fill(0)) as [
          Float32Array,
          Float32Array,
        ];
        own[0].set(logits);
        own[1].set(target);
        const ownTarget = target instanceof Int32Array ? target : own[1];
        expect(criterion.lossAndGradient(own[0], ownTarget, { out: own[0] })).toEqual(apart);
        criterion.dispose();
      }),
      { ...seeded, numRuns },
    );
  });
});
