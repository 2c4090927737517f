// Compiles the kernels, and writes them as text that src/wasm.ts turns into modules:
//   node packages/typed-array/assembly/build.mjs
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import asc from 'assemblyscript/asc';
import binaryen from 'assemblyscript/binaryen';

const folder = new URL('./', import.meta.url);
/** What is compiled, each into a file of its own in ../src, so that who needs only one of them loads only that. */
export const entries = /** @type {const} */ ({
  'index.ts': 'wasm.generated.ts',
  'linear/index.ts': 'linear-wasm.generated.ts',
});
/** @type {Readonly<Record<string, readonly string[]>>} One source, two builds. */
const builds = { simd: [], 'relaxed-simd': ['--enable', 'relaxed-simd'] };
// -O3 is larger, and reorders the loops for the worse.
const flags = ['--runtime', 'stub', '-O2', '--noAssert', '--enable', 'simd'];
// A memory's largest possible size has to be written for the same module to take a shared one.
const memory = ['--importMemory', '--initialMemory', '1', '--maximumMemory', '65536'];

/** @param {string} path */
function readSource(path) {
  try {
    return readFileSync(new URL(path, folder), 'utf8');
  } catch {
    return null;
  }
}

/**
 * @param {string} entry
 * @param {readonly string[]} features
 * @returns {Promise<Uint8Array>}
 */
async function compile(entry, features) {
  /** @type {Uint8Array | undefined} */
  let binary;
  const { error, stderr } = await asc.main([entry, '--outFile', 'kernel.wasm', ...flags, ...memory, ...features], {
    readFile: readSource,
    writeFile: (_, contents) => {
      binary = /** @type {Uint8Array} */ (contents);
    },
    listFiles: () => [],
  });
  if (error || binary === undefined) throw new Error(`the kernels do not compile\n${stderr}`);
  return binary;
}

/**
 * Makes a global of each constant that is used more than once and takes 9 or 18 bytes each time. Engines load what never
 * changes where they need it, and do not make it anew in each turn of a loop.
 *
 * @param {Uint8Array} binary
 */
function shareConstants(binary) {
  const module = binaryen.readBinary(binary);
  module.setFeatures(binaryen.Features.All);
  const [head, ...functions] = module.emitText().split(/(?=\n \(func )/);
  const code = functions.join('');
  const uses = Array.from(code.matchAll(/\((v128|f64)\.const [^)]*\)/g), ([constant]) => constant);
  const shared = [...new Set(uses.filter((constant, i) => uses.indexOf(constant) < i))];
  const globals = shared.map(
    (constant, i) => `(global $shared${i} ${constant.slice(1, constant.indexOf('.'))} ${constant})`,
  );
  const text = shared.reduce((rest, constant, i) => rest.replaceAll(constant, `(global.get $shared${i})`), code);
  const result = binaryen.parseText([head, ...globals, text].join('\n'));
  result.setFeatures(binaryen.Features.All);
  return result.emitBinary();
}

/**
 * The text of a generated file: the same for the same sources, on every machine.
 *
 * @param {keyof typeof entries} entry
 */
export async function generate(entry) {
  const parts = ['// Made by assembly/build.mjs from assembly/*.ts. Do not edit.\n'];
  for (const [name, features] of Object.entries(builds)) {
    const binary = shareConstants(await compile(entry, features));
    const constant = name === 'simd' ? 'simd' : 'relaxedSimd';
    const hash = createHash('sha256').update(binary).digest('hex');
    parts.push(
      `/** ${binary.length} bytes, sha256 ${hash}. */`,
      `export const ${constant}: string =\n  '${Buffer.from(binary).toString('base64')}';\n`,
    );
  }
  return parts.join('\n');
}

if (import.meta.url === `file://${process.argv[1]}`) {
  for (const [entry, file] of Object.entries(entries)) {
    writeFileSync(
      new URL(`../src/${file}`, import.meta.url),
      await generate(/** @type {keyof typeof entries} */ (entry)),
    );
  }
}
