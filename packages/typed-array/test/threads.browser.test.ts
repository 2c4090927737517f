// In Chromium: threads in a worker of a page that is cross-origin isolated, and what is said everywhere else.
import { crossEntropy } from '@label-smoothing/core';
import { createCrossEntropy } from '@label-smoothing/typed-array';
import { expect, inject, test } from 'vitest';
import { type Answer, batch, classes } from './page-worker.js';

interface PageWorker {
  onmessage: (event: { readonly data: Answer }) => void;
  postMessage(threads: number): void;
  terminate(): void;
}
declare const Worker: new (url: URL, options: { readonly type: 'module' }) => PageWorker;

const isolated = inject('isolated');
const notIsolated = 'threads: expected 1 in a page that is not cross-origin isolated, got 2';

/** What a worker of this page answers. */
async function fromWorker(threads: number): Promise<Answer> {
  const worker = new Worker(new URL('./page-worker.ts', import.meta.url), { type: 'module' });
  const answer = await new Promise<Answer>((resolve) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.postMessage(threads);
  });
  worker.terminate();
  return answer;
}

test('the main thread takes one thread, and says why not more', () => {
  expect(createCrossEntropy({ classes: 3 }).threads).toBe(1);
  const why = isolated ? "threads: expected 1 on a page's main thread, which cannot wait for others" : notIsolated;
  const error = expect.objectContaining({ code: 'LS_THREADS', message: expect.stringContaining(why) });
  expect(() => createCrossEntropy({ classes: 3, threads: 2 })).toThrow(error);
});

test.runIf(isolated)('a worker has threads, and with two of them the bits of one', async () => {
  const [one, two] = [await fromWorker(1), await fromWorker(2)];
  if ('code' in one || 'code' in two) throw new Error(`no answer: ${JSON.stringify([one, two])}`);
  expect([one.threads, two.threads]).toEqual([1, 2]);
  expect(two.loss).toEqual(one.loss);
  expect(two.gradient.every((g, i) => Object.is(g, one.gradient[i]))).toBe(true);
  const { logits, labels } = batch();
  const truth = crossEntropy(logits, labels, { classes, labelSmoothing: 0.1, reduction: 'none' }).loss;
  truth.forEach((loss, row) => {
    expect(two.loss[row]).toBeCloseTo(loss, 5);
  });
});

test.runIf(!isolated)('a worker of a page without isolation says that it is without', async () => {
  expect(await fromWorker(2)).toEqual({ code: 'LS_THREADS', message: notIsolated });
});
