// What users install: the packed packages, their contents, exports, types and sizes, and the lock of this repository.
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import ts from 'typescript';
import { afterAll, describe, expect, test } from 'vitest';
import { lockProblems } from './lock.mjs';

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly exports?: Readonly<Record<string, { readonly default: string }>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}
/** A line of what `npm pack --json` prints. */
interface Packed {
  readonly name: string;
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

const root = resolve(import.meta.dirname, '..');
const readJson = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
const run = promisify(execFile);
/** Resolves to what a failing command printed, or to nothing. */
const failure = (command: string, args: readonly string[] = [], cwd = root): Promise<string> =>
  run(command, args, { cwd }).then(
    () => '',
    (error: { stdout: string; stderr: string }) => `${error.stdout}${error.stderr}`,
  );

const temporary = mkdtempSync(join(tmpdir(), 'label-smoothing-'));
afterAll(() => rmSync(temporary, { recursive: true }));

/** Packs every public package, and unpacks it where npm would install it. */
function packAll(): readonly Packed[] {
  const folders = readdirSync(`${root}/packages`).map((name) => `packages/${name}`);
  const published = folders.filter((folder) => !(readJson(`${root}/${folder}/package.json`) as Manifest).private);
  const workspaces = published.map((folder) => `--workspace=${folder}`);
  const args = ['pack', '--json', '--ignore-scripts', `--pack-destination=${temporary}`, ...workspaces];
  const packed: Packed[] = JSON.parse(execFileSync('npm', args, { cwd: root, encoding: 'utf8', stdio: 'pipe' }));
  for (const { name, filename } of packed) {
    const folder = join(temporary, 'node_modules', name);
    mkdirSync(folder, { recursive: true });
    execFileSync('tar', ['-xzf', join(temporary, filename), '-C', folder, '--strip-components=1']);
  }
  return packed;
}

/** The TypeScript that are-the-types-wrong brings: 5.6, the last before typed arrays became generic. */
function olderCompiler(): string {
  const cli = createRequire(import.meta.url).resolve('@arethetypeswrong/cli/package.json');
  return createRequire(createRequire(cli).resolve('@arethetypeswrong/core')).resolve('typescript/bin/tsc');
}

/** What importing `entry` can load: its relative imports and theirs, dynamic ones too, and names of modules. */
function reachable(entry: string): ReadonlySet<string> {
  const seen = new Set([entry]);
  for (const path of seen) {
    if (!path.endsWith('.js') || !path.startsWith('/')) continue;
    for (const { fileName } of ts.preProcessFile(readFileSync(path, 'utf8')).importedFiles) {
      seen.add(fileName.startsWith('.') ? resolve(dirname(path), fileName) : fileName);
    }
  }
  return seen;
}

describe.each(packAll())('$name', ({ name, filename, size, files }) => {
  const folder = join(temporary, 'node_modules', name);
  const manifest: Manifest = readJson(`${folder}/package.json`);
  const paths = files.map(({ path }) => path);
  const entry = manifest.exports?.['.']?.default;

  test('holds what it should and no more', () => {
    expect(['README.md', 'LICENSE'].filter((file) => !paths.includes(file))).toEqual([]);
    expect(paths.filter((path) => /(^|\/)(test|oracle)\/|\.tsbuildinfo$/.test(path))).toEqual([]);
    expect(size).toBeLessThan(1.5e6);
    if (name === '@label-smoothing/core') expect(manifest.dependencies ?? {}).toEqual({});
  });

  test('publint', async () => {
    const { messages } = await publint({ pkgDir: folder, pack: false, strict: true });
    expect(messages.map((message) => formatMessage(message, manifest))).toEqual([]);
  });

  // A command has no entry to import.
  if (!entry) return;

  test('types resolve', async () => {
    const options = ['--profile=esm-only', '--format=ascii', '--no-emoji'];
    expect(await failure(join(root, 'node_modules/.bin/attw'), [join(temporary, filename), ...options])).toBe('');
  });

  test('the root entry loads no vectors, no kit and nothing of Node', () => {
    const loaded = [...reachable(join(folder, entry))].map((path) => path.replace(folder, ''));
    expect(loaded.filter((path) => /^node:|\/vectors|\/conformance/.test(path))).toEqual([]);
  });

  test('imports, and compiles with an older TypeScript', async () => {
    const program = `import * as all from '${name}';\nif (Object.keys(all).length === 0) throw new Error('no exports');\n`;
    const file = join(temporary, filename.replace('.tgz', ''));
    writeFileSync(`${file}.mjs`, program);
    writeFileSync(`${file}.mts`, program);
    const options = ['--noEmit', '--strict', '--module', 'NodeNext', '--target', 'ES2022'];
    expect(await failure(process.execPath, [`${file}.mjs`], temporary)).toBe('');
    expect(await failure(process.execPath, [olderCompiler(), ...options, `${file}.mts`], temporary)).toBe('');
  });
});

test('bundles of a named import stay within .size-limit.json', async () => {
  expect(await failure(join(root, 'node_modules/.bin/size-limit'))).toBe('');
});

test('package-lock.json is complete for every platform, without URLs and with integrity', () => {
  expect(lockProblems(readJson(`${root}/package-lock.json`))).toEqual([]);
});
