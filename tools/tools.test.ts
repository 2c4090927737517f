// The checks of this folder notice what they are there to notice.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
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

describe('workflows', () => {
  const folder = `${import.meta.dirname}/../.github/workflows`;
  const read = (name: string) => readFileSync(`${folder}/${name}`, 'utf8');

  test.each(readdirSync(folder))('%s names actions by commit, with the tag beside it', (name) => {
    const actions = [...read(name).matchAll(/uses: (.*)/g)].map(([, action]) => action);
    expect(actions.filter((action) => !/^[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action as string))).toEqual([]);
    expect(actions.length).toBeGreaterThan(0);
  });

  test('nothing but the publishing runs beside an identity token', () => {
    const jobs = read('release.yml').split(/^ {2}(?=[a-z]+:\n)/m);
    const trusted = jobs.filter((job) => job.includes('id-token: write'));
    expect(trusted.map((job) => job.split(':')[0])).toEqual(['publish']);
    const commands = [...(trusted[0] ?? '').matchAll(/run: (.*)/g)].map(([, command]) => command);
    expect(commands).toEqual(['npm install --global npm@11.19.1', 'npm ci --ignore-scripts']);
  });
});
