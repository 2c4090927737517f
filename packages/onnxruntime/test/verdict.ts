import {
  type CreateBackend,
  formatReport,
  type Report,
  type RunOptions,
  runConformance,
} from '@label-smoothing/core/conformance';
import { expect } from 'vitest';
import webgpu from '../../../docs/reports/onnxruntime-webgpu.known-failures.json' with { type: 'json' };
import { env } from '../../core/test/env.js';

/** One runtime on one device, as its report is named. */
export interface Pair {
  readonly name: string;
  readonly options: Readonly<Record<string, string>>;
  /** 'full' where it takes seconds; WebGPU in software is slow, and the full tier is for its report. */
  readonly tier: NonNullable<RunOptions['tier']>;
}

/** Writes a file of a report; the path begins at the root of the repository. */
export type WriteFile = (path: string, text: string) => Promise<unknown>;

/**
 * What the kit says of a pair. With `VITE_REPORTS=1` the tier is full, and the report goes to docs/reports:
 * `VITE_REPORTS=1 npx vitest run packages/onnxruntime/test/conformance`.
 */
export async function expectConformant(createBackend: CreateBackend, pair: Pair, writeFile: WriteFile): Promise<void> {
  const { name, options, tier } = pair;
  const device = options['executionProvider'] as string;
  const reported = env['VITE_REPORTS'] === '1';
  const report = await runConformance(createBackend, {
    options,
    tier: reported ? 'full' : tier,
    requireDevice: device,
    knownFailures: device === 'webgpu' ? webgpu : {},
    timeLimit: 60_000,
  });
  expect(missesOf(report)).toEqual([]);
  expect(report.counts.pass).toBeGreaterThan(300);
  if (!reported) return;
  await writeFile(`docs/reports/${name}.json`, formatReport(report, 'json'));
  await writeFile(`docs/reports/${name}.md`, formatReport(report, 'markdown'));
}

function missesOf({ results, stale }: Report): readonly string[] {
  const misses = results.filter(({ status }) => ['fail', 'error', 'unexpected-pass'].includes(status));
  return [...misses.map(({ id, status, detail }) => `${id}: ${status} ${detail ?? ''}`), ...stale];
}
