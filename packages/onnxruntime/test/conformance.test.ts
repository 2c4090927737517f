// WebGPU runs on the software GPU that vitest.config.ts names: correct there, and not a word about speed.
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createBackend as onNode } from '@label-smoothing/onnxruntime/node/backend';
import { createBackend as onWeb } from '@label-smoothing/onnxruntime/web/backend';
import { expect, test } from 'vitest';
import { hasGpu } from './gpu.js';
import { expectConformant, type WriteFile } from './verdict.js';

const root = `${import.meta.dirname}/../../..`;
const write: WriteFile = (path, text) => writeFile(`${root}/${path}`, text);
const timeout = 300_000;

test('onnxruntime-node on the CPU', { timeout }, async () => {
  const pair = { name: 'onnxruntime-node-cpu', options: { executionProvider: 'cpu' }, tier: 'full' } as const;
  await expectConformant(onNode, pair, write);
});

test.skipIf(!hasGpu)('onnxruntime-node on WebGPU', { timeout }, async () => {
  const pair = { name: 'onnxruntime-node-webgpu', options: { executionProvider: 'webgpu' }, tier: 'core' } as const;
  await expectConformant(onNode, pair, write);
});

test('onnxruntime-web as WebAssembly in Node', { timeout }, async () => {
  const pair = { name: 'onnxruntime-web-wasm-node', options: { executionProvider: 'wasm' }, tier: 'full' } as const;
  await expectConformant(onWeb, pair, write);
});

test('the backends say the version of their package', async () => {
  const { version } = JSON.parse(readFileSync(`${import.meta.dirname}/../package.json`, 'utf8')) as { version: string };
  for (const createBackend of [onNode, onWeb]) {
    const backend = await createBackend();
    expect(backend.version).toBe(version);
    await backend.dispose?.();
  }
});

test.each([
  ['an option that does not exist', onNode, { provider: 'cpu' }, 'LS_OPTION'],
  ['a build that does not exist', onWeb, { build: 'old' }, 'LS_OPTION'],
  ['a provider that does not exist', onNode, { executionProvider: 'nope' }, 'LS_RUNTIME'],
  ['WebGPU outside a page', onWeb, { executionProvider: 'webgpu' }, 'LS_RUNTIME'],
] as const)('%s', async (_, createBackend, options, code) => {
  await expect(createBackend(options)).rejects.toMatchObject({ code });
});
