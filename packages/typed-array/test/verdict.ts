import { type Report, runConformance } from '@label-smoothing/core/conformance';
import type { KernelName } from '@label-smoothing/typed-array';
import { createBackend } from '@label-smoothing/typed-array/backend';
import { expect } from 'vitest';
import { env } from '../../core/test/env.js';

/** What a kernel's report comes down to where no case fails: everything but the cases. */
export type Verdict = Omit<Report, 'results'>;

/** Has the kit, in full and at level precise, find nothing wrong with a kernel where this runs. */
export async function expectPrecise(kernel: KernelName): Promise<Verdict> {
  const { results, ...verdict } = await runConformance(createBackend, { level: 'precise', options: { kernel } });
  const missed = results.filter(({ status }) => status !== 'pass' && status !== 'unsupported');
  expect(missed.map(({ id, detail }) => `${id}: ${detail}`)).toEqual([]);
  expect(results.filter(({ status }) => status === 'unsupported')).toEqual([]);
  expect(verdict.backend.name).toBe(`@label-smoothing/typed-array (${kernel})`);
  return verdict;
}

/** With `VITE_REPORTS=1`, leaves what was found in one environment to docs/reports; see CONTRIBUTING.md. */
export async function keepVerdicts(
  environment: string,
  verdicts: readonly Verdict[],
  writeFile: (path: string, text: string) => Promise<unknown>,
): Promise<void> {
  if (env['VITE_REPORTS'] !== '1') return;
  const lines = verdicts.map((verdict) => JSON.stringify(verdict)).join(',\n');
  await writeFile(`docs/reports/typed-array/${environment}.json`, `[\n${lines}\n]\n`);
}
