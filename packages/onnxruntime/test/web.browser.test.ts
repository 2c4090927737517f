import { runConformance } from '@label-smoothing/core/conformance';
import { createBackend } from '@label-smoothing/onnxruntime/web/backend';
import { expect, test } from 'vitest';

test.each([{ executionProvider: 'wasm' }, { executionProvider: 'webgpu', build: 'native' }])('%o', async (options) => {
  let t = performance.now();
  const log: string[] = [];
  const b = await createBackend(options as never);
  log.push(`create ${performance.now() - t}`);
  await b.dispose?.();
  t = performance.now();
  await runConformance(createBackend, {
    options: options as never,
    tier: 'core',
    timeLimit: 60000,
    filter: 'loss/*ordinary*',
    onResult: (r) => {
      log.push(`${r.id} ${r.status} ${Math.round(performance.now() - t)}`);
      t = performance.now();
    },
  });
  console.log(log.join('\n'));
  expect(1).toBe(1);
});
