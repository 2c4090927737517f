import { type Baseline, type KnownFailures, readBaseline } from './baseline.js';
import type { Level } from './budgets.js';
import type { Case } from './case.js';
import { type CaseFilter, loadCases, selectCases } from './cases/index.js';
import type { CreateBackend } from './contract.js';
import { checkDevice, checkTrivialCase } from './preflight.js';
import { commandFor, failing, reasonOf } from './report/parts.js';
import type { CaseResult } from './report.js';
import { disposeOf, opener } from './run.js';
import { missingFrom, runCase } from './run-case.js';
import { isScored } from './spec-version.js';
import { timedCalls } from './time-limit.js';

/** `test(name, fn)` as node:test, vitest, mocha (`it`) and tape have it. */
export type TestFunction = (name: string, fn: () => Promise<void>) => unknown;

/** What {@link conformanceSuite} registers, and with whom. */
export interface SuiteOptions extends CaseFilter {
  readonly test: TestFunction;
  readonly createBackend: CreateBackend;
  /** Passed to `createBackend`. */
  readonly options?: Readonly<Record<string, string>> | undefined;
  /** Failures that are excused, each with its reason. */
  readonly knownFailures?: KnownFailures | undefined;
  /** The device that work must really run on. */
  readonly requireDevice?: string | undefined;
  /** Which level decides; 'standard'. */
  readonly level?: Level | undefined;
  /** Milliseconds a single call may take; 10000. */
  readonly timeLimit?: number | undefined;
}

/** Runs one test: null where it passes, else what is wrong. */
type Body = () => Promise<string | null>;

/**
 * Registers every case as a test of its own with the test runner that you use, whichever it is.
 *
 * Formula: that of `runConformance`.
 *
 * The vectors are files and the backend may need time to open, so this returns a promise: write
 * `await conformanceSuite({ test, createBackend })` at the top level of an ES module, where every runner waits for it.
 * All tests share one backend and expect to run one after the other; the last one checks the baseline and disposes of it.
 *
 * @param suite - the runner's `test` function and what {@link RunOptions} has too.
 * @returns a promise that is fulfilled when all tests are registered. It rejects with LS_CONTRACT where the backend cannot
 * be run at all, so that this is one failure and not four hundred.
 *
 * Numerical note: budgets and scales are docs/tolerances.md.
 *
 * @example
 * ```ts
 * import { createBackend } from '@label-smoothing/core/backend';
 * import { conformanceSuite } from '@label-smoothing/core/conformance';
 * const names: string[] = []; // Yours: import { test } from 'node:test', from 'vitest' or from 'tape'.
 * await conformanceSuite({ test: (name) => names.push(name), createBackend, filter: 'errors/float32/*' });
 * console.log(names[0]); // errors/float32/label-negative#1
 * ```
 * Source: docs/conformance.md.
 */
export async function conformanceSuite(suite: SuiteOptions): Promise<void> {
  const { test, createBackend, level = 'standard', timeLimit = 10_000 } = suite;
  const baseline = readBaseline(suite.knownFailures ?? {});
  const cases = await loadCases();
  const { selected } = selectCases(cases, suite);
  const open = opener(createBackend, suite.options ?? {}, timeLimit);
  const backend = await open();
  checkDevice(backend, suite.requireDevice);
  await checkTrivialCase(backend, timeLimit);
  const timed = timedCalls(timeLimit);
  const results: CaseResult[] = [];
  for (const one of selected) {
    const missing = missingFrom(one, backend.supports);
    const body: Body = async () => {
      const result = await runCase(one, backend, open, { level, timed, baseline });
      results.push(result);
      return faultOf(result);
    };
    if (missing === null) test(titleOf(one, baseline), runner(body));
    else test(`${one.id} (unsupported: ${missing})`, skipper(missing));
  }
  const last: Body = async () => {
    await disposeOf(backend, timeLimit);
    const stale = staleEntries(baseline, results, cases);
    return stale.length === 0 ? null : `stale baseline entries, which excuse no failing case: ${stale.join(', ')}`;
  };
  test('conformance baseline', runner(last));
}

/** A case's id, and why its failure would be no failure. */
function titleOf(one: Case, baseline: Baseline): string {
  const excuse = baseline.excuseFor(one.id);
  if (excuse !== null) return `${one.id} (known failure: ${excuse.reason})`;
  return isScored(one) ? one.id : `${one.id} (not scored)`;
}

function faultOf(result: CaseResult): string | null {
  const { id, comment, status, spec, bugs } = result;
  if (!failing.includes(status)) return null;
  return [
    `${comment}: ${reasonOf(result)}`,
    `spec ${spec}; catches: ${bugs.join('; ')}`,
    commandFor(id, { source: 'backend' }, {}),
  ].join('\n');
}

function staleEntries(baseline: Baseline, results: readonly CaseResult[], cases: readonly Case[]): readonly string[] {
  // A runner's own filter may have left tests out.
  const ran = new Set(results.map(({ id }) => id));
  const notRun = cases.map(({ id }) => id).filter((id) => !ran.has(id));
  return baseline.stale(
    results.filter(({ status }) => status === 'known-failure').map(({ id }) => id),
    notRun,
  );
}

/** What tape hands to a test. */
interface Tape {
  pass(message: string): void;
  fail(message: string): void;
  end(): void;
}

/**
 * A body as any runner takes it. The parameters are a rest on purpose: mocha would take a function with a parameter for
 * one that calls back.
 */
function runner(body: Body): () => Promise<void> {
  return async (...[context]: readonly unknown[]): Promise<void> => {
    const fault = await body();
    if (isTape(context)) {
      if (fault === null) context.pass('conforms');
      else context.fail(fault);
      context.end();
    } else if (fault !== null) throw new Error(fault);
  };
}

/** A test that is left out in the way of the runner, and visibly: tape drops a `test.skip` without a word. */
function skipper(missing: string): () => Promise<void> {
  return async function (this: unknown, ...[context]: readonly unknown[]): Promise<void> {
    // mocha has `skip` on `this`, the others on what they pass.
    const owner = [context, this].find(canSkip);
    owner?.skip(`unsupported: ${missing}`);
    if (isTape(context)) context.end();
  };
}

function canSkip(value: unknown): value is { skip(why: string): void } {
  return typeof (value as { skip?: unknown } | undefined)?.skip === 'function';
}

function isTape(value: unknown): value is Tape {
  const { end, fail, pass } = (value ?? {}) as Partial<Tape>;
  return typeof end === 'function' && typeof fail === 'function' && typeof pass === 'function';
}
