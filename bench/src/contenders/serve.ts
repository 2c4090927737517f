import { createInterface } from 'node:readline';
import { type Batch, readBatch } from '../batch.js';
import { type Answer, type Ask, drop, type Hello } from '../protocol.js';

/** A form of a contender, opened on a batch. */
export interface Opened {
  /** One call. Whoever returns a promise is waited for. */
  readonly run: () => unknown;
  /** What a first call found. */
  readonly loss: number | null;
  readonly squares: number | null;
  readonly close?: () => unknown;
}

/** Opens a form on a batch, and calls it once. */
export type Open = (ask: Ask, batch: Batch) => Promise<Opened>;

/** Answers what is asked on standard input until it ends. */
export async function serve(hello: Hello, open: Open): Promise<void> {
  const opened = new Map<string, Opened>();
  say(hello);
  for await (const line of createInterface({ input: process.stdin })) {
    const ask = JSON.parse(line) as Ask | typeof drop;
    if (ask === drop) {
      for (const { close } of opened.values()) await close?.();
      opened.clear();
      continue;
    }
    try {
      const one = opened.get(line) ?? (await open(ask, readBatch(ask.folder, ask.data)));
      // JSON would make it null, as of a contender that has none.
      if (one.loss !== null && !Number.isFinite(one.loss)) throw new Error(`its loss is ${one.loss}`);
      // The engine compiles better code for what has run for a while.
      if (!opened.has(line)) await least(one.run, 5 * ask.seconds);
      opened.set(line, one);
      say(await answer(ask, one));
    } catch (error) {
      say({ error: (error as Error).message });
    }
  }
}

const say = (value: unknown): void => {
  process.stdout.write(`${JSON.stringify(value)}\n`);
};

async function answer({ seconds, copied }: Ask, { run, loss, squares }: Opened): Promise<Answer> {
  const [start, before] = [performance.now(), process.cpuUsage()];
  const nanoseconds = await least(run, seconds);
  const { user, system } = process.cpuUsage(before);
  const cores = (user + system) / 1000 / (performance.now() - start);
  const copy = (await least(copyOf(copied), 0.01)) / copied;
  return { nanoseconds, copy, cores, loss, squares };
}

/** Copies within one buffer, half a page apart: some processors are slow where the distance is a number of pages. */
function copyOf(length: number): () => void {
  const distance = 4096 * Math.ceil(length / 1024) + 2048;
  const buffer = new ArrayBuffer(distance + 4 * length);
  const [from, to] = [new Float32Array(buffer, 0, length).fill(1), new Float32Array(buffer, distance, length).fill(2)];
  return () => to.set(from);
}

/** The least time of a call in nanoseconds, over batches of calls that take 5 ms or more. */
async function least(run: () => unknown, seconds: number): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  const end = performance.now() + 1000 * seconds;
  for (let repetitions = 1; ; ) {
    const milliseconds = await timeOf(run, repetitions);
    if (milliseconds < 5) {
      repetitions *= 2;
      continue;
    }
    best = Math.min(best, milliseconds / repetitions);
    if (performance.now() > end) return best * 1e6;
  }
}

async function timeOf(run: () => unknown, repetitions: number): Promise<number> {
  const start = performance.now();
  const first = run();
  // To wait for what is no promise would cost more than a call for one row.
  if (first instanceof Promise) {
    await first;
    for (let i = 1; i < repetitions; i++) await run();
  } else for (let i = 1; i < repetitions; i++) run();
  return performance.now() - start;
}
