// In Chromium, on a page that is cross-origin isolated and on one that is not.
import type { KernelName } from '@label-smoothing/typed-array';
import { afterAll, expect, inject, test } from 'vitest';
import { server } from 'vitest/browser';
import { expectPrecise, keepVerdicts, type Verdict } from './verdict.js';

const kernels: readonly KernelName[] = ['js', 'simd', 'relaxed-simd'];
const verdicts: Verdict[] = [];

test('the page is what its project says', () => {
  const page = globalThis as unknown as { readonly crossOriginIsolated: boolean };
  expect(page.crossOriginIsolated).toBe(inject('isolated'));
});

test.each(kernels)('the kit finds kernel %s conformant at level precise', async (kernel) => {
  verdicts.push(await expectPrecise(kernel));
});

afterAll(() =>
  keepVerdicts(inject('isolated') ? 'chromium-isolated' : 'chromium', verdicts, (path, text) =>
    server.commands.writeFile(`${server.config.root}/${path}`, text),
  ),
);
