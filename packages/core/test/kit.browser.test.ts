import { createBackend } from '@label-smoothing/core/backend';
import { runConformance } from '@label-smoothing/core/conformance';
import { expect, test } from 'vitest';

test('the kit runs in a page, and the reference is conformant there at level precise', async () => {
  const report = await runConformance(createBackend, { level: 'precise' });
  expect(report.results.filter(({ status }) => status !== 'pass').map(({ id, detail }) => `${id}: ${detail}`)).toEqual(
    [],
  );
  expect(report.runtime).toContain('Chrome');
});
