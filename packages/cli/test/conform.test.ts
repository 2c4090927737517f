import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
// Built: it starts the program beside it.
import { runInChild } from '../dist/conform/watch.js';
import type { Task } from '../src/conform/messages.js';
import { bin, conform, file, folder, lastLine, type Outcome } from './run-conform.js';

/** The core cases of one dtype: every family, in a second. */
const few = ['--tier', 'core', '--filter', '*/float32/*'];
const faulty = (fault: string, ...rest: readonly string[]): Promise<Outcome> =>
  conform(['./faulty.mjs', '--option', `fault=${fault}`, '--time-limit', '500', ...few, ...rest]);
describe.concurrent('a verdict', () => {
  test('conformant: exit code 0, and a plain last line', async () => {
    const outcome = await conform(['@label-smoothing/core/backend', '--level', 'precise', ...few]);
    expect(lastLine(outcome)).toMatch(/^conformance: \d+ passed, 0 failed, 0 unsupported$/);
    expect(outcome.status).toBe(0);
    expect(outcome.stderr).toMatch(/^conformance: 0 of \d+ cases done, now contract\n/);
  });

  test('options reach the backend; the report is written in every format, whole', async () => {
    const [junit, json, markdown] = ['o.xml', 'o.json', 'o.md'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    const outcome = await faulty('nan', '--junit', junit, '--json', json, '--markdown', markdown);
    expect(outcome.status).toBe(1);
    expect(outcome.stdout).toContain('faulty: nan 1.0.0');
    expect(outcome.stdout).toContain(
      "npx label-smoothing conform ./faulty.mjs --option fault=nan --filter 'loss/float32/ignored#20'",
    );
    expect(readFileSync(junit, 'utf8')).toMatch(/<\/testsuites>\n$/);
    expect(readFileSync(markdown, 'utf8')).toContain('## Failures');
    expect(JSON.parse(readFileSync(json, 'utf8')).schema).toBe('conformance-report-v1');
    // Its own files alone: the tests beside it write, too.
    expect(
      readdirSync(folder)
        .filter((name) => name.startsWith('o.'))
        .sort(),
    ).toEqual(['o.json', 'o.md', 'o.xml']);
    const matrix = await conform(['--matrix', json, json]);
    expect(matrix.status).toBe(0);
    expect(matrix.stdout).toMatch(/^\| backend \| device .*\n.*\n\| faulty: nan 1\.0\.0 .*\n\| faulty: nan 1\.0\.0 /);
  });

  test('the command that a failure names runs that case alone', async () => {
    const outcome = await conform(['./faulty.mjs', '--option', 'fault=nan', '--filter', 'loss/float32/ignored#20']);
    expect(lastLine(outcome)).toBe('conformance: 0 passed, 1 failed, 0 unsupported');
  });

  test('a case that is not there to excuse makes a baseline stale', async () => {
    const stale = file('stale.json', { 'loss/float32/no-such-regime#1': 'fixed long ago' });
    const outcome = await faulty('none', '--known-failures', stale);
    expect(outcome.stdout).toContain('STALE BASELINE ENTRY loss/float32/no-such-regime#1');
    expect(lastLine(outcome)).toMatch(/, 1 stale baseline entry$/);
    expect(outcome.status).toBe(1);
  });

  test('known failures are excused with their reasons', async () => {
    const known = file('known.json', { '*/ignored#20': 'NaN', 'property/*': 'NaN', 'dialect/*': 'NaN' });
    const outcome = await faulty('nan', '--known-failures', known, '--json', join(folder, 'known.out'));
    const report = JSON.parse(readFileSync(join(folder, 'known.out'), 'utf8'));
    const left = report.results.filter(({ status }: { status: string }) => status === 'fail');
    expect(left.map(({ id }: { id: string }) => id)).not.toContain('loss/float32/ignored#20');
    expect(report.counts['known-failure']).toBeGreaterThan(0);
    expect(outcome.stdout).toContain('KNOWN FAILURE loss/float32/ignored#20: NaN');
  });
});

describe.concurrent('a faulty backend fails, exit code 1', () => {
  test.each([
    ['hangs-async', /FAIL loss\/float32\/.*\n {2}loss\/float32\/.*: no answer within 500 ms/],
    ['throws', /FAIL loss\/float32\/.*\n {2}Error: CUDA error: an illegal memory access/],
    ['wrong-length', /FAIL loss\/float32\/.*\n {2}LS_CONTRACT: result\.loss: expected \d values?, got 5 values/],
    ['wrong-type', /LS_CONTRACT: result\.loss: expected an array of numbers, got "1\.5"/],
    ['nan', /FAIL loss\/float32\/.*\n {2}loss\[0\]: NaN where the truth is/],
    ['mutates', /FAIL contract\/float32\/inputs-untouched#1 .*\n {2}logits was written to/],
    ['aliases', /FAIL contract\/float32\/result-is-fresh#1 .*\n {2}the second call wrote into the first result/],
    ['changes-supports', /FAIL contract\/float32\/supports-constant#1 .*\n {2}supports was \{/],
  ])('%s', async (fault, message) => {
    const outcome = await faulty(fault);
    expect(outcome.stdout).toMatch(message);
    expect(outcome.stdout).not.toContain('KIT ERROR');
    expect(lastLine(outcome)).toMatch(/^conformance: \d+ passed, [1-9]\d* failed, \d+ unsupported$/);
    expect(outcome.status).toBe(1);
  });

  test('lies about its device: that it says what is required does not help', async () => {
    const outcome = await faulty('lies-about-device', '--option', 'device=cuda', '--require-device', 'cuda');
    expect(outcome.stdout).toMatch(/FAIL contract\/float32\/device-probed#1 .*\n {2}asked to run on no-such-device/);
    expect(outcome.status).toBe(1);
  });

  test.each([
    ['hangs-sync', /^label-smoothing: loss\/float32\/ignored#\d+: the backend blocks its thread, .*; no report$/m],
    [
      'crashes',
      /^label-smoothing: loss\/float32\/ignored#\d+: the backend's process ended with signal SIGSEGV; no report$/m,
    ],
    [
      'exits',
      /^label-smoothing: loss\/float32\/ignored#\d+: the backend's process ended with exit code 0; no report$/m,
    ],
  ])('%s: the case is named, and nothing is half written', async (fault, message) => {
    const junit = join(folder, `${fault}.xml`);
    const outcome = await faulty(fault, '--junit', junit);
    expect(outcome.stderr).toMatch(message);
    expect(outcome.stdout).toBe('');
    expect(outcome.status).toBe(1);
    expect(existsSync(junit)).toBe(false);
  });
});

describe.concurrent('what cannot be run, exit code 2 and one line', () => {
  test.each([
    ['no-result', /the trivial case in float32: LS_CONTRACT: result: expected \{ loss, gradient\? \}, got undefined/],
    ['always-nan', /the trivial case in float32: expected a finite loss, got NaN/],
    ['always-hangs', /the trivial case in float32: no answer within 500 ms/],
    ['never-opens', /createBackend: no answer within 500 ms/],
    ['blocks-at-open', /opening the backend and computing the trivial case: the backend blocks its thread/],
    ['cannot-open', /createBackend: Error: no CUDA device/],
  ])('fault %s', async (fault, message) => {
    refused(await faulty(fault), message);
  });

  const noReason = file('no-reason.json', { 'loss/*': ' ' });
  const list = file('list.json', ['loss/*']);
  const nothing = file('nothing.json', null);
  const notJson = file('not.json', '{');
  test.each<readonly [string, readonly string[], RegExp]>([
    ['no such file', ['./nowhere.mjs'], /\.\/nowhere\.mjs: there is no such file, seen from .*fixtures/],
    ['no such package', ['no-such-package'], /no-such-package: Cannot find package 'no-such-package', seen from/],
    ['no such export of a package', ['@label-smoothing/core/nope'], /subpath '\.\/nope' is not defined/],
    ['no createBackend', ['./no-factory.mjs'], /expected an export createBackend, a function; it exports backend/],
    ['another contract', ['./contract-two.mjs'], /backend\.contract: expected 1, the version .*, got 2/],
    [
      'throws while loading',
      ['./throws.mjs'],
      /failed while it was loaded: Error: the driver is too old \(file:.*:1\)/,
    ],
    ['never loads', ['./never-loads.mjs', '--time-limit', '500'], /not loaded within 500 ms/],
    [
      'another device',
      ['./faulty.mjs', '--require-device', 'cuda'],
      /device: expected "cuda", as required, .* got "cpu"/,
    ],
    [
      'nothing selected',
      ['./faulty.mjs', '--filter', 'loss/float31/*'],
      /filter: expected a pattern that selects a case/,
    ],
    [
      'a baseline without a reason',
      ['./faulty.mjs', '--known-failures', noReason],
      /\["loss\/\*"\]: expected a reason/,
    ],
    [
      'a baseline that is null',
      ['./faulty.mjs', '--known-failures', nothing],
      /nothing\.json: expected an object from case ids to reasons, got null/,
    ],
    [
      'a baseline that is a list',
      ['./faulty.mjs', '--known-failures', list],
      /expected an object from case ids to reasons/,
    ],
    ['a baseline that is no JSON', ['./faulty.mjs', '--known-failures', notJson], /not\.json: expected JSON/],
    [
      'no baseline file',
      ['./faulty.mjs', '--known-failures', 'nowhere.json'],
      /nowhere\.json: cannot be read \(ENOENT\)/,
    ],
    ['no folder to write to', ['./faulty.mjs', '--json', 'nowhere/o.json'], /there is no folder .*nowhere/],
    ['a folder to write to', ['./faulty.mjs', '--json', '.'], /--json \.: is a folder/],
    ['nothing to do', [], /expected a module or one of --list, .*, got nothing/],
    ['two things to do', ['./faulty.mjs', '--list'], /got the module \.\/faulty\.mjs and --list/],
    ['an option that means nothing', ['--list', '--junit', 'o.xml'], /--junit: means nothing beside --list/],
    ['a pair that is none', ['./faulty.mjs', '--option', 'device'], /--option: expected key=value, got "device"/],
    ['no such tier', ['./faulty.mjs', '--tier', 'all'], /Allowed choices are core, full/],
    ['no such level', ['./faulty.mjs', '--level', 'high'], /Allowed choices are standard, precise/],
    ['a time that is none', ['./faulty.mjs', '--time-limit', '0'], /--time-limit: expected an integer in \[1, /],
    ['two modules', ['./faulty.mjs', './throws.mjs'], /too many arguments/],
    ['a report that is none', ['--matrix', notJson], /not\.json: report: expected JSON/],
    ['no report file', ['--matrix', 'nowhere.json'], /nowhere\.json: cannot be read/],
    ['no answers file', ['--verify', 'nowhere.ndjson'], /nowhere\.ndjson: there is no such file/],
    [
      'answers that are none',
      ['--verify', notJson],
      /answers, line 1: expected a JSON object, got "the beginning of one/,
    ],
  ])('%s', async (_, args, message) => refused(await conform(args), message));

  test('a filter that emits nothing leaves nothing', async () => {
    refused(await conform(['--emit', join(folder, 'never'), '--filter', 'x']), /filter: expected a pattern/);
    expect(readdirSync(folder).filter((name) => name.startsWith('never'))).toEqual([]);
  });

  test('a TypeScript module, where the runtime does not strip types', async () => {
    const strips = Boolean((process.features as { readonly typescript?: unknown }).typescript);
    const message = strips
      ? /createBackend\(\): expected a backend, got null/
      : /does not run this kind of file; compile it/;
    refused(await conform(['./typescript.ts']), message);
  });

  function refused({ status, stdout, stderr }: Outcome, message: RegExp): void {
    expect(stderr).toMatch(message);
    expect(
      stderr
        .trimEnd()
        .split('\n')
        .filter((line) => !line.startsWith('conformance: ')),
    ).toHaveLength(1);
    expect(stderr).toMatch(/^label-smoothing: /);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  }
});

test('the README shows what happens', async () => {
  const readme = readFileSync(`${import.meta.dirname}/../README.md`, 'utf8');
  const [, args = '', last = ''] = /\$ npx label-smoothing conform (.*)\n…\n(.*)\n/.exec(readme) ?? [];
  // Every new case changes the number.
  expect(lastLine(await conform(args.split(' '))).replace(/\d+/, '…')).toBe(last);
});

test('installed where the path has an apostrophe', async () => {
  const place = join(folder, "o'brien");
  const { resolve } = createRequire(import.meta.url);
  const packages = {
    commander: resolve('commander'),
    '@label-smoothing/core': resolve('@label-smoothing/core/package.json'),
    '@label-smoothing/onnx': resolve('@label-smoothing/onnx/package.json'),
  };
  cpSync(`${import.meta.dirname}/../dist`, join(place, 'dist'), { recursive: true });
  cpSync(bin, join(place, 'bin/label-smoothing.js'));
  cpSync(`${import.meta.dirname}/../package.json`, join(place, 'package.json'));
  mkdirSync(join(place, 'node_modules/@label-smoothing'), { recursive: true });
  for (const [name, path] of Object.entries(packages)) {
    symlinkSync(dirname(path), join(place, 'node_modules', name), 'junction');
  }
  const outcome = await conform(['@label-smoothing/core/backend', ...few], '', join(place, 'bin/label-smoothing.js'));
  expect(outcome).toMatchObject({ status: 0, stdout: expect.stringMatching(/ 0 failed, 0 unsupported\n$/) });
});

test('leaves signals to whoever else listens', async () => {
  const mine = (): void => {};
  process.on('SIGTERM', mine);
  const before = process.listeners('SIGTERM');
  const task = { module: './nowhere.mjs', options: {}, timeLimit: 500 } as Task;
  await expect(runInChild(task, { at() {}, end() {} })).rejects.toThrow('there is no such file');
  expect(process.listeners('SIGTERM')).toEqual(before);
  process.off('SIGTERM', mine);
});
