import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { vi } from 'vitest';
import { run } from '../src/program.js';
import type { Outcome } from './run-conform.js';

/** The command line in this process: a tenth of the time of starting Node. */
export async function cli(...args: string[]): Promise<Outcome> {
  const captured = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      captured[stream] += text;
      return true;
    });
  }
  try {
    return { status: await run(args), ...captured };
  } finally {
    vi.restoreAllMocks();
  }
}

/** What a JavaScript snippet prints, from a folder in which packages are found. */
export function runNode(snippet: string): string {
  const file = `${import.meta.dirname}/../dist/snippet-${process.pid}.mjs`;
  writeFileSync(file, snippet);
  try {
    return execFileSync(process.execPath, [file], { encoding: 'utf8', stdio: 'pipe' });
  } finally {
    rmSync(file);
  }
}
