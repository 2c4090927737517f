import { wrongType, wrongValue } from '../errors.js';
import { glob } from './cases/index.js';

/** Failures that are known and excused: case id or glob → the reason, which is mandatory. */
export type KnownFailures = Readonly<Record<string, string>>;

/** Why a case may fail. */
export interface Excuse {
  readonly reason: string;
  /** Whether the entry names this one case, not a glob. */
  readonly exact: boolean;
}

/** A checked baseline. */
export interface Baseline {
  /** The entry that covers a case, or null. */
  readonly excuseFor: (id: string) => Excuse | null;
  /** Entries that excuse no failing case: the baseline is out of date. Who covers a case that did not run may be right. */
  readonly stale: (failing: readonly string[], notRun: readonly string[]) => readonly string[];
}

/** Checks a baseline file's content: an object from ids or globs to reasons. Throws LS_CONTRACT. */
export function readBaseline(content: unknown): Baseline {
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    wrongType('LS_CONTRACT', 'knownFailures', 'an object from case ids to reasons', content);
  }
  const entries = Object.entries(content).map(([pattern, reason]) => {
    if (typeof reason !== 'string' || reason.trim() === '') {
      wrongValue('LS_CONTRACT', `knownFailures[${JSON.stringify(pattern)}]`, 'a reason', reason);
    }
    return { pattern, covers: glob(pattern), excuse: { reason, exact: !pattern.includes('*') } };
  });
  return {
    excuseFor: (id) => entries.find(({ covers }) => covers(id))?.excuse ?? null,
    stale: (failing, notRun) =>
      entries.filter(({ covers }) => ![...failing, ...notRun].some(covers)).map(({ pattern }) => pattern),
  };
}
