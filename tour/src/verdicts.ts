import { createBackend as reference } from '@label-smoothing/core/backend';
import { type CreateBackend, type Report, runConformance } from '@label-smoothing/core/conformance';
import { judgedOnnxruntime } from './onnxruntime.js';
import type { Progress } from './progress.js';
import { judgedTypedArray } from './typed-array.js';

/** What the conformance kit says of one backend. */
export interface Verdict {
  readonly name: string;
  /** Where work really ran. */
  readonly device: string;
  readonly tier: 'core' | 'full';
  readonly passed: number;
  readonly failed: number;
  readonly unsupported: number;
  /** How many of the cases that ran are as good as their dtype allows. */
  readonly precise: number;
}

/** Every backend that the kit can be run on. A new one is one more entry; tier core where the full one takes long. */
const judged: readonly (readonly [createBackend: CreateBackend, tier: Verdict['tier']])[] = [
  [reference, 'full'],
  ...judgedTypedArray.map((createBackend) => [createBackend, 'full'] as const),
  ...judgedOnnxruntime.map((createBackend) => [createBackend, 'core'] as const),
];

/** Runs the kit on every backend; `quick` takes tier core. */
export async function judgeBackends(quick: boolean, progress: Progress): Promise<readonly Verdict[]> {
  progress.start('conformance kit', judged.length);
  const verdicts: Verdict[] = [];
  for (const [createBackend, usual] of judged) {
    const tier = quick ? 'core' : usual;
    verdicts.push({ ...verdictOf(await runConformance(createBackend, { tier })), tier });
    progress.step();
  }
  return verdicts;
}

function verdictOf(report: Report): Omit<Verdict, 'tier'> {
  const { backend, counts, results } = report;
  return {
    name: backend.name,
    device: backend.device,
    passed: counts.pass,
    failed: counts.fail + counts.error,
    unsupported: counts.unsupported,
    precise: results.filter(({ status, levels }) => status !== 'unsupported' && levels.precise).length,
  };
}
