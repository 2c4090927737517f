import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { binaryCrossEntropy, crossEntropy } from '@label-smoothing/typed-array';
import { createBackend } from '@label-smoothing/typed-array/backend';
import { afterAll, expect, test } from 'vitest';
import { vectorSuite } from '../../core/test/vector-suite.js';
import { kernels } from './kernels.js';
import { expectPrecise, keepVerdicts, type Verdict } from './verdict.js';

await vectorSuite('typed-array', { crossEntropy, binaryCrossEntropy });

test('the backend says the version of its package', () => {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  expect(createBackend().version).toBe((JSON.parse(manifest) as { version: string }).version);
});

const verdicts: Verdict[] = [];

test.each(kernels)('the kit finds kernel %s conformant at level precise', async (kernel) => {
  verdicts.push(await expectPrecise(kernel));
});

afterAll(async () => {
  const [major] = process.versions.node.split('.');
  const root = `${import.meta.dirname}/../../..`;
  await keepVerdicts(`node-${major}`, verdicts, (path, text) => writeFile(`${root}/${path}`, text));
});
