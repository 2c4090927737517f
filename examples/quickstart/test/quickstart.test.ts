import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const folder = `${import.meta.dirname}/..`;

test('prints what the README shows', () => {
  const shown = /```text\n([\s\S]*?)```/.exec(readFileSync(`${folder}/README.md`, 'utf8'))?.[1];
  expect(execFileSync(process.execPath, ['dist/main.js'], { cwd: folder, encoding: 'utf8' })).toBe(shown);
});
