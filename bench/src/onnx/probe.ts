// Run as a process of its own, once per form: what it costs to start, and the memory its runs add to the peak.
// node --expose-gc probe.js '{"form":0,"gradient":true,"rows":32,"classes":32000}'
import { resourceUsage } from 'node:process';
import type { Batch } from '../entry.js';
import { forms } from './forms.js';
import { openForm } from './runtimes.js';

/** What {@link probe} is asked, and what the process prints. */
export interface ProbeRequest extends Batch {
  readonly form: number;
  readonly gradient: boolean;
}
export interface ProbeAnswer {
  /** Graph written and session opened for the first time, the runtime loaded before. */
  readonly startMilliseconds: number;
  /** Growth of the largest resident set during twenty runs. */
  readonly peakMiB: number;
}

const { form, gradient, ...batch } = JSON.parse(process.argv[2] as string) as ProbeRequest;
const collect = (globalThis as { gc?: () => void }).gc;
const chosen = forms[form];
if (chosen === undefined || collect === undefined) throw new Error('usage: node --expose-gc probe.js <request>');
const start = performance.now();
const first = await openForm(chosen, 'cpu', gradient, { ...batch, rows: 1 });
const startMilliseconds = performance.now() - start;
await first.close?.();
const runner = await openForm(chosen, 'cpu', gradient, batch);
collect();
const before = resourceUsage().maxRSS;
for (let i = 0; i < 20; i++) {
  await runner.run();
  collect();
}
const answer: ProbeAnswer = { startMilliseconds, peakMiB: (resourceUsage().maxRSS - before) / 1024 };
console.log(JSON.stringify(answer));
