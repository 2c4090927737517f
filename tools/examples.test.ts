// Each example runs to its end and prints something.
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const examples = `${import.meta.dirname}/../examples`;
const run = promisify(execFile);

test.each(readdirSync(examples))('%s', { timeout: 180_000 }, async (name) => {
  const { stdout } = await run(process.execPath, ['dist/main.js'], { cwd: `${examples}/${name}` });
  expect(stdout).not.toBe('');
});
