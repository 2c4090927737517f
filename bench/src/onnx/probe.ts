// Run as a process of its own, once per form: what it costs to start, and the memory its runs add to the peak.
// node --expose-gc probe.js '{"form":0,"gradient":true,"rows":32,"classes":32000}'
import { makeBatch } from '../batch.js';
import type { Shape } from '../case.js';
import { addedByCalls } from '../peak-memory.js';
import { forms } from './forms.js';
import { openForm } from './open-form.js';

/** What {@link probe} is asked, and what the process prints. */
export interface ProbeRequest extends Shape {
  readonly form: number;
  readonly gradient: boolean;
}
export interface ProbeAnswer {
  /** Graph written and session opened for the first time, the runtime loaded before. */
  readonly startMilliseconds: number;
  /** How far twenty runs take the resident set above where it was; null where the system does not tell. */
  readonly peakMiB: number | null;
}

const { form, gradient, ...shape } = JSON.parse(process.argv[2] as string) as ProbeRequest;
const chosen = forms[form];
if (chosen === undefined) throw new Error('usage: node --expose-gc probe.js <request>');
const start = performance.now();
const first = await openForm(chosen, 'cpu', gradient, makeBatch({ ...shape, rows: 1 }, 'normal'));
const startMilliseconds = performance.now() - start;
await first.close?.();
const runner = await openForm(chosen, 'cpu', gradient, makeBatch(shape, 'normal'));
const answer: ProbeAnswer = { startMilliseconds, peakMiB: await addedByCalls(20, () => runner.run()) };
console.log(JSON.stringify(answer));
