import { readVectorIndex } from '../vectors.js';
import { version } from '../version.js';
import { type Baseline, type KnownFailures, readBaseline } from './baseline.js';
import type { Arithmetic, Level } from './budgets.js';
import { type AnswerCase, type Case, type CaseInfo, failed, type Open, passed } from './case.js';
import { type CaseFilter, loadCases, selectCases } from './cases/index.js';
import type { Awaitable, BackendV1, CreateBackend, LossRequest, LossResult } from './contract.js';
import { checkDevice, checkTrivialCase, openBackend } from './preflight.js';
import { type CaseResult, type Report, type ReportedBackend, summarise } from './report.js';
import { judged, resultOf, runCase, scored } from './run-case.js';
import { specVersion } from './spec-version.js';
import { timedCalls, withTimeLimit } from './time-limit.js';

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
  /** Called before each case and awaited, so that a watcher knows where a backend got stuck. */
  readonly onCase?: ((info: CaseInfo, done: number, total: number) => Awaitable<void>) | undefined;
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
  const { level = 'standard', timeLimit = 10_000, requireDevice, onCase, onResult } = options;
  const baseline = readBaseline(options.knownFailures ?? {});
  const { selected, others } = selectCases(await loadCases(), options);
  const open = opener(createBackend, options.options ?? {}, timeLimit);
  const backend = await open();
  try {
    checkDevice(backend, requireDevice);
    await checkTrivialCase(backend, timeLimit);
    const timed = timedCalls(timeLimit);
    const results: CaseResult[] = [];
    for (const one of selected) {
      await onCase?.(one, results.length, selected.length);
      const result = await runCase(one, backend, open, { level, timed, baseline });
      results.push(result);
      onResult?.(result, results.length, selected.length);
    }
    return await makeReport('backend', reported(backend), results, options, baseline, others);
  } finally {
    await disposeOf(backend, timeLimit);
  }
}

/** Backends as a caller asked for them. */
export function opener(createBackend: CreateBackend, options: Readonly<Record<string, string>>, limit: number): Open {
  return (change = (same) => same) => openBackend(createBackend, change(options), limit);
}

/** Lets go of a backend. What is wrong with `dispose` is for its own case to say: the other verdicts stand. */
export async function disposeOf(backend: BackendV1, limit: number): Promise<void> {
  await withTimeLimit(() => backend.dispose?.(), limit, 'dispose').catch(() => {});
}

/** What is said in place of an answer: the computation failed, or was not one that its maker supports. */
export interface NoAnswer {
  readonly status: 'error' | 'unsupported';
  readonly detail: string;
}

/** Who computed answers elsewhere. */
export interface AnswersSource {
  readonly name: string;
  readonly version: string;
  readonly device: string;
  readonly arithmetic: Arithmetic;
}

/** Judges answers that were computed elsewhere; live cases, which need a backend, are left out. */
export async function judgeAnswers(
  { name, version, device, arithmetic }: AnswersSource,
  answersTo: (requests: readonly LossRequest[], one: AnswerCase) => readonly LossResult[] | NoAnswer,
  options: RunOptions = {},
): Promise<Report> {
  const { level = 'standard' } = options;
  const baseline = readBaseline(options.knownFailures ?? {});
  const { selected, others } = selectCases(answerable(await loadCases()), options);
  const results = selected.map((one): CaseResult => {
    const requests = one.requests();
    const answers = answersTo(requests, one);
    if (!('status' in answers)) return scored(one, judged(one, requests, answers, arithmetic), level, baseline);
    const { status, detail } = answers;
    if (status === 'unsupported') return resultOf(one, 'unsupported', passed, detail);
    return scored(one, failed(detail), level, baseline);
  });
  const source = { name, version, device, arithmetic, supports: null };
  return makeReport('answers', source, results, options, baseline, others);
}

/** The cases that answers alone decide. */
export function answerable(cases: readonly Case[]): readonly AnswerCase[] {
  return cases.filter((one) => one.kind === 'answers');
}

function reported({ name, version, device, supports }: BackendV1): ReportedBackend {
  return { name, version, device, arithmetic: supports.arithmetic, supports };
}

async function makeReport(
  source: Report['source'],
  backend: ReportedBackend,
  results: readonly CaseResult[],
  { level = 'standard', tier = 'full', filter = '*' }: RunOptions,
  baseline: Baseline,
  others: readonly string[],
): Promise<Report> {
  const { version: vectors, sha256 } = await readVectorIndex();
  const failing = results.filter(({ status }) => status === 'known-failure').map(({ id }) => id);
  return summarise({
    contract: 1,
    spec: specVersion,
    vectors: { version: vectors, sha256 },
    kit: version,
    runtime: runtimeName(),
    source,
    backend,
    level,
    tier,
    filter,
    results,
    stale: baseline.stale(failing, others),
  });
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
