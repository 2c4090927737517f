import { wrongValue } from '../errors.js';
import { readVectorIndex } from '../vectors.js';
import { type Baseline, type KnownFailures, readBaseline } from './baseline.js';
import type { Level } from './budgets.js';
import { type AnswerCase, failed, passed } from './case.js';
import { type CaseFilter, loadCases } from './cases/index.js';
import type { BackendV1, CreateBackend, LossResult } from './contract.js';
import { checkDevice, checkTrivialCase, openBackend } from './preflight.js';
import { type CaseResult, type Report, summarise } from './report.js';
import { judged, resultOf, runCase, scored } from './run-case.js';
import { specVersion } from './spec-version.js';

/** How to run the kit. */
export interface RunOptions extends CaseFilter {
  /** Passed to `createBackend`. */
  readonly options?: Readonly<Record<string, string>> | undefined;
  /** Failures that are excused, each with its reason; an entry that excuses nothing fails the run. */
  readonly knownFailures?: KnownFailures | undefined;
  /** The device that work must really run on. */
  readonly requireDevice?: string | undefined;
  /** Which level decides; 'standard'. The report has both. */
  readonly level?: Level | undefined;
  /** Milliseconds a single call may take; 10000. */
  readonly timeLimit?: number | undefined;
  /** Called after each case, for progress. */
  readonly onResult?: ((result: CaseResult, done: number, total: number) => void) | undefined;
}

/**
 * Runs the kit on a backend and returns the verdict, case by case.
 *
 * Formula: a case passes at a level where every output is within that level's budget, in ULP at scale.
 *
 * @param createBackend - what the backend's module exports. @param options - see {@link RunOptions}.
 * @returns the report; `report.conformant` is the verdict against the baseline at the level that decides.
 * @throws LS_CONTRACT where the backend cannot be run at all (factory, contract version, manifest, device, trivial case),
 * where no case is selected, and for a baseline without reasons.
 *
 * Numerical note: budgets and scales are docs/tolerances.md; there is no option to loosen them.
 *
 * @example
 * ```ts
 * import { createBackend } from '@label-smoothing/core/backend';
 * import { runConformance } from '@label-smoothing/core/conformance';
 * const report = await runConformance(createBackend, { filter: 'loss/float64/near-one-hot#*', level: 'precise' });
 * console.log(report.conformant, report.counts.fail); // true 0
 * ```
 * Source: docs/conformance.md.
 */
export async function runConformance(createBackend: CreateBackend, options: RunOptions = {}): Promise<Report> {
  const { level = 'standard', timeLimit = 10_000, requireDevice, onResult } = options;
  const baseline = readBaseline(options.knownFailures ?? {});
  const cases = await loadCases(options);
  aSelection(cases.length, options);
  const open = (): Promise<BackendV1> => openBackend(createBackend, options.options ?? {}, timeLimit);
  const backend = await open();
  try {
    checkDevice(backend, requireDevice);
    await checkTrivialCase(backend, timeLimit);
    const results: CaseResult[] = [];
    for (const one of cases) {
      const result = await runCase(one, backend, open, { level, timeLimit, baseline });
      results.push(result);
      onResult?.(result, results.length, cases.length);
    }
    return await makeReport(backend, results, level, options, baseline);
  } finally {
    await backend.dispose?.();
  }
}

/** Judges answers that were computed elsewhere: what `--verify` does. */
export async function judgeAnswers(
  backend: BackendV1,
  answerOf: (
    one: AnswerCase,
  ) => readonly LossResult[] | { readonly status: 'error' | 'unsupported'; readonly detail: string },
  options: RunOptions = {},
): Promise<Report> {
  const { level = 'standard' } = options;
  const baseline = readBaseline(options.knownFailures ?? {});
  const cases = (await loadCases(options)).filter((one) => one.kind === 'answers');
  aSelection(cases.length, options);
  const results = cases.map((one): CaseResult => {
    const answer = answerOf(one);
    if ('status' in answer) {
      if (answer.status === 'unsupported') return resultOf(one, 'unsupported', passed, answer.detail);
      return scored(one, failed(answer.detail), level, baseline);
    }
    return scored(one, judged(one, one.requests(), answer, backend), level, baseline);
  });
  return makeReport(backend, results, level, options, baseline);
}

async function makeReport(
  { name, version, device, supports }: BackendV1,
  results: readonly CaseResult[],
  level: Level,
  { tier = 'full', filter = '*' }: RunOptions,
  baseline: Baseline,
): Promise<Report> {
  const index = await readVectorIndex();
  const failing = results.filter(({ status }) => status === 'known-failure').map(({ id }) => id);
  return summarise({
    contract: 1,
    spec: specVersion,
    vectors: { version: index.version, sha256: index.sha256 },
    runtime: runtimeName(),
    backend: { name, version, device, supports },
    level,
    tier,
    filter,
    results,
    stale: baseline.stale(failing),
  });
}

function aSelection(count: number, { filter = '*', tier = 'full' }: CaseFilter): void {
  if (count === 0) wrongValue('LS_CONTRACT', 'filter', `a pattern that selects a case of tier ${tier}`, filter);
}

function runtimeName(): string {
  const { process, navigator } = globalThis as {
    process?: { version?: string; platform?: string };
    navigator?: { userAgent?: string };
  };
  return process?.version === undefined
    ? (navigator?.userAgent ?? 'unknown')
    : `Node ${process.version} ${process.platform}`;
}
