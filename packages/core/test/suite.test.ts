import { execFile } from 'node:child_process';
import nodeTest from 'node:test';
import { fileURLToPath } from 'node:url';
import { createBackend as reference } from '@label-smoothing/core/backend';
import { conformanceSuite, type Report, runConformance, type TestFunction } from '@label-smoothing/core/conformance';
import { beforeAll, describe, expect, test } from 'vitest';
import { createBackend, knownFailures, selection } from './suite/backend.mjs';

interface Tried {
  readonly name: string;
  readonly outcome: 'pass' | 'skip' | string;
}

/** A runner of no context: what is registered, and what becomes of it. */
async function registered(change: Partial<Parameters<typeof conformanceSuite>[0]> = {}): Promise<readonly Tried[]> {
  const tests: [string, () => Promise<void>][] = [];
  const register: TestFunction = (name, body) => tests.push([name, body]);
  await conformanceSuite({ test: register, createBackend, knownFailures, ...selection, ...change });
  const tried: Tried[] = [];
  for (const [name, body] of tests) {
    const outcome = await body().then(
      () => 'pass',
      (error: Error) => error.message,
    );
    tried.push({ name, outcome });
  }
  return tried;
}

let report: Report;
beforeAll(async () => {
  report = await runConformance(createBackend, { knownFailures, ...selection });
});

describe('the same cases as a run has', () => {
  test('one test a case and one for the baseline, with the same verdicts', async () => {
    const tried = await registered();
    expect(tried.map(({ name }) => name.split(' ')[0])).toEqual([...report.results.map(({ id }) => id), 'conformance']);
    const failed = tried.filter(({ outcome }) => outcome !== 'pass').map(({ name }) => name);
    expect(failed).toEqual(report.results.filter(({ status }) => status === 'fail').map(({ id }) => id));
    expect(failed.length).toBeGreaterThan(0);
  });

  test('names say what is unsupported and what is excused', async () => {
    const names = (await registered()).map(({ name }) => name);
    expect(names).toContain('loss/float32/nd-axis#20 (known failure: rows are scaled)');
    const unsupported = names.filter((name) => name.includes('(unsupported: weight)'));
    expect(unsupported.length).toBeGreaterThan(0);
  });

  test('a failure says what, why and how to run it again', async () => {
    const [first] = (await registered()).filter(({ outcome }) => outcome !== 'pass');
    expect(first?.outcome).toMatch(
      /where the truth is .*\nspec S\d+; catches: .*\nnpx label-smoothing conform .* --filter/,
    );
  });

  test('stale entries fail, unless the cases they cover were left out', async () => {
    const stale = { 'loss/float32/no-such-regime#*': 'gone', 'loss/float32/nd-axis#8': 'passes by now' };
    const tried = await registered({ knownFailures: stale });
    expect(tried.at(-1)?.outcome).toContain('loss/float32/no-such-regime#*, loss/float32/nd-axis#8');
    expect(tried.find(({ name }) => name.startsWith('loss/float32/nd-axis#8 '))?.outcome).toContain('remove the entry');
    const others = await registered({ knownFailures: { 'gradient/*': 'not in this selection' } });
    expect(others.at(-1)).toEqual({ name: 'conformance baseline', outcome: 'pass' });
  });
});

test.each([
  ['nothing selected', { filter: 'loss/float31/*' }, /filter/],
  ['another device', { requireDevice: 'cuda' }, /"cuda", as required/],
  ['a baseline without a reason', { knownFailures: { '*': '' } }, /a reason/],
  ['no factory', { createBackend: undefined as never }, /createBackend/],
])('rejects at once for %s', async (_, change, message) => {
  await expect(registered(change)).rejects.toThrow(message);
});

// By their types alone: each runner's own function is one that the suite takes.
test('takes the test functions of the runners as they are', () => {
  const functions: readonly TestFunction[] = [test, nodeTest.test];
  expect(functions).toHaveLength(2);
});

interface Spawned {
  readonly status: number;
  readonly stdout: string;
}

/** A runner in a process of its own, without the variables by which runners know their children. */
function spawned(...args: readonly string[]): Promise<Spawned> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(NODE_|VITEST|TEST)/.test(name)));
  const cwd = fileURLToPath(new URL('.', import.meta.url));
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd, env }, (error, stdout) => {
      resolve({ status: error === null ? 0 : Number(error.code), stdout });
    });
  });
}

/** `ok` lines of TAP, by whether they say that they were skipped. */
function tap(stdout: string): Record<'passed' | 'failed' | 'skipped', number> {
  const count = (pattern: RegExp): number => stdout.match(pattern)?.length ?? 0;
  const skipped = count(/^ok .*# SKIP/gm);
  return { passed: count(/^ok /gm) - skipped, failed: count(/^not ok /gm), skipped };
}

describe.concurrent('in processes of their own', () => {
  /** The baseline's test passes too, and a known failure is a pass. */
  const expected = () => ({
    passed: report.counts.pass + report.counts['known-failure'] + 1,
    failed: report.counts.fail,
    skipped: report.counts.unsupported,
  });

  test('node:test', async () => {
    const { status, stdout } = await spawned('--test', '--test-reporter=tap', 'suite/node-test.mjs');
    expect(tap(stdout)).toEqual(expected());
    expect(status).toBe(1);
  });

  test('tape', async () => {
    const { status, stdout } = await spawned('suite/tape.mjs');
    expect(tap(stdout)).toEqual(expected());
    expect(stdout).toContain('# loss/float32/nd-axis#2 (unsupported: weight)');
    expect(status).toBe(1);
  });

  test('vitest', async () => {
    const bin = fileURLToPath(new URL('../vitest.mjs', import.meta.resolve('vitest')));
    const { status, stdout } = await spawned(bin, 'run', '--root=suite');
    const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(stdout);
    expect({ passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests }).toEqual(expected());
    expect(status).toBe(1);
  });

  test('mocha', async () => {
    const bin = fileURLToPath(import.meta.resolve('mocha/bin/mocha.js'));
    const { status, stdout } = await spawned(bin, '--reporter=json', 'suite/mocha.mjs');
    const { passes, failures, pending } = JSON.parse(stdout).stats;
    expect({ passed: passes, failed: failures, skipped: pending }).toEqual(expected());
    expect(status).toBe(report.counts.fail);
  });
});

test('the reference registers without a failure', async () => {
  const tried = await registered({ createBackend: reference, knownFailures: {}, filter: 'contract/*' });
  expect(tried.filter(({ outcome }) => outcome !== 'pass')).toEqual([]);
});
