// What is said between the bench and a contender, which is a process: one JSON value a line.
import type { Case } from './case.js';

/** The first line of a contender: what it is made of. */
export interface Hello {
  readonly versions: readonly string[];
}

/** Asks for the time of one call. */
export interface Ask extends Case {
  /** Which of its forms the contender is to time; each one has names of its own for them. */
  readonly form: string;
  /** Holds the batch, an array to a file: `logits`, `labels` (int32), and `targets`, `x` and `weight` where it has them. */
  readonly folder: string;
  /** How long to go on after the first batch of calls. */
  readonly seconds: number;
  /** Elements that are copied for comparison. */
  readonly copied: number;
}

/** Asks a contender to let go of its batch. */
export const drop = 'drop';

/** What a contender found. */
export interface Answer {
  /** Least time of a call. */
  readonly nanoseconds: number;
  /** Least time of a copy in the same process, per element of 4 bytes. */
  readonly copy: number;
  /** Processor time over time while it was measured. */
  readonly cores: number;
  /** The loss; null for what computes none. */
  readonly loss: number | null;
  /** Σ g² of the logits' gradient; null for what has none to show. */
  readonly squares: number | null;
}

/** Instead of an answer. */
export interface Refusal {
  readonly error: string;
}
