// What calls add to the resident set, where the system tells its peak: on Linux.
import { readFileSync, writeFileSync } from 'node:fs';

/** How far calls take the resident set above what it is before them, in MiB; null where the system does not tell. */
export async function addedByCalls(calls: number, call: () => unknown): Promise<number | null> {
  const collect = (globalThis as { gc?: () => void }).gc;
  if (collect === undefined) throw new Error('usage: node --expose-gc');
  collect();
  const before = process.memoryUsage.rss() / 2 ** 20;
  forgetPeak();
  for (let i = 0; i < calls; i++) {
    await call();
    collect();
  }
  const peak = readPeak();
  return peak === null ? null : Math.max(0, peak - before);
}

/** What came before is no part of the peak that is read next. */
function forgetPeak(): void {
  if (process.platform === 'linux') writeFileSync('/proc/self/clear_refs', '5');
}

/** Largest resident set since then, in MiB. */
function readPeak(): number | null {
  if (process.platform !== 'linux') return null;
  const kib = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return kib === undefined ? null : Number(kib) / 1024;
}
