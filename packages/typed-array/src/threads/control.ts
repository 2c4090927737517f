// What threads tell each other, as words of an Int32Array in shared memory. Words that several threads write lie apart, since
// a line of a cache goes back and forth between those who write to it.
//
// The caller writes what a job is, makes the number of the job odd, and takes part in it like everybody else. When no rows
// are left, it makes the number even and waits until all who entered have left. A worker enters, and then looks whether the
// job is still the one that it saw: so nobody is inside while the next job is written, and who comes too late, or never,
// leaves the rows to the others.
import { pageBytes } from '../wasm.js';

/** The job's number: odd while it is open. */
const job = 0;
/** How many workers are inside. */
const inside = 16;
/** 1 once a worker has failed. */
const failure = 32;
/** What the job is: see {@link Job}. */
const description = 48;
/** For each thread, the next row of its share that nobody has taken. */
const next = 64;
const line = 16;

/** Looks at a word for about 50 µs, before a thread sleeps. */
const looks = 20_000;
/** Who waits for others looks for progress so many times, so many ms apart: a machine that slept does not count as long. */
const patience = 50;
const nap = 100;

/** Rows of a batch in the memory that all threads have: byte offsets, as for a Block. */
export interface Job {
  readonly x: number;
  readonly out: number;
  readonly targets: number;
  readonly step: number;
  readonly rows: number;
  /** Rows that one thread takes as a whole: their losses are one sum. */
  readonly unit: number;
  /** Rows that a thread takes at a time. */
  readonly chunk: number;
  /** The size of the memory. */
  readonly bytes: number;
}

/** The control words for that many threads. */
export function newControl(threads: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4 * (next + line * threads)));
}

/** Opens a job to everyone. Only the caller's thread does, and closes it again. */
export function openJob(
  control: Int32Array,
  { x, out, targets, step, rows, unit, chunk, bytes }: Job,
  threads: number,
): void {
  // The size alone may be 2^32.
  control.set([x, out, targets, step, rows, unit, chunk, bytes / pageBytes], description);
  for (let thread = 0; thread < threads; thread++) {
    control[next + line * thread] = shareStart({ rows, unit }, thread, threads);
  }
  Atomics.add(control, job, 1);
  Atomics.notify(control, job);
}

/** No worker enters any more. Returns whether those inside leave, all of them unharmed. */
export function closeJob(control: Int32Array): boolean {
  Atomics.add(control, job, 1);
  for (let look = 0; look < looks; look++) if (Atomics.load(control, inside) === 0) break;
  for (let naps = 0; naps < patience; ) {
    const count = Atomics.load(control, inside);
    if (count === 0) return Atomics.load(control, failure) === 0;
    naps = Atomics.wait(control, inside, count, nap) === 'timed-out' ? naps + 1 : 0;
  }
  return false;
}

/** Takes chunks of the thread's own share, then those that are left of the others', until there are none. */
export function takeChunks(
  control: Int32Array,
  { rows, unit, chunk }: Job,
  own: number,
  threads: number,
  compute: (first: number, end: number) => void,
): void {
  for (let i = 0; i < threads; i++) {
    const thread = (own + i) % threads;
    const end = shareStart({ rows, unit }, thread + 1, threads);
    for (;;) {
      const first = Atomics.add(control, next + line * thread, chunk);
      if (first >= end) break;
      compute(first, Math.min(end, first + chunk));
    }
  }
}

/** A share's first row. Shares lie one behind the other, and are the same in every call: the rows stay in a core's cache. */
function shareStart({ rows, unit }: Pick<Job, 'rows' | 'unit'>, thread: number, threads: number): number {
  return Math.min(rows, unit * Math.floor((Math.ceil(rows / unit) * thread) / threads));
}

/** A worker's life: waits for a job that it has not seen, and works in it. Ends only with its thread. */
export function serveJobs(control: Int32Array, work: (job: Job) => void): never {
  for (let seen = 0; ; ) {
    seen = nextJob(control, seen);
    Atomics.add(control, inside, 1);
    try {
      if (Atomics.load(control, job) === seen) work(readJob(control));
    } catch {
      Atomics.store(control, failure, 1);
    }
    Atomics.sub(control, inside, 1);
    Atomics.notify(control, inside);
  }
}

function nextJob(control: Int32Array, seen: number): number {
  for (let look = 0; ; look++) {
    const number = Atomics.load(control, job);
    if (number !== seen && (number & 1) === 1) return number;
    if (look < looks) continue;
    Atomics.wait(control, job, number);
    // Who woke too late for a job is awake for the next.
    look = 0;
  }
}

function readJob(control: Int32Array): Job {
  const [x, out, targets, step, rows, unit, chunk, pages] = control.subarray(
    description,
    description + 8,
  ) as unknown as number[];
  return {
    x: (x as number) >>> 0,
    out: (out as number) >>> 0,
    targets: (targets as number) >>> 0,
    step: step as number,
    rows: rows as number,
    unit: unit as number,
    chunk: chunk as number,
    bytes: (pages as number) * pageBytes,
  };
}
