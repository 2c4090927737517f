import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const folder = `${import.meta.dirname}/..`;
/** Processors round in their own ways: two digits of a loss are enough. */
const rounded = (text = ''): string => text.replace(/(\d\.\d\d)\d+/g, '$1').replace(/\d+e-\d/, 'little');

test('learns as the README shows, and within 2e-5 of float64', { timeout: 180_000 }, () => {
  const shown = /```text\n([\s\S]*?)```/.exec(readFileSync(`${folder}/README.md`, 'utf8'))?.[1];
  const printed = execFileSync(process.execPath, ['dist/main.js'], { cwd: folder, encoding: 'utf8' });
  expect(rounded(printed)).toBe(rounded(shown));
  expect(Number(/at most (\S+)/.exec(printed)?.[1])).toBeLessThan(2e-5);
});
