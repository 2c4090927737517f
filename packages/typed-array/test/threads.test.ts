import { toFloat16 } from '@label-smoothing/core';
import { type CriterionOptions, createCrossEntropy, type GradientCallOptions } from '@label-smoothing/typed-array';
import { describe, expect, test } from 'vitest';
import { kernels } from './kernels.js';

const code = (expected: string, message = ''): unknown =>
  expect.objectContaining({ code: expected, message: expect.stringContaining(message) });

/** Numbers in [−1, 1): the same in each run. */
function* noise(): Generator<number, never> {
  for (let state = 7; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    yield state / 2 ** 31;
  }
}

function logitsOf(length: number, scale = 8): Float32Array {
  const numbers = noise();
  return Float32Array.from({ length }, () => scale * numbers.next().value);
}

const labelsOf = (rows: number, classes: number): Int32Array =>
  Int32Array.from({ length: rows }, (_, i) => i % classes);
const weightsOf = (length: number): number[] => Array.from({ length }, (_, i) => (i % 7 === 3 ? 0 : 1 + (i % 5)));

interface Batch {
  readonly rows: number;
  readonly classes: number;
  readonly logits: Float32Array;
  readonly target: Int32Array | Float32Array;
  readonly options: CriterionOptions;
  readonly call: GradientCallOptions<Float32Array>;
}

/** A batch, of a size that is worth several threads, with something in it that rows may differ by. */
const batches: Readonly<Record<string, (rows: number, classes: number) => Partial<Batch>>> = {
  'labels alone': () => ({}),
  'sample weights': (rows) => ({ call: { sampleWeight: weightsOf(rows) } }),
  'an upstream for each row': (rows) => ({ call: { upstream: weightsOf(rows).map((w) => w - 2) } }),
  'factors beyond the kernel': (rows) => ({ call: { upstream: weightsOf(rows).map((w) => w * (w > 4 ? 1e30 : 1)) } }),
  'ignored rows': (rows, classes) => ({ target: labelsOf(rows, classes).map((y, i) => (i % 3 === 1 ? -100 : y)) }),
  'missing classes': (rows, classes) => ({ logits: logitsOf(rows * classes).map((x) => (x > 6.5 ? -Infinity : x)) }),
  'wide and broken rows': (rows, classes) => ({
    logits: logitsOf(rows * classes).map((x, i) => (i % 997 === 5 ? 90 * x : i % 99991 === 7 ? Number.NaN : x)),
  }),
  'dense targets': (rows, classes) => ({ target: logitsOf(rows * classes).map((x) => Math.abs(x) / (4 * classes)) }),
  'a weight and a prior': (_, classes) => ({
    options: {
      weight: weightsOf(classes).map((w) => w + 1),
      smoothingMode: 'prior',
      prior: Array.from({ length: classes }, (_, k) => (2 * (k + 1)) / (classes * (classes + 1))),
    },
  }),
  'ε per class': (_, classes) => ({ options: { labelSmoothing: weightsOf(classes).map((w) => w / 10) } }),
};

function batchOf(name: string, rows: number, classes: number): Batch {
  const own = (batches[name] as (typeof batches)[string])(rows, classes);
  const logits = own.logits ?? logitsOf(rows * classes);
  const target = own.target ?? labelsOf(rows, classes);
  return { rows, classes, logits, target, call: own.call ?? {}, options: { labelSmoothing: 0.1, ...own.options } };
}

/** Losses and gradient as a string of bits: every way in which a criterion can be given the same batch. */
async function answers({ logits, target, options, call, classes }: Batch, threads: number): Promise<unknown[]> {
  const criterion = createCrossEntropy({ ...options, classes, kernel: 'simd', reduction: 'none', threads });
  await criterion.ready;
  expect(criterion.threads).toBe(threads);
  const { sampleWeight } = call;
  const own = criterion.alloc(logits.length);
  own.set(logits);
  const out = criterion.alloc(logits.length);
  const copy = logits.slice();
  const results = [
    criterion.forward(own, target, { sampleWeight }),
    criterion.lossAndGradient(own, target, { ...call, out }),
    criterion.lossAndGradient(own, target, { ...call, out: own }),
    criterion.lossAndGradient(logits, target, call),
    criterion.lossAndGradient<Float32Array>(copy, target, { ...call, out: copy }),
  ];
  criterion.dispose();
  return results.flatMap(({ loss, nll, sum, ...rest }) => [
    loss,
    nll,
    Float64Array.of(sum),
    'gradient' in rest ? rest.gradient : null,
  ]);
}

const same = (actual: readonly unknown[], expected: readonly unknown[]): boolean =>
  actual.every((value, i) => {
    const [a, b] = [value, expected[i]] as (Float64Array | Float32Array | null)[];
    return a === b || (a?.length === b?.length && a?.every((x, j) => Object.is(x, b?.[j])));
  });

describe.each(Object.keys(batches))('%s', (name) => {
  test.each([
    [9001, 10],
    [70, 1000],
    [3, 33_000],
  ])('[%i, %i]: the same bits on any number of threads', async (rows, classes) => {
    const batch = batchOf(name, rows, classes);
    const expected = await answers(batch, 1);
    for (const threads of [2, 3, 4]) expect(same(await answers(batch, threads), expected)).toBe(true);
  });
});

/** Arrays that come into the kernel's memory as something else: their logits, and the options that say so. */
const layouts: Readonly<
  Record<string, (rows: number, classes: number) => { logits: Float32Array | Uint16Array; options: CriterionOptions }>
> = {
  float16: (rows, classes) => ({
    logits: Uint16Array.from(logitsOf(rows * classes), toFloat16),
    options: { classes },
  }),
  'a class axis that is not the last': (rows, classes) => ({
    logits: logitsOf(rows * classes),
    options: { shape: [1, classes, rows], axis: 1 },
  }),
  'a class mask': (rows, classes) => ({
    logits: logitsOf(rows * classes).map((x, i) => ((i % classes) % 5 === 3 ? Number.NaN : x)),
    options: { classes, classMask: Array.from({ length: classes }, (_, k) => k % 5 !== 3) },
  }),
};

describe.each(Object.keys(layouts))('%s', (name) => {
  test.each([
    [9001, 10],
    [130, 1000],
    [4, 33_000],
  ])('[%i, %i]: the same bits on any number of threads', async (rows, classes) => {
    const { logits, options } = (layouts[name] as (typeof layouts)[string])(rows, classes);
    const labels = labelsOf(rows, classes).map((y, i) => (y % 5 === 3 ? (i % 2 === 0 ? -100 : y - 1) : y));
    const results = async (threads: number): Promise<unknown[]> => {
      const criterion = createCrossEntropy({ ...options, labelSmoothing: 0.1, reduction: 'none', threads });
      await criterion.ready;
      const copy = logits.slice();
      const { loss: forward } = criterion.forward(logits, labels);
      const { loss, nll, gradient } = criterion.lossAndGradient(logits, labels);
      criterion.lossAndGradient(copy, labels, { out: copy });
      criterion.dispose();
      return [forward, loss, nll, gradient, copy];
    };
    const expected = await results(1);
    for (const threads of [2, 3]) expect(same(await results(threads), expected)).toBe(true);
  });
});

test('a K×K prior, a row at a time on each thread', async () => {
  const classes = 40;
  const prior = Float64Array.from({ length: classes ** 2 }, (_, i) => (1 + ((i * 7) % 5)) / 120);
  const batch = batchOf('labels alone', 2000, classes);
  const options = { labelSmoothing: 0.1, smoothingMode: 'prior', prior } as const;
  const expected = await answers({ ...batch, options }, 1);
  expect(same(await answers({ ...batch, options }, 3), expected)).toBe(true);
});

test('calls before the threads run, and labels and dense targets in turn', async () => {
  const { logits, target, classes, rows } = batchOf('labels alone', 200, 1000);
  const one = createCrossEntropy({ classes, labelSmoothing: 0.1 });
  const two = createCrossEntropy({ classes, labelSmoothing: 0.1, threads: 2 });
  const dense = batchOf('dense targets', rows, classes).target;
  for (const y of [target, dense, target, dense]) {
    const [a, b] = [two, one].map((criterion) => criterion.lossAndGradient(logits, y));
    expect(
      same([a?.gradient, Float64Array.of(a?.loss as number)], [b?.gradient, Float64Array.of(b?.loss as number)]),
    ).toBe(true);
    await two.ready;
  }
  two.dispose();
});

test('memory that grows leaves what was handed out as it is', async () => {
  const criterion = createCrossEntropy({ classes: 1000, threads: 2 });
  await criterion.ready;
  const first = criterion.alloc(100_000);
  // Rows with missing classes are finished outside of WebAssembly, through views of the memory.
  first.set(logitsOf(first.length).map((x) => (x > 6.5 ? -Infinity : x)));
  const labels = labelsOf(100, 1000);
  const expected = createCrossEntropy({ classes: 1000 }).lossAndGradient(first.slice(), labels);
  for (let i = 0; i < 5; i++) {
    const later = criterion.alloc(5_000_000);
    expect(later.every((x) => x === 0)).toBe(true);
    later.set(first, later.length - first.length);
    const last = later.subarray(later.length - first.length);
    expect(criterion.lossAndGradient(last, labels, { out: last })).toEqual(expected);
  }
  expect(criterion.lossAndGradient(first, labels)).toEqual(expected);
  criterion.dispose();
  expect(first[0]).toBe(logitsOf(1)[0]);
});

describe('threads', () => {
  test('are counted, the caller’s among them', () => {
    for (const kernel of kernels) expect(createCrossEntropy({ classes: 2, kernel }).threads).toBe(1);
  });

  test.each([0, 1.5, -1, 257, Number.NaN, '2'])('%s is no number of them', (threads) => {
    expect(() => createCrossEntropy({ classes: 2, threads: threads as number })).toThrow(code('LS_OPTION', 'threads'));
  });

  test('are not for the JavaScript kernel', () => {
    expect(() => createCrossEntropy({ classes: 2, kernel: 'js', threads: 2 })).toThrow(code('LS_THREADS', 'threads'));
  });
});
