// How fast the machine is at this moment. A virtual processor may share a core with one of somebody else's: then arithmetic
// takes up to twice as long for seconds at a time, while copies, and whatever waits for its own results, take no longer.
import { cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type Channel, open } from './contender.js';

/** Slower than this, times the fastest, says that somebody else was at work. */
export const noise = 1.15;

/** A look at every processor, time after time. */
export class Pace {
  private readonly channels: readonly Channel[];
  private readonly least: number[];
  private latest = 1;
  private patience: number;

  /** @param patience - how many milliseconds it may wait for others, all in all. */
  constructor(patience: number) {
    const args = [join(import.meta.dirname, 'contenders/pace.js')];
    this.channels = cpus().map((_, processor) => open({ command: process.execPath, args, processor }));
    this.least = this.channels.map(() => Number.POSITIVE_INFINITY);
    this.patience = patience;
  }

  /** How long the same arithmetic takes now, over the least that it took so far, on the slowest processor. */
  async now(): Promise<number> {
    let slowest = 1;
    for (const [i, { say, next }] of this.channels.entries()) {
      say(null);
      const time = await next<number>();
      if (typeof time !== 'number') throw new Error(time.error);
      const least = Math.min(this.least[i] as number, time);
      this.least[i] = least;
      slowest = Math.max(slowest, time / least);
    }
    this.latest = slowest;
    return slowest;
  }

  /** Where others were at work at the last look, waits until nobody is, as long as there is patience. */
  async quiet(): Promise<void> {
    const start = performance.now();
    while (this.latest > noise && performance.now() - start < this.patience) {
      await setTimeout(100);
      await this.now();
    }
    this.patience -= performance.now() - start;
  }

  stop(): void {
    for (const { stop } of this.channels) stop();
  }
}
