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
  edge: (u) => 43 + 0.9 * u,
  raised: (_, normal) => 105 + normal,
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
/** Around one and two blocks of 128, whose sums are formed apart. */
const stretch = fc.tuple(name, fc.constantFrom(1, 30, 64, 127, 128, 129, 255, 256, 257, 300));
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
  /** As sample weights: the ends of what a row's factor may be. */
  factor: fc.constantFrom(1, 1, 2 ** -39, 2 ** 59),
  /** The label's logit is small, and may be the largest: a loss in which the largest exponential must drown no other. */
  peaked: fc.boolean(),
} as const);

type Drawn = CrossEntropyOptions & {
  readonly weighted: boolean;
  readonly dense: boolean;
  readonly factor: number;
  readonly peaked: boolean;
};

function callOf(regimesOf: readonly string[], rows: number, seed: number, drawn: Drawn): RandomCall {
  const { weighted, dense, factor, peaked, ...rest } = drawn;
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
  const sampleWeight = Array<number>(rows).fill(factor);
  const own = {
    prior: prior?.map((u) => u / total) ?? null,
    weight,
    sampleWeight,
    classes,
    reduction: 'none',
  } as const;
  return { logits, target, options: { ...rest, ...own }, rows, classes };
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
  test(
    'agree with the reference, whatever follows what',
    () => {
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
    },
    400 * numRuns,
  );
});

describe.each(kernels)('numbers that float32 cannot hold on the way, in kernel %s', (kernel) => {
  const classes = 600;
  const answer = (options: CrossEntropyOptions, logits: Float32Array, target: RandomCall['target']) => {
    const call = { logits, target, options: { ...options, classes, reduction: 'none' as const }, rows: 1, classes };
    const result = createCrossEntropy({ ...call.options, kernel }).lossAndGradient(logits, target);
    expectPrecise(call, result);
    return result.gradient;
  };

  // Exponentials of the first block are relative to 0, the last logit is the row's maximum: the factor between is
  // 2^-39·e^-100 = 2^-183, which times e^43 is normal again.
  test.each(['labels', 'probabilities'])('a factor of the gradient, beside %s', (kind) => {
    const logits = new Float32Array(classes).map((_, k) => (k < 256 ? 43 + k / 512 : k === 599 ? 100 : -Infinity));
    const target = kind === 'labels' ? Int32Array.of(599) : new Float32Array(classes).fill(1, 599);
    const gradient = answer({ labelSmoothing: 0, sampleWeight: [2 ** -39] }, logits, target);
    for (let k = 0; k < 256; k++) expect(gradient[k]! / (2 ** -39 * Math.exp(logits[k]! - 100))).toBeCloseTo(1, 5);
  });

  test('a factor of the gradient, beside a smoothing mass', () => {
    const logits = new Float32Array(classes).map((_, k) => (k < 256 ? 43 : 45));
    const gradient = answer({ labelSmoothing: 0.1, sampleWeight: [2 ** -39] }, logits, Int32Array.of(599));
    const share = 1 / (256 + (classes - 256) * Math.exp(2));
    expect(gradient[0]! * 2 ** 39).toBeCloseTo(share - 0.1 / classes, 9);
  });

  test('a loss that is small by another class than the label, which has the prior', () => {
    const prior = Array.from({ length: classes }, (_, k) => (k === 0 ? 1 - 599e-12 : 1e-12));
    const logits = new Float32Array(classes).map((_, k) => (k === 0 ? 3e-8 : -40));
    answer({ labelSmoothing: 1, smoothingMode: 'prior', prior }, logits, Int32Array.of(599));
  });

  // Beside a class with e^0, others of e^-16 to e^-18 vanish in float32 where they are added one by one.
  test.each([0, 100])('many small exponentials beside a large one, around %d', (shift) => {
    for (const at of [0, 5, 70, 128, 599]) {
      for (const distance of [15.9, 16.2, 16.6, 16.7, 17.33, 18]) {
        const logits = new Float32Array(classes).map((_, k) => (k === at ? shift : shift - distance));
        for (const labelSmoothing of [0, 0.1]) {
          for (const label of [at, 598]) answer({ labelSmoothing }, logits, Int32Array.of(label));
        }
      }
    }
  });

  // Float32 around 1e9 has steps of 64: one sum of it and many others would drift.
  test('one logit far below many that are alike', () => {
    for (const at of [0, 5, 70, 130, 599]) {
      const logits = new Float32Array(classes).map((_, k) => (k === at ? -1e9 : 15.9));
      answer({ labelSmoothing: 0.1 }, logits, Int32Array.of(598));
    }
  });

  test('a sum of targets times logits', () => {
    const logits = new Float32Array(classes).map((_, k) => 1e38 * (k % 3));
    const gradient = answer({ labelSmoothing: 0 }, logits, new Float32Array(classes).fill(1));
    expect(gradient[2]).toBeCloseTo(2, 5);
  });
});
