import type { Baseline, Excuse } from './baseline.js';
import type { Arithmetic, Level } from './budgets.js';
import { type AnswerCase, type Case, failed, type Judgement, type Open, passed } from './case.js';
import type { BackendV1, LossRequest, LossResult, Supports } from './contract.js';
import { checkResult } from './define-backend.js';
import type { CaseResult, Status } from './report.js';
import { unsupported } from './request.js';
import { isScored } from './spec-version.js';
import { type TimedCall, TimeLimitExceeded } from './time-limit.js';

/** What a case is decided by. */
export interface Rules {
  readonly level: Level;
  readonly timed: TimedCall;
  readonly baseline: Baseline;
}

/** What a case needs that a manifest does not claim, or null. A case that cannot be made is for {@link runCase} to report. */
export function missingFrom(one: Case, supports: Supports): string | null {
  if (one.kind === 'live') return supports.dtypes.includes(one.dtype) ? null : one.dtype;
  try {
    return firstMissing(one.requests(), supports);
  } catch {
    return null;
  }
}

function firstMissing(requests: readonly LossRequest[], supports: Supports): string | null {
  return requests.map((request) => unsupported(request, supports)).find((need) => need !== null) ?? null;
}

/** Runs one case on a live backend. */
export async function runCase(one: Case, backend: BackendV1, open: Open, rules: Rules): Promise<CaseResult> {
  const missing = missingFrom(one, backend.supports);
  if (missing !== null) return resultOf(one, 'unsupported', passed, missing);
  if (one.kind === 'answers') return runAnswers(one, backend, rules);
  const judgement = await guarded(async () => {
    const fault = await rules.timed(() => one.check(backend, open), one.id);
    return fault === null ? passed : failed(fault);
  });
  return scored(one, judgement, rules.level, rules.baseline);
}

async function runAnswers(one: AnswerCase, backend: BackendV1, rules: Rules): Promise<CaseResult> {
  let judgement: Judgement;
  try {
    const requests = one.requests();
    const results: LossResult[] = [];
    // Only what happens in here is the backend's doing; anything else that throws is a fault of the kit.
    judgement = await guarded(async () => {
      for (const request of requests) {
        const result = await rules.timed(() => backend.computeLoss(request), one.id);
        results.push(checkResult(request, result));
      }
      return passed;
    });
    if (judgement === passed) judgement = judged(one, requests, results, backend.supports.arithmetic);
  } catch (fault) {
    return resultOf(one, 'error', failed(messageOf(fault)), null);
  }
  return scored(one, judgement, rules.level, rules.baseline);
}

async function guarded(run: () => Promise<Judgement>): Promise<Judgement> {
  try {
    return await run();
  } catch (error) {
    return failed(messageOf(error));
  }
}

/** A case's judgement of its answers. */
export function judged(
  one: AnswerCase,
  requests: readonly LossRequest[],
  results: readonly LossResult[],
  arithmetic: Arithmetic,
): Judgement {
  if (results.length !== requests.length) return failed(`${results.length} answers where ${requests.length} belong`);
  return one.judge(results, arithmetic);
}

/** A judgement as a result, at the level that decides and against the baseline. */
export function scored(one: Case, judgement: Judgement, level: Level, baseline: Baseline): CaseResult {
  const excuse = baseline.excuseFor(one.id);
  const status = isScored(one) ? statusOf(judgement.passed[level], excuse) : 'not-scored';
  return resultOf(one, status, judgement, excuse?.reason ?? null);
}

function statusOf(ok: boolean, excuse: Excuse | null): Status {
  if (excuse === null) return ok ? 'pass' : 'fail';
  if (!ok) return 'known-failure';
  // A glob may cover cases that pass; an entry for one case is out of date once that case passes.
  return excuse.exact ? 'unexpected-pass' : 'pass';
}

/** A result of a given status. */
export function resultOf(
  one: Case,
  status: Status,
  { passed: levels, worst, detail }: Judgement,
  note: string | null,
): CaseResult {
  const { id, family, dtype, regime, tier, comment, spec, bugs } = one;
  return { id, family, dtype, regime, tier, comment, spec, bugs, status, levels, worst, detail, note };
}

/** What was thrown, on one line: code or name, and the message. */
export function messageOf(error: unknown): string {
  if (error instanceof TimeLimitExceeded) return error.message;
  if (!(error instanceof Error)) return `threw ${String(error)}`;
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' ? `${code}: ${error.message}` : `${error.name}: ${error.message}`;
}
