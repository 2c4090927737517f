import type { Batch, Entry, Group } from './entry.js';

/** The least time of every entry on one batch. */
export interface Timing {
  readonly group: string;
  readonly batch: Batch;
  readonly entries: readonly {
    readonly name: string;
    readonly ours: boolean;
    readonly milliseconds: number;
    /** Time of the fastest entry over this one's: 1 for the fastest, 0.5 for one that takes twice as long. */
    readonly speed: number;
  }[];
}

/** Least times over rounds in which every entry has its turn, each round beginning with another one. */
export async function measure({ title, entries }: Group, batch: Batch, seconds: number): Promise<Timing> {
  const runners = [];
  for (const { open } of entries) runners.push(await open(batch));
  const least = runners.map(() => Number.POSITIVE_INFINITY);
  const end = performance.now() + 1000 * seconds;
  for (let round = 0; round < 5 || performance.now() < end; round++) {
    for (let turn = 0; turn < runners.length; turn++) {
      const i = (round + turn) % runners.length;
      const start = performance.now();
      await runners[i]?.run();
      least[i] = Math.min(least[i] as number, performance.now() - start);
    }
  }
  for (const { close } of runners) await close?.();
  return { group: title, batch, entries: entries.map((entry, i) => timed(entry, least[i] as number, least)) };
}

function timed({ name, ours = false }: Entry, milliseconds: number, all: readonly number[]) {
  return { name, ours, milliseconds, speed: Math.min(...all) / milliseconds };
}
