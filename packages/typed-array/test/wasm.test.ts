import { readFileSync } from 'node:fs';
import { createCrossEntropy } from '@label-smoothing/typed-array';
import binaryen from 'assemblyscript/binaryen';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { entries, generate } from '../assembly/build.mjs';
import { fastest, kernels } from './kernels.js';

const code = (expected: string, message = ''): unknown =>
  expect.objectContaining({ code: expected, message: expect.stringContaining(message) });

describe.each(Object.entries(entries) as [keyof typeof entries, string][])('embedded: %s', (entry, file) => {
  const text = readFileSync(new URL(`../src/${file}`, import.meta.url), 'utf8');

  test('is what its sources compile to', async () => {
    expect(await generate(entry)).toBe(text);
  });

  test('has at most 20 KB a build', () => {
    const sizes = Array.from(text.matchAll(/\/\*\* (\d+) bytes/g), ([, size]) => Number(size));
    expect(sizes).toHaveLength(2);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(20_000);
  });
});

test('the module that tells whether a multiply-add rounds once is what stands above it', () => {
  const source = readFileSync(new URL('../src/wasm.ts', import.meta.url), 'utf8');
  const [, wat = '', text = ''] = /```wat\n(.*?)```.*?'(.*?)'/s.exec(source) ?? [];
  const module = binaryen.parseText(wat.replaceAll(' * ', ''));
  module.setFeatures(binaryen.Features.All);
  expect(Buffer.from(module.emitBinary()).toString('base64')).toBe(text);
});

describe('the text of a build', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  test('is decoded where there is no Buffer', async () => {
    vi.resetModules();
    vi.stubGlobal('Buffer', undefined);
    const { bestWasm } = await import('../src/wasm.js');
    expect(bestWasm()).toBe(fastest);
  });
});

describe('the choice', () => {
  test('is said by the criterion', () => {
    for (const kernel of kernels) expect(createCrossEntropy({ classes: 2, kernel }).kernel).toBe(kernel);
    expect(fastest).toBe('relaxed-simd');
  });

  test('of what is no kernel is an error', () => {
    expect(() => createCrossEntropy({ classes: 2, kernel: 'avx' as 'js' })).toThrow(code('LS_OPTION', 'kernel'));
  });
});

describe.each(kernels)('arrays of kernel %s', (kernel) => {
  test('are zeros, and valid after later ones and later calls', () => {
    const criterion = createCrossEntropy({ classes: 3, kernel });
    const first = criterion.alloc(6);
    expect([...first]).toEqual([0, 0, 0, 0, 0, 0]);
    first.set([1, 2, 3, 4, 5, 6]);
    const others = [1, 7, 3_000_000, 0].map((length) => criterion.alloc(length));
    expect(others.map(({ length }) => length)).toEqual([1, 7, 3_000_000, 0]);
    criterion.lossAndGradient(new Float32Array(300_000), new Int32Array(100_000));
    for (const array of others) array.fill(-1);
    expect([...first]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('of two criterions, and of one twice, are apart', () => {
    const [one, two] = [createCrossEntropy({ classes: 3, kernel }), createCrossEntropy({ classes: 3, kernel })];
    const arrays = [one.alloc(9), one.alloc(9), two.alloc(9), two.alloc(9)];
    arrays.forEach((array, i) => array.fill(i + 1));
    arrays.forEach((array, i) => expect([...array]).toEqual(Array(9).fill(i + 1)));
    // The other's array is as good as any.
    const expected = one.lossAndGradient(Float32Array.from(arrays[2] as Float32Array), [0, 1, 2]);
    expect(one.lossAndGradient(arrays[2] as Float32Array, [0, 1, 2])).toEqual(expected);
  });

  test.runIf(kernel !== 'js')('share a memory: logits, a gradient and dense targets of one batch', () => {
    const { alloc, dispose } = createCrossEntropy({ classes: 3, kernel });
    const [first, ...others] = [600_000, 600_000, 600_000].map(alloc);
    for (const { buffer } of others) expect(buffer).toBe(first?.buffer);
    dispose();
  });

  test('whose length makes no sense', () => {
    const { alloc } = createCrossEntropy({ classes: 3, kernel });
    for (const length of [-1, 0.5, Number.NaN]) expect(() => alloc(length)).toThrow(code('LS_SHAPE', 'length'));
  });

  test('are no longer to be had after dispose', () => {
    const criterion = createCrossEntropy({ classes: 3, kernel });
    const logits = criterion.alloc(3).fill(2);
    criterion.dispose();
    criterion.dispose();
    expect([...logits]).toEqual([2, 2, 2]);
    expect(() => criterion.forward(logits, [0])).toThrow(code('LS_DISPOSED'));
    expect(() => criterion.lossAndGradient(logits, [0])).toThrow(code('LS_DISPOSED'));
    expect(() => criterion.alloc(3)).toThrow(code('LS_DISPOSED'));
  });
});

describe.each(kernels.filter((kernel) => kernel !== 'js'))('the memory of kernel %s', (kernel) => {
  test('has an end', () => {
    expect(() => createCrossEntropy({ classes: 3, kernel }).alloc(2 ** 31)).toThrow(code('LS_MEMORY', 'length: '));
  });

  test('does not grow with the number of rows', () => {
    const criterion = createCrossEntropy({ classes: 1000, labelSmoothing: 0.1, kernel });
    const logits = new Float32Array(2_000_000);
    const labels = new Int32Array(2000);
    criterion.lossAndGradient(logits, labels, { out: logits });
    const before = process.memoryUsage().arrayBuffers;
    criterion.lossAndGradient(logits, labels, { out: logits });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * labels.length);
  });

  test('takes hundreds of criterions', () => {
    const criterions = Array.from({ length: 300 }, () => createCrossEntropy({ classes: 2, kernel }));
    const losses = criterions.map((criterion) => criterion.forward(Float32Array.of(1, -1), [0]).loss);
    expect(new Set(losses).size).toBe(1);
  });
});
