// In Chromium, where WebGPU runs on SwiftShader: correct there, and not a word about speed.
import { createBackend } from '@label-smoothing/onnxruntime/web/backend';
import { test } from 'vitest';
import { server } from 'vitest/browser';
import { hasGpu } from './page-gpu.js';
import { expectConformant, type Pair, type WriteFile } from './verdict.js';

const write: WriteFile = (path, text) => server.commands.writeFile(`${server.config.root}/${path}`, text);
const timeout = 300_000;

test('onnxruntime-web as WebAssembly', { timeout }, async () => {
  const pair: Pair = { name: 'onnxruntime-web-wasm-chromium', options: { executionProvider: 'wasm' }, tier: 'core' };
  await expectConformant(createBackend, pair, write);
});

test.skipIf(!hasGpu).each([
  { name: 'onnxruntime-web-webgpu-chromium', build: 'native' },
  { name: 'onnxruntime-web-jsep-chromium', build: 'jsep' },
])('onnxruntime-web on WebGPU, $build', { timeout }, async ({ name, build }) => {
  await expectConformant(createBackend, { name, options: { executionProvider: 'webgpu', build }, tier: 'core' }, write);
});
