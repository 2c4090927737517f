import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import { createInterface } from 'node:readline';
import type { Case } from './case.js';
import { type Answer, type Ask, drop, type Hello, type Refusal } from './protocol.js';

/** How to start a process that speaks the protocol. Contenders with the same object share the process. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** How many processors it may use; 1. */
  readonly threads?: number;
  /** Which one, if one; the last. */
  readonly processor?: number;
}

/** One way to compute a case. */
export interface Contender {
  /** Tables and bars know it by this name. */
  readonly name: string;
  readonly program: Program | Refusal;
  /** What the program calls it. */
  readonly form: string;
  /** Whether it can compute a case, and is worth the time. */
  readonly takes: (one: Case) => boolean;
}

/** A started program. */
export interface Running {
  readonly versions: Hello['versions'];
  readonly ask: (question: Ask) => Promise<Answer | Refusal>;
  /** Lets go of the batch. */
  readonly drop: () => void;
  readonly stop: () => void;
}

/** Starts a program; or says why it does not run here. */
export async function start(program: Program | Refusal): Promise<Running | Refusal> {
  if ('error' in program) return program;
  const { say, next, stop } = open(program);
  const hello = await next<Hello>();
  if ('error' in hello) return hello;
  return {
    versions: hello.versions,
    ask: (question) => {
      say(question);
      return next<Answer>();
    },
    drop: () => say(drop),
    stop,
  };
}

/** A process that reads and writes one JSON value a line. */
export interface Channel {
  readonly say: (value: unknown) => void;
  readonly next: <T>() => Promise<T | Refusal>;
  readonly stop: () => void;
}

export function open(program: Program): Channel {
  const [command, ...args] = confined(program);
  const child = spawn(command as string, args, { env: { ...process.env, ...program.env } });
  const reader = createInterface({ input: child.stdout });
  let complaints = '';
  child.stderr.on('data', (text) => {
    complaints = `${complaints}${text}`.slice(-2000);
  });
  child.on('error', ({ message }) => {
    complaints = message;
    reader.close();
  });
  // That nobody reads any more is seen at the end of the other stream.
  child.stdin.on('error', () => {});
  const lines = reader[Symbol.asyncIterator]();
  return {
    say: (value) => child.stdin.write(`${JSON.stringify(value)}\n`),
    next: async <T>() => {
      const { value, done } = await lines.next();
      return done ? { error: complaints.trim().split('\n').at(-1) || 'ended without a word' } : read<T>(value);
    },
    stop: () => child.kill(),
  };
}

/** A line as its value; or what it is instead, for a process that says something else must not end the bench. */
function read<T>(line: string): T | Refusal {
  try {
    return JSON.parse(line);
  } catch {
    return { error: `no JSON: ${line.slice(0, 100)}` };
  }
}

/** A program of one thread gets one processor, so that no library can use more unseen. */
function confined({ command, args, threads = 1, processor = cpus().length - 1 }: Program): readonly string[] {
  const taskset = '/usr/bin/taskset';
  const own = [command, ...args];
  return threads === 1 && existsSync(taskset) ? [taskset, '-c', String(processor), ...own] : own;
}
