import { createCrossEntropy } from '@label-smoothing/onnxruntime/node';
import { createCrossEntropy as createOnWeb } from '@label-smoothing/onnxruntime/web';
import { expect, test } from 'vitest';

const smoothed = { classes: 3, labelSmoothing: 0.1, gradient: true } as const;
const logits = Float32Array.of(2, 1, 0, 0, 0, 3);
const refused = (message: RegExp) => ({ code: 'LS_RUNTIME', message: expect.stringMatching(message) });

const providerOf = async (options: Partial<Parameters<typeof createCrossEntropy>[0]>): Promise<string> => {
  const criterion = await createCrossEntropy({ ...smoothed, ...options });
  const { loss } = await criterion.run(logits, [0, 2]);
  expect(loss).toBeCloseTo(0.401264, 5);
  await criterion.release();
  return criterion.executionProvider;
};

test('a provider that does not exist', async () => {
  await expect(providerOf({ executionProviders: ['nope'] })).rejects.toMatchObject(
    refused(/nope .*has no such provider/),
  );
});

test('a fallback only where the caller listed one, and visible', async () => {
  expect(await providerOf({ executionProviders: ['nope', { name: 'cpu' }] })).toBe('cpu');
});

test('every provider that was tried says why not', async () => {
  const message = /nope \(.*; neither \(/;
  await expect(providerOf({ executionProviders: ['nope', 'neither'] })).rejects.toMatchObject(refused(message));
});

test('a page has another default', async () => {
  const criterion = await createOnWeb(smoothed);
  expect(criterion.executionProvider).toBe('wasm');
  const { loss, gradient } = await criterion.run(logits, [0, 2]);
  expect(loss).toBeCloseTo(0.401264, 5);
  expect(gradient).toBeInstanceOf(Float32Array);
  await criterion.release();
});

test('a provider whose library is missing says what to do; where it is there, it runs', async () => {
  const outcome = await providerOf({ executionProviders: ['cuda'] }).catch((error: unknown) => error);
  if (outcome !== 'cuda') expect(outcome).toMatchObject(refused(/cuda \(.*; (its library is missing|this build)/));
});
