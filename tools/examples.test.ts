// Each example runs to its end and prints something.
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const examples = `${import.meta.dirname}/../examples`;
const run = promisify(execFile);

const programs = readdirSync(examples).filter((name) => existsSync(`${examples}/${name}/package.json`));

test.each(programs)('%s', { timeout: 180_000 }, async (name) => {
  const { stdout } = await run(process.execPath, ['dist/main.js', '--quick'], { cwd: `${examples}/${name}` });
  expect(stdout).not.toBe('');
});
