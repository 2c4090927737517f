import type { Arithmetic, Level } from './budgets.js';
import type { BackendV1, CreateBackend, LossRequest, LossResult } from './contract.js';
import type { Dtype } from './ulp.js';

/** Groups of cases; a case id begins with its family. */
export type Family = 'contract' | 'loss' | 'gradient' | 'dialect' | 'property' | 'errors';
/** 'core': each option × regime once; 'full': everything. */
export type Tier = 'core' | 'full';

/** What is known of a case without running it. */
export interface CaseInfo {
  /** `family/dtype/regime#number`: the same in lists, filters, baselines and reports. */
  readonly id: string;
  readonly family: Family;
  readonly dtype: Dtype;
  readonly regime: string;
  readonly tier: Tier;
  readonly comment: string;
  /** The clause of docs/spec.md or of docs/conformance.md that the case checks. */
  readonly spec: string;
  /** Bugs that the case is there to catch. */
  readonly bugs: readonly string[];
}

/** What came out of judging a case's answers. */
export interface Judgement {
  /** Whether each level is met. */
  readonly passed: Readonly<Record<Level, boolean>>;
  /** The worst element, where numbers were compared. */
  readonly worst: Measured | null;
  /** What is wrong, for people; null where both levels are met. */
  readonly detail: string | null;
}

/** One compared element. */
export interface Measured {
  readonly output: string;
  readonly actual: number;
  readonly expected: number;
  /** Error in ULP at scale, and what each level allows. */
  readonly ulp: number;
  readonly budget: Readonly<Record<Level, number>>;
}

/** A case that is decided by the answers to its requests, wherever they were computed. */
export interface AnswerCase extends CaseInfo {
  readonly kind: 'answers';
  readonly requests: () => readonly LossRequest[];
  readonly judge: (results: readonly LossResult[], arithmetic: Arithmetic) => Judgement;
}

/** A case that needs the backend itself: how it treats its inputs, its results and its life. */
export interface LiveCase extends CaseInfo {
  readonly kind: 'live';
  /** Names what is wrong, or null. */
  readonly check: (backend: BackendV1, open: Open) => Promise<string | null>;
}

/** Another backend of the same kind; `change` makes its options from those of the first. */
export type Open = (change?: (options: BackendOptions) => BackendOptions) => Promise<BackendV1>;
type BackendOptions = Parameters<CreateBackend>[0];

/** A case of the kit. */
export type Case = AnswerCase | LiveCase;

/** Everything in order, at both levels. */
export const passed: Judgement = { passed: { standard: true, precise: true }, worst: null, detail: null };

/** Wrong at both levels, whatever the numbers. */
export function failed(detail: string): Judgement {
  return { passed: { standard: false, precise: false }, worst: null, detail };
}

/** The id of a case from its parts. */
export function caseId(family: Family, dtype: Dtype, regime: string, number: number): string {
  return `${family}/${dtype}/${regime}#${number}`;
}
