import { readFileSync } from 'node:fs';
import { runConformance } from '@label-smoothing/core/conformance';
import { binaryCrossEntropy, crossEntropy } from '@label-smoothing/typed-array';
import { createBackend } from '@label-smoothing/typed-array/backend';
import { expect, test } from 'vitest';
import { vectorSuite } from '../../core/test/vector-suite.js';
import { kernels } from './kernels.js';

await vectorSuite('typed-array', { crossEntropy, binaryCrossEntropy });

test('the backend says the version of its package', () => {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  expect(createBackend().version).toBe((JSON.parse(manifest) as { version: string }).version);
});

test.each(kernels)('the kit finds kernel %s conformant at level precise', async (kernel) => {
  const { results } = await runConformance(() => createBackend({ kernel }), { level: 'precise' });
  expect(results.filter(({ status }) => status === 'fail').map(({ id, detail }) => `${id}: ${detail}`)).toEqual([]);
  expect(results.filter(({ status, dtype }) => status === 'unsupported' && dtype !== 'float16')).toEqual([]);
});
