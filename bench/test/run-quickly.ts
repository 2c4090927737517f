import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Runs one suite as a command, and returns the JSON that it leaves beside the Markdown that it prints. */
export function runQuickly<T>(suite: string): T {
  const out = mkdtempSync(join(tmpdir(), 'bench-'));
  try {
    const main = `${import.meta.dirname}/../dist/main.js`;
    const args = [main, suite, '--quick', '--out', out];
    const printed = execFileSync(process.execPath, args, { encoding: 'utf8', stdio: 'pipe' });
    const markdown = readFileSync(join(out, `${suite}.md`), 'utf8');
    if (markdown.trim() !== printed.trim()) throw new Error(`${suite}.md is not what was printed`);
    return JSON.parse(readFileSync(join(out, `${suite}.json`), 'utf8')) as T;
  } finally {
    rmSync(out, { recursive: true });
  }
}
