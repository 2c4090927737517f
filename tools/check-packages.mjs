// What users install: packs the public packages and checks the tarballs, their exports, types and sizes, and the lock.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import ts from 'typescript';
import { lockProblems } from './lock.mjs';

/**
 * @typedef {{ name: string, private?: boolean, exports?: Record<string, { default: string }>, bin?: object,
 *   dependencies?: Record<string, string> }} Manifest
 * @typedef {{ name: string, folder: string, tarball: string, bytes: number, files: string[], manifest: Manifest }} Packed
 */

const root = resolve(import.meta.dirname, '..');
const bin = (/** @type {string} */ name) => join(root, 'node_modules/.bin', name);
const readJson = (/** @type {string} */ path) => JSON.parse(readFileSync(path, 'utf8'));
const maxPackedBytes = 1.5e6;

/**
 * Packs every public package, and unpacks it as npm would install it under `folder`.
 * @param {string} folder @returns {Packed[]}
 */
function pack(folder) {
  const isPublic = (/** @type {string} */ name) => !readJson(`${root}/packages/${name}/package.json`).private;
  const workspaces = readdirSync(`${root}/packages`)
    .filter(isPublic)
    .map((name) => `--workspace=packages/${name}`);
  const output = execFileSync(
    'npm',
    ['pack', '--json', '--ignore-scripts', `--pack-destination=${folder}`, ...workspaces],
    {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  return JSON.parse(output).map(
    (/** @type {{ name: string, filename: string, size: number, files: { path: string }[] }} */ result) => {
      const tarball = join(folder, result.filename);
      const installed = join(folder, 'node_modules', result.name);
      mkdirSync(installed, { recursive: true });
      execFileSync('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1']);
      const files = result.files.map(({ path }) => path);
      return {
        name: result.name,
        folder: installed,
        tarball,
        bytes: result.size,
        files,
        manifest: readJson(`${installed}/package.json`),
      };
    },
  );
}

/** @param {Packed} packed */
function contentProblems({ name, bytes, files, manifest }) {
  const problems = ['README.md', 'LICENSE']
    .filter((file) => !files.includes(file))
    .map((file) => `${file} is not packed`);
  problems.push(
    ...files.filter((file) => /(^|\/)(test|oracle)\/|\.tsbuildinfo$/.test(file)).map((file) => `${file} is packed`),
  );
  if (bytes > maxPackedBytes) problems.push(`packed size ${bytes} exceeds ${maxPackedBytes}`);
  if (name === '@label-smoothing/core' && manifest.dependencies) problems.push('core must have no dependencies');
  return problems;
}

/** @param {Packed} packed */
async function publintProblems({ folder, manifest }) {
  const { messages } = await publint({ pkgDir: folder, pack: false, strict: true });
  return messages.map((message) => `publint: ${formatMessage(message, manifest) ?? message.code}`);
}

/** @param {Packed} packed */
function typeProblems({ tarball, manifest }) {
  if (!manifest.exports?.['.']) return [];
  const { status, stdout } = spawnSync(
    bin('attw'),
    [tarball, '--profile', 'esm-only', '--format', 'ascii', '--no-emoji'],
    {
      encoding: 'utf8',
    },
  );
  return status === 0 ? [] : [`are-the-types-wrong: ${stdout}`];
}

/**
 * Everything that importing the root loads, dynamic imports too. Data, the kit and Node are behind other entries.
 * @param {Packed} packed
 */
function rootProblems({ folder, manifest }) {
  const entry = manifest.exports?.['.']?.default;
  if (!entry) return [];
  const seen = new Set([join(folder, entry)]);
  const problems = [];
  for (const path of seen) {
    for (const { fileName } of ts.preProcessFile(readFileSync(path, 'utf8')).importedFiles) {
      if (/^node:|vectors|conformance/.test(fileName)) problems.push(`the root entry loads ${fileName}, from ${path}`);
      else if (fileName.startsWith('.')) seen.add(resolve(dirname(path), fileName));
    }
  }
  return problems;
}

/** The TypeScript that are-the-types-wrong brings: 5.6, before typed arrays became generic. */
function olderCompiler() {
  const cli = createRequire(import.meta.url).resolve('@arethetypeswrong/cli/package.json');
  const core = createRequire(cli).resolve('@arethetypeswrong/core');
  return createRequire(core).resolve('typescript/bin/tsc');
}

/**
 * The packages side by side, as installed: each imports in Node and compiles with an older TypeScript.
 * @param {string} folder @param {Packed} packed
 */
function consumerProblems(folder, { name, manifest }) {
  if (!manifest.exports?.['.']) return [];
  const program = `import * as all from '${name}';\nif (Object.keys(all).length === 0) throw new Error('no exports');\n`;
  writeFileSync(`${folder}/use.mjs`, program);
  writeFileSync(`${folder}/use.mts`, program);
  const options = ['--noEmit', '--strict', '--module', 'NodeNext', '--target', 'ES2022'];
  return [['use.mjs'], [olderCompiler(), ...options, 'use.mts']].flatMap((command) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: folder, encoding: 'utf8' });
    return status === 0 ? [] : [`${command.at(-1)}: ${stdout}${stderr}`];
  });
}

/** The bundle size of each named import of `.size-limit.json`; size-limit prints the table itself. */
function sizeProblems() {
  const { status } = spawnSync(bin('size-limit'), { cwd: root, stdio: 'inherit' });
  return status === 0 ? [] : ['size-limit failed: see above'];
}

const temporary = mkdtempSync(join(tmpdir(), 'label-smoothing-'));
const problems = lockProblems(readJson(`${root}/package-lock.json`)).map((text) => `package-lock.json: ${text}`);
for (const packed of pack(temporary)) {
  const found = [
    ...contentProblems(packed),
    ...(await publintProblems(packed)),
    ...typeProblems(packed),
    ...rootProblems(packed),
    ...consumerProblems(temporary, packed),
  ];
  problems.push(...found.map((text) => `${packed.name}: ${text}`));
  console.log(`${packed.name}: ${packed.files.length} files, ${(packed.bytes / 1000).toFixed(1)} kB packed`);
}
problems.push(...sizeProblems());
rmSync(temporary, { recursive: true });
for (const text of problems) console.error(`✖ ${text}`);
process.exitCode = problems.length > 0 ? 1 : 0;
