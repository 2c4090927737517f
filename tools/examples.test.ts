// Each example runs to its end and prints something.
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const examples = `${import.meta.dirname}/../examples`;
const run = promisify(execFile);

const has = (name: string, file: string): boolean => existsSync(`${examples}/${name}/${file}`);
// A page has a test of its own, in a browser.
const programs = readdirSync(examples).filter((name) => has(name, 'package.json') && !has(name, 'index.html'));

test.each(programs)('%s', { timeout: 180_000 }, async (name) => {
  const { stdout } = await run(process.execPath, ['dist/main.js', '--quick'], { cwd: `${examples}/${name}` });
  expect(stdout).not.toBe('');
});
