// The checks of this folder notice what they are there to notice.
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { lockProblems } from './lock.mjs';
import { checkedProgram, fences } from './snippets.ts';

describe('snippets', () => {
  const statusOf = (code: string) =>
    spawnSync(process.execPath, ['--input-type=module', '--eval', checkedProgram({ origin: '', code })]).status;

  test.each([
    ['console.log(0.50763); // 0.50763', 0],
    ['console.log(0.50763); // 0.5076', 1],
    ['console.log(0.50763); // 0.5076…', 0],
    ['console.log(0.50763); // 0.5077…', 1],
    ['console.log("a\\n  b"); // a b', 0],
    ['console.log(""); // …', 0],
    ['console.log({ a: [1, 2] }) // { a: [ 1, …', 0],
    ['console.log(1);\n// a remark', 0],
    ['const n: number = 3;\nif (n > 2) console.log(n); // 4', 1],
  ])('%s exits with %i', (code, status) => expect(statusOf(code)).toBe(status));

  test('a fence knows its line and sheds its indentation', () => {
    expect(fences('a.md', 'one\n\n  ```ts\n  f(\n    1);\n  ```\n')).toEqual([
      { origin: 'a.md:3', code: 'f(\n  1);\n' },
    ]);
  });
});

describe('lock', () => {
  const sound = { version: '1.0.0', integrity: 'sha512-…' };

  test.each([
    ['complete', { 'node_modules/a': sound }, []],
    ['a URL', { 'node_modules/a': { ...sound, resolved: 'https://…' } }, ['node_modules/a has a "resolved" URL']],
    ['no integrity', { 'node_modules/a': { version: '1.0.0' } }, ['node_modules/a has no integrity']],
    [
      'a platform that is missing',
      { 'node_modules/a': { ...sound, optionalDependencies: { b: '1.0.0' } } },
      ['b is missing: run npm run lock:fill'],
    ],
    [
      'a platform that is filled in, one level deeper',
      {
        'node_modules/a': { ...sound, optionalDependencies: { b: '1.0.0' } },
        'node_modules/a/node_modules/b': { version: '1.0.0', optional: true, os: ['win32'] },
      },
      [],
    ],
  ])('%s', (_, packages, problems) => expect(lockProblems({ packages })).toEqual(problems));
});
