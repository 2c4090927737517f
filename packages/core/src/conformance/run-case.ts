import type { Baseline, Excuse } from './baseline.js';
import type { Arithmetic, Level } from './budgets.js';
import { type AnswerCase, type Case, failed, type Judgement, type Open, passed } from './case.js';
import type { BackendV1, LossRequest, LossResult } from './contract.js';
import { checkResult } from './define-backend.js';
import type { CaseResult, Status } from './report.js';
import { unsupported } from './request.js';
import { isScored } from './spec-version.js';
import { withTimeLimit } from './time-limit.js';

/** What a case is decided by. */
export interface Rules {
  readonly level: Level;
  readonly timeLimit: number;
  readonly baseline: Baseline;
}

/** Runs one case on a live backend. */
export async function runCase(one: Case, backend: BackendV1, open: Open, rules: Rules): Promise<CaseResult> {
  const { supports } = backend;
  if (one.kind === 'live') {
    if (!supports.dtypes.includes(one.dtype)) return resultOf(one, 'unsupported', passed, one.dtype);
    const judgement = await guarded(async () => {
      const fault = await withTimeLimit(() => one.check(backend, open), rules.timeLimit, one.id);
      return fault === null ? passed : failed(fault);
    });
    return scored(one, judgement, rules.level, rules.baseline);
  }
  // Made outside the guard: what goes wrong here is the kit's fault, never the backend's.
  let requests: readonly LossRequest[];
  try {
    requests = one.requests();
  } catch (fault) {
    return resultOf(one, 'error', failed(`the kit could not make this case: ${messageOf(fault)}`), null);
  }
  const missing = requests.map((request) => unsupported(request, supports)).find((need) => need !== null);
  if (missing !== undefined) return resultOf(one, 'unsupported', passed, missing);
  const results: LossResult[] = [];
  const fault = await guarded(async () => {
    for (const request of requests) {
      const result = await withTimeLimit(() => backend.computeLoss(request), rules.timeLimit, one.id);
      results.push(checkResult(request, result));
    }
    return passed;
  });
  const judgement = fault === passed ? judged(one, requests, results, supports.arithmetic) : fault;
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

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return `threw ${String(error)}`;
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' ? `${code}: ${error.message}` : `${error.name}: ${error.message}`;
}
