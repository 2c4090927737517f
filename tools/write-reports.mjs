// Writes docs/reports: what the kit says of every backend and framework that runs here. `npm run reports [name…]`.
// The reports of a browser or a GPU come from the machines that have one; see docs/cuda.md.
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const cli = `${root}/packages/cli/bin/label-smoothing.js`;
const scripts = `${root}/examples/conform-python`;
const python = process.env['PYTHON'] ?? 'python3';

/** @type {Record<string, { module: string, options?: string[] } | { script: string }>} */
const subjects = {
  reference: { module: '@label-smoothing/core/backend' },
  'typed-array': { module: '@label-smoothing/typed-array/backend' },
  pytorch: { script: 'run_pytorch.py' },
  'jax-optax': { script: 'run_jax.py' },
  numpy: { script: 'run_numpy.py' },
};

/** @param {string} command @param {string[]} args @param {{ stdin?: string, stdout?: string }} [files] */
function run(command, args, { stdin, stdout } = {}) {
  const input = stdin === undefined ? 'ignore' : openSync(stdin, 'r');
  const output = stdout === undefined ? 'ignore' : openSync(stdout, 'w');
  const { status } = spawnSync(command, args, { cwd: root, stdio: [input, output, 'inherit'] });
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

const asked = process.argv.slice(2);
for (const name of asked.length > 0 ? asked : Object.keys(subjects)) {
  const subject = subjects[name];
  if (subject === undefined) throw new RangeError(`no such report: ${name}; ${Object.keys(subjects).join(', ')}`);
  if ('script' in subject) reportOfScript(name, subject.script);
  else report(name, [subject.module, ...(subject.options ?? []).flatMap((option) => ['--option', option])]);
}
