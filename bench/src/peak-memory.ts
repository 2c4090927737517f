// The peak of the resident set, where the system tells it: on Linux.
import { readFileSync, writeFileSync } from 'node:fs';

/** What came before is no part of the peak that is read next. */
export function forgetPeak(): void {
  if (process.platform === 'linux') writeFileSync('/proc/self/clear_refs', '5');
}

/** Largest resident set since then, in MiB. */
export function readPeak(): number | null {
  if (process.platform !== 'linux') return null;
  const kib = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return kib === undefined ? null : Number(kib) / 1024;
}
