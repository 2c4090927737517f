import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';

test('prints its verdict and ends with 0', () => {
  const folder = `${import.meta.dirname}/..`;
  const lines = execFileSync(process.execPath, ['dist/main.js'], { cwd: folder, encoding: 'utf8' })
    .trimEnd()
    .split('\n');
  expect(lines.at(-1)).toMatch(/^conformance: \d{3} passed, 0 failed, \d+ unsupported, 2 known failures$/);
});
