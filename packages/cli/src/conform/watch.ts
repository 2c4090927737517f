import { type ChildProcess, spawn } from 'node:child_process';
import { type Report, readReport } from '@label-smoothing/core/conformance';
import { refusal } from '../refuse.js';
import type { Message, Task } from './messages.js';
import type { Progress } from './progress.js';

/** Above the time limit of a call: a case may have several, and the kit reads its vectors in one go. */
const grace = 3000;
const tick = 100;
/** Signals would end this process without the event on which it ends the other one. */
const signals = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const;

/** What became of a run: a report, or the case in which the backend hung or crashed. */
export type Outcome = { readonly report: Report } | { readonly stopped: string };

/**
 * Runs the kit on a module in a process of its own and watches it. A backend that never returns to the event loop cannot
 * be interrupted from within, and a native crash takes its process along: here both become a message that names the case.
 * Throws LS_CONTRACT where the kit cannot run.
 */
export async function runInChild(task: Task, progress: Progress): Promise<Outcome> {
  // A file URL may hold an apostrophe.
  const served = JSON.stringify(new URL('./child.js', import.meta.url));
  const program = `import { serve } from ${served}; serve((name) => import(name));`;
  const args = [...process.execArgv, '--input-type=module', '--eval', program];
  // What the backend prints is not part of the report, which goes to stdout.
  const child = spawn(process.execPath, args, { stdio: ['ignore', 2, 2, 'ipc'] });
  const kill = (): unknown => child.kill('SIGKILL');
  process.once('exit', kill);
  const stops = signals.map(([signal, code]) => [signal, () => process.exit(code)] as const);
  for (const [signal, stop] of stops) process.once(signal, stop);
  try {
    return await watched(child, task, progress);
  } finally {
    process.off('exit', kill);
    for (const [signal, stop] of stops) process.off(signal, stop);
    progress.end();
  }
}

function watched(child: ChildProcess, task: Task, progress: Progress): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const state = { where: 'starting', inCase: false, silent: 0 };
    const end = (message: string): void => {
      clearInterval(timer);
      const text = `${state.where}: ${message}`;
      if (state.inCase) resolve({ stopped: text });
      else reject(refusal('LS_CONTRACT', text));
    };
    // Ticks are counted, not hours: after a laptop's sleep both processes go on where they were.
    const timer = setInterval(() => {
      state.silent += tick;
      if (state.silent <= task.timeLimit + grace) return;
      end(`the backend blocks its thread, for more than ${task.timeLimit + grace} ms now; it was stopped`);
      child.kill('SIGKILL');
    }, tick);
    child.on('message', (message: Message) => {
      state.silent = 0;
      if (message.kind === 'doing') state.where = message.what;
      else if (message.kind === 'case') {
        Object.assign(state, { where: message.id, inCase: true });
        progress.at(message.id, message.done, message.total);
      } else if (message.kind === 'report') resolve({ report: readReport(message.text) });
      else if (message.kind === 'refused') reject(refusal(message.code, message.message));
      else if (message.kind === 'fault') reject(Object.assign(new Error(), { stack: message.stack }));
    });
    onceGone(child, (how) => end(`the backend's process ended with ${how}`));
    child.send(task);
  });
}

/** When the process has ended and nothing that it sent is still on its way. */
function onceGone(child: ChildProcess, gone: (how: string) => void): void {
  let ended: string | null = null;
  let drained = false;
  const check = (): void => {
    if (ended !== null && drained) gone(ended);
  };
  child.once('error', (error) => gone(`an error: ${error.message}`));
  child.once('exit', (code, signal) => {
    ended = signal === null ? `exit code ${code}` : `signal ${signal}`;
    check();
  });
  child.once('disconnect', () => {
    drained = true;
    check();
  });
}
