import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export const bin = `${import.meta.dirname}/../bin/label-smoothing.js`;
export const fixtures = `${import.meta.dirname}/fixtures`;
export const folder = mkdtempSync(join(tmpdir(), 'conform-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** `label-smoothing conform` in the fixtures' folder. */
export function conform(args: readonly string[], input = '', program = bin): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [program, 'conform', ...args], { cwd: fixtures });
    const printed = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => (printed[stream] += text));
    }
    child.stdin.end(input);
    child.on('close', (status) => resolve({ status, ...printed }));
  });
}

export const file = (name: string, content: unknown): string => {
  writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  return join(folder, name);
};
export const lastLine = ({ stdout }: Outcome): string => stdout.trimEnd().split('\n').at(-1) as string;
