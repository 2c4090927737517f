import type { Arithmetic, Level } from './budgets.js';
import type { CaseInfo, Measured, Tier } from './case.js';
import type { Supports } from './contract.js';

/** What became of a case. */
export type Status =
  | 'pass'
  | 'fail'
  /** The kit's own fault, never the backend's. */
  | 'error'
  /** The manifest does not claim what the case needs. */
  | 'unsupported'
  /** Fails, and the baseline says why. */
  | 'known-failure'
  /** Passes although the baseline names it: the entry is out of date. */
  | 'unexpected-pass'
  /** Newer than what this version of the specification requires. */
  | 'not-scored';

/** One case and what became of it. */
export interface CaseResult extends CaseInfo {
  readonly status: Status;
  /** Whether each level is met, whichever decides. */
  readonly levels: Readonly<Record<Level, boolean>>;
  readonly worst: Measured | null;
  /** What is wrong. */
  readonly detail: string | null;
  /** The baseline's reason, or what the manifest lacks. */
  readonly note: string | null;
}

/** What a report says of the backend, or of whoever computed the answers. */
export interface ReportedBackend {
  readonly name: string;
  readonly version: string;
  /** Where work really ran. */
  readonly device: string;
  readonly arithmetic: Arithmetic;
  /** null for answers: what is not supported they say case by case. */
  readonly supports: Supports | null;
}

/** Everything about a run but the sums that follow from it. */
export interface Run {
  readonly contract: 1;
  readonly spec: string;
  readonly vectors: { readonly version: string; readonly sha256: string };
  /** The version of this package. */
  readonly kit: string;
  readonly runtime: string;
  /** A running backend, or answers that were computed elsewhere and cannot show how inputs and results are treated. */
  readonly source: 'backend' | 'answers';
  readonly backend: ReportedBackend;
  /** The level that decides. */
  readonly level: Level;
  readonly tier: Tier;
  readonly filter: string;
  readonly results: readonly CaseResult[];
  /** Baseline entries that excuse nothing. */
  readonly stale: readonly string[];
}

/** A family × dtype of a report: how many cases pass at each level, and the worst error. */
export interface Group {
  readonly family: string;
  readonly dtype: string;
  readonly run: number;
  readonly unsupported: number;
  readonly standard: number;
  readonly precise: number;
  readonly worst: (Measured & { readonly id: string }) | null;
}

/** A run and its verdict. */
export interface Report extends Run {
  readonly counts: Readonly<Record<Status, number>>;
  readonly groups: readonly Group[];
  /** No failure, no error, nothing stale: conformant against its baseline at the level that decides. */
  readonly conformant: boolean;
}

/** Sums a run up. */
export function summarise(run: Run): Report {
  const counts = {
    pass: 0,
    fail: 0,
    error: 0,
    unsupported: 0,
    'known-failure': 0,
    'unexpected-pass': 0,
    'not-scored': 0,
  } satisfies Record<Status, number>;
  for (const { status } of run.results) counts[status]++;
  const conformant = counts.fail + counts.error + counts['unexpected-pass'] + run.stale.length === 0;
  return { ...run, counts, groups: groupsOf(run.results), conformant };
}

function groupsOf(results: readonly CaseResult[]): readonly Group[] {
  const keys = [...new Set(results.map(({ family, dtype }) => `${family} ${dtype}`))];
  return keys.map((key) => {
    const [family, dtype] = key.split(' ') as [string, string];
    const members = results.filter((result) => result.family === family && result.dtype === dtype);
    const run = members.filter(({ status }) => status !== 'unsupported');
    const measured = run.flatMap(({ worst, id }) => (worst === null ? [] : [{ ...worst, id }]));
    return {
      family,
      dtype,
      run: run.length,
      unsupported: members.length - run.length,
      standard: run.filter(({ levels }) => levels.standard).length,
      precise: run.filter(({ levels }) => levels.precise).length,
      worst: measured.reduce<Group['worst']>((worst, one) => (used(one) > used(worst) ? one : worst), null),
    };
  });
}

/** The part of the budget that an error uses up; −1 where there is none. */
function used(measured: Measured | null): number {
  return measured === null ? -1 : measured.ulp / measured.budget.standard;
}
