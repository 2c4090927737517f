// The process in which a backend runs: if it hangs or crashes, the command line lives to say so.
import { type CreateBackend, formatReport, runConformance } from '@label-smoothing/core/conformance';
import { isCoded, refusal, refuse } from '../refuse.js';
import { type ImportHere, loadModule } from './load-module.js';
import type { Message, Task } from './messages.js';

/** Resolves once the message has left: a backend that then blocks this thread cannot hold it back. */
function tell(message: Message): Promise<void> {
  return new Promise((resolve) => process.send?.(message, () => resolve()));
}

async function run(task: Task, importHere: ImportHere): Promise<void> {
  const { module, ...options } = task;
  await tell({ kind: 'doing', what: `loading ${module}` });
  const exported = await withinLimit(loadModule(module, importHere), task);
  if (typeof exported['createBackend'] !== 'function') {
    const names = Object.keys(exported).join(', ') || 'nothing';
    refuse('LS_CONTRACT', `${module}: expected an export createBackend, a function; it exports ${names}`);
  }
  await tell({ kind: 'doing', what: 'opening the backend and computing the trivial case' });
  const report = await runConformance(exported['createBackend'] as CreateBackend, {
    ...options,
    onCase: ({ id }, done, total) => tell({ kind: 'case', id, done, total }),
  });
  await tell({ kind: 'report', text: formatReport(report, 'json') });
}

/** A module may wait at its top level for something that never comes. */
function withinLimit<T>(loading: Promise<T>, { module, timeLimit }: Task): Promise<T> {
  const late = new Promise<never>((_, reject) => {
    const error = refusal('LS_CONTRACT', `${module}: not loaded within ${timeLimit} ms`);
    setTimeout(() => reject(error), timeLimit).unref();
  });
  return Promise.race([loading, late]);
}

/** Waits for the one task, and ends the process with it. */
export function serve(importHere: ImportHere): void {
  process.once('disconnect', () => process.exit(1));
  process.once('message', async (task: Task) => {
    setInterval(() => void tell({ kind: 'alive' }), 250).unref();
    await run(task, importHere).catch(tellRefusal);
    // Whatever the backend left running ends here.
    process.exit();
  });
}

function tellRefusal(error: unknown): Promise<void> {
  if (isCoded(error)) return tell({ kind: 'refused', message: error.message, code: error.code });
  return tell({ kind: 'fault', stack: error instanceof Error ? String(error.stack) : String(error) });
}
