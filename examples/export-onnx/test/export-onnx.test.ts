import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const folder = `${import.meta.dirname}/..`;

test('prints what the README shows', () => {
  const shown = /```text\n([\s\S]*?)```/.exec(readFileSync(`${folder}/README.md`, 'utf8'))?.[1];
  const printed = execFileSync(process.execPath, ['dist/main.js'], { cwd: folder, encoding: 'utf8' });
  // A graph may grow by a node.
  const usual = (text = ''): string => text.replace(/\d+ nodes/, 'some nodes');
  expect(usual(printed)).toBe(usual(shown));
});
