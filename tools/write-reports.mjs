// Writes docs/reports: what the kit says of every backend and framework that runs here. `npm run reports [name…]`.
// The reports of a GPU come from the machines that have one; see docs/cuda.md.
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const cli = `${root}/packages/cli/bin/label-smoothing.js`;
const scripts = `${root}/examples/conform-python`;
const python = process.env['PYTHON'] ?? 'python3';

/** Beside the Node that runs this: a newer one, which has more kernels. */
const nodes = [process.execPath, ...(process.env['NEWER_NODE'] ?? '').split(':').filter((path) => path !== '')];

/** @type {Record<string, { module: string, options?: string[] } | { script: string } | { tests: string }>} */
const subjects = {
  reference: { module: '@label-smoothing/core/backend' },
  'typed-array': { module: '@label-smoothing/typed-array/backend' },
  kernels: { tests: 'packages/typed-array/test/conformance' },
  pytorch: { script: 'run_pytorch.py' },
  'jax-optax': { script: 'run_jax.py' },
  numpy: { script: 'run_numpy.py' },
};

/** @param {string} command @param {string[]} args @param {{ stdin?: string, stdout?: string, env?: object }} [how] */
function run(command, args, { stdin, stdout, env } = {}) {
  const input = stdin === undefined ? 'ignore' : openSync(stdin, 'r');
  const output = stdout === undefined ? 'ignore' : openSync(stdout, 'w');
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: [input, output, 'inherit'],
    env: { ...process.env, ...env },
  });
  for (const file of [input, output]) if (typeof file === 'number') closeSync(file);
  return status;
}

/** @param {string} name @param {string[]} subject what `conform` judges */
function report(name, subject) {
  const target = `${root}/docs/reports/${name}`;
  const baseline = `${target}.known-failures.json`;
  const known = existsSync(baseline) ? ['--known-failures', baseline] : [];
  const files = ['--json', `${target}.json`, '--markdown', `${target}.md`];
  const status = run(process.execPath, [cli, 'conform', ...subject, ...known, ...files]);
  console.log(`${name}: ${status === 0 ? 'conformant against its baseline' : `exit code ${status}`}`);
  if (status !== 0) process.exitCode = 1;
}

/** @param {string} name @param {string} script */
function reportOfScript(name, script) {
  const folder = mkdtempSync(join(tmpdir(), 'reports-'));
  const [cases, answers] = [join(folder, 'cases.ndjson'), join(folder, 'answers.ndjson')];
  run(process.execPath, [cli, 'conform', '--emit', cases]);
  const status = run(python, [`${scripts}/${script}`], { stdin: cases, stdout: answers });
  if (status === 0) report(name, ['--verify', answers]);
  else {
    console.error(`${name}: ${python} ${script} ended with ${status}`);
    process.exitCode = 1;
  }
  rmSync(folder, { recursive: true });
}

/**
 * Tests that leave what they found; those in a page run once.
 * @param {string} name @param {string} tests
 */
function reportOfTests(name, tests) {
  for (const [i, node] of nodes.entries()) {
    const project = i === 0 ? [] : ['--project', dirname(dirname(tests))];
    const args = [`${root}/node_modules/vitest/vitest.mjs`, 'run', tests, ...project];
    const status = run(node, args, { env: { VITE_REPORTS: '1' } });
    console.log(`${name}, ${node}: ${status === 0 ? 'conformant' : `exit code ${status}`}`);
    if (status !== 0) process.exitCode = 1;
  }
}

const asked = process.argv.slice(2);
for (const name of asked.length > 0 ? asked : Object.keys(subjects)) {
  const subject = subjects[name];
  if (subject === undefined) throw new RangeError(`no such report: ${name}; ${Object.keys(subjects).join(', ')}`);
  if ('script' in subject) reportOfScript(name, subject.script);
  else if ('tests' in subject) reportOfTests(name, subject.tests);
  else report(name, [subject.module, ...(subject.options ?? []).flatMap((option) => ['--option', option])]);
}
