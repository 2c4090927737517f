// Rewrites the generated parts of docs/ and of README.md: what stands between `<!-- generated: name -->` and `<!-- /generated -->`.
// A test asserts that they are up to date; `npm run build && npm run docs:generate` brings them there.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fromBinary } from '@bufbuild/protobuf';
import { dialects } from '@label-smoothing/core';
import { budgetFor, budgets, compatibilityMatrix, readReport } from '@label-smoothing/core/conformance';
import { binaryLossModel, lossModel } from '@label-smoothing/onnx';
import { ModelProtoSchema } from 'onnx-buf';

/**
 * @typedef {{ bug: string, spec: string }} Note
 * @typedef {{ family: string, regime: string, notes: Record<string, Note>, cases: { tier: string, dtype: string }[] }} Vectors
 * @typedef {{ framework: string, version: string, precision: string, source: string,
 *   cases: { comment: string, deviation?: string }[] }} Recorded
 */

const root = resolve(import.meta.dirname, '..');
const vectors = `${root}/packages/core/vectors`;
const readJson = (/** @type {string} */ path) => JSON.parse(readFileSync(path, 'utf8'));

/** @param {readonly string[]} head @param {readonly (readonly string[])[]} rows */
function table(head, rows) {
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n');
}

/** @param {unknown} value */
function optionText(value) {
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([kind, name]) => `${name} (${kind})`)
      .join(', ');
  }
  return typeof value === 'number' ? String(value).replace('-', '−') : String(value);
}

function defaults() {
  const common = ['smoothingMode', 'weightMode', 'denominator', 'reduction', 'ignoreIndex', 'onEmpty'];
  const rows = Object.entries(dialects).map(([name, { options }]) => {
    /** @type {Record<string, unknown>} */
    const preset = { ...options };
    const rest = Object.entries(preset).filter(([option]) => ![...common, 'maskedLogits'].includes(option));
    const more = rest.map(([option, value]) => (value === true ? option : `${option}: ${value}`));
    return [`[${name}](#${name})`, ...common.map((option) => optionText(preset[option])), more.join(', ')];
  });
  return table(['dialect', ...common, 'else'], rows);
}

/** @param {string} name @param {string} source */
function dialectBlock(name, source) {
  const path = `${vectors}/frameworks/${name}.json`;
  const lines = [`Source: ${source}.`];
  if (!existsSync(path)) return [...lines, '', 'Nothing is recorded yet.'].join('\n');
  /** @type {Recorded} */
  const { framework, version, cases, source: recordedFrom } = readJson(path);
  const deviations = cases.filter(({ deviation }) => deviation !== undefined);
  lines.push('', `Recorded: ${cases.length} answers of ${framework} ${version} (${recordedFrom}).`);
  if (deviations.length === 0) return [...lines, 'No deviations.'].join('\n');
  const list = deviations.map(({ comment, deviation }) => `- ${comment}: ${deviation}`);
  return [...lines, `Deviations (${deviations.length}):`, '', ...list].join('\n');
}

function vectorFiles() {
  const names = readdirSync(vectors).filter((name) => name.endsWith('.json') && !/^(index|schema)\./.test(name));
  return names.sort().map((name) => ({ name, .../** @type {Vectors} */ (readJson(`${vectors}/${name}`)) }));
}

function regimes() {
  const files = vectorFiles();
  const rows = files.map(({ name, cases, notes }) => [
    `\`${name}\``,
    String(cases.length),
    String(cases.filter(({ tier }) => tier === 'core').length),
    [...new Set(cases.map(({ dtype }) => dtype))].sort().join(', '),
    [...new Set(Object.values(notes).map(({ spec }) => spec))].sort((a, b) => +a.slice(1) - +b.slice(1)).join(', '),
  ]);
  const total = files.flatMap(({ cases }) => cases);
  const core = total.filter(({ tier }) => tier === 'core').length;
  return table(
    ['file', 'cases', 'core', 'dtypes', 'clauses'],
    [...rows, ['all', `${total.length}`, `${core}`, '', '']],
  );
}

function flags() {
  const notes = Object.assign({}, ...vectorFiles().map((file) => file.notes));
  const rows = /** @type {[string, Note][]} */ (Object.entries(notes)).sort(
    ([a, { spec: s }], [b, { spec: t }]) => +s.slice(1) - +t.slice(1) || a.localeCompare(b, 'en'),
  );
  return table(
    ['flag', 'clause', 'the bug it catches'],
    rows.map(([flag, { bug, spec }]) => [flag, spec, bug]),
  );
}

function frameworks() {
  const rows = Object.keys(dialects).flatMap((name) => {
    const path = `${vectors}/frameworks/${name}.json`;
    if (!existsSync(path)) return [];
    /** @type {Recorded} */
    const { framework, version, precision, cases } = readJson(path);
    const deviate = cases.filter(({ deviation }) => deviation !== undefined).length;
    return [[name, `${framework} ${version}`, precision, String(cases.length), String(deviate)]];
  });
  return table(['dialect', 'framework', 'judged at', 'answers', 'deviate'], rows);
}

function budgetTable() {
  const sizes = [10, 1000, 50257];
  const rows = Object.entries(budgets).flatMap(([arithmetic, levels]) =>
    Object.entries(levels).flatMap(([level, dtypes]) =>
      Object.entries(dtypes).map(([dtype, { loss, gradient }]) => {
        const formulas = [loss, gradient].map(({ constant, perRootClass }) =>
          perRootClass === 0 ? `${constant}` : `${constant} + ${perRootClass}·√K`,
        );
        const at = (/** @type {number} */ K) =>
          [loss, gradient].map((term) => budgetFor(term, K).toFixed(0)).join(' / ');
        return [arithmetic, level, dtype, ...formulas, ...sizes.map(at)];
      }),
    ),
  );
  return table(['arithmetic', 'level', 'dtype', 'loss', 'gradient', ...sizes.map((K) => `K = ${K}`)], rows);
}

/** The first rows of the table are ours; the rest comes as the files are named. */
const ours = ['reference', 'typed-array', 'onnxruntime'];

function matrix() {
  const folder = `${root}/docs/reports`;
  const names = readdirSync(folder).filter((name) => name.endsWith('.json') && !name.includes('known-failures'));
  const place = (/** @type {string} */ name) => ours.findIndex((own) => name.startsWith(own));
  const rank = (/** @type {string} */ name) => (place(name) < 0 ? ours.length : place(name));
  const sorted = names.sort((a, b) => rank(a) - rank(b) || a.localeCompare(b, 'en'));
  return compatibilityMatrix(sorted.map((name) => readReport(readFileSync(`${folder}/${name}`, 'utf8')))).trimEnd();
}

/** Each kernel of typed-array in each runtime that left its reports. */
function kernels() {
  const folder = `${root}/docs/reports/typed-array`;
  const rows = readdirSync(folder).flatMap((name) => {
    /** @type {import('../packages/typed-array/test/verdict.js').Verdict[]} */
    const verdicts = readJson(`${folder}/${name}`);
    return verdicts.map(({ backend, runtime, counts, groups }) => {
      const chrome = /Chrome\/(\d+)/.exec(runtime);
      const page = `Chrome ${chrome?.[1]}, a page ${name.includes('isolated') ? 'with' : 'without'} cross-origin isolation`;
      const worst = ['loss', 'gradient'].map((family) => {
        const group = groups.find((one) => one.family === family && one.dtype === 'float32');
        return group?.worst?.ulp.toFixed(2) ?? '–';
      });
      const kernel = /\((.*)\)/.exec(backend.name)?.[1] ?? '';
      return [kernel, chrome === null ? runtime : page, `${counts.pass} / ${counts.pass + counts.fail}`, ...worst];
    });
  });
  return table(['kernel', 'runtime', 'passed', 'loss, ULP', 'gradient, ULP'], rows);
}

/** Bytes and nodes of graphs for common options. */
function graphSizes() {
  const weight = Float32Array.from({ length: 1000 }, (_, k) => 1 + k / 1000);
  /** @type {[string, import('@label-smoothing/onnx').ExportOptions][]} */
  const options = [
    ['labelSmoothing 0', {}],
    ['labelSmoothing 0.1', { labelSmoothing: 0.1 }],
    ["labelSmoothing 0.1, maskedLogits 'propagate'", { labelSmoothing: 0.1, maskedLogits: 'propagate' }],
    ["dialect 'pytorch', labelSmoothing 0.1", { dialect: 'pytorch', labelSmoothing: 0.1 }],
    ["labelSmoothing 0.1, smoothingMode 'others'", { labelSmoothing: 0.1, smoothingMode: 'others' }],
    ['labelSmoothing 0.1, weight', { labelSmoothing: 0.1, weight }],
    ['labelSmoothing 0.1, sampleWeight', { labelSmoothing: 0.1, sampleWeight: true }],
    ['labelSmoothing 0.1, zLoss', { labelSmoothing: 0.1, zLoss: 1e-4 }],
    ["labelSmoothing 0.1, target 'probabilities'", { labelSmoothing: 0.1, target: 'probabilities' }],
  ];
  const text = (/** @type {Uint8Array} */ bytes) =>
    `${bytes.length.toLocaleString('en')} bytes, ${fromBinary(ModelProtoSchema, bytes).graph?.node.length} nodes`;
  const both = (/** @type {(gradient: boolean) => Uint8Array} */ write) => [text(write(false)), text(write(true))];
  const rows = options.map(([name, chosen]) => [
    name,
    ...both((gradient) => lossModel({ classes: 1000, gradient, ...chosen })),
  ]);
  const binary = both((gradient) => binaryLossModel({ labelSmoothing: 0.1, gradient }));
  return table(['options', 'loss', 'loss and gradient'], [...rows, ['binaryLossModel, labelSmoothing 0.1', ...binary]]);
}

/** Whom the README shows, and in which words. Everyone is in bench/results. */
const shown = [
  ['ours, relaxed SIMD', '**ours**, relaxed SIMD (Node 22, Chrome 114)'],
  ['ours, SIMD', '**ours**, SIMD (Node 20)'],
  ['ours, JavaScript', '**ours**, JavaScript'],
  ['C, widest vectors', 'C, the same algorithm, widest vectors'],
  ['JAX, index form', 'JAX, jitted, written by hand'],
  ['JAX + optax', 'JAX + optax, jitted'],
  ['torch.compile', '`torch.compile` of `F.cross_entropy`'],
  ['PyTorch eager', 'PyTorch `F.cross_entropy`'],
  ['ONNX Runtime, LogSoftmax', 'ONNX Runtime'],
  ['TensorFlow.js wasm', 'TensorFlow.js, WebAssembly'],
  ['TensorFlow.js cpu', 'TensorFlow.js, cpu'],
];

/** Loss and gradient per logit, from the bench's last results. */
function performance() {
  const path = `${root}/bench/results/cpu.json`;
  if (!existsSync(path)) return 'Nothing is measured yet.';
  /** @type {{ machine: { cpu: string }, versions: string[], comparisons: { rows: number, classes: number, features?: number, operation: string,
   *   data: string, figures: { name: string, nanosecondsPerLogit: number }[] }[] }} */
  const { machine, versions, comparisons } = readJson(path);
  const columns = comparisons.filter(
    ({ rows, features, operation, data }) =>
      rows > 1 && features === undefined && operation === 'gradient' && data === 'normal',
  );
  const rows = shown.map(([name, words = '']) => [
    words,
    ...columns.map(({ figures }) => {
      const own = figures.find((one) => one.name === name);
      const first = figures.find((one) => one.name === shown[0]?.[0]);
      if (own === undefined || first === undefined) return '–';
      const times = own.nanosecondsPerLogit / first.nanosecondsPerLogit;
      const time = own.nanosecondsPerLogit;
      return `${time < 10 ? time.toPrecision(2) : time.toFixed(0)} (${times < 10 ? times.toFixed(1) : times.toFixed(0)}×)`;
    }),
  ]);
  const shapes = columns.map(({ rows, classes }) => `[${rows}, ${classes}]`);
  const chart = '![Nanoseconds per logit of everyone at five shapes](bench/results/cpu.svg)';
  return `${table(['', ...shapes], rows)}\n\nOn one core of ${machine.cpu}: ${versions.join(', ')}.\n\n${chart}`;
}

/** The parts of each page by name. @returns {Record<string, Record<string, string>>} */
function parts() {
  const blocks = Object.entries(dialects).map(([name, { source }]) => [name, dialectBlock(name, source)]);
  return {
    'README.md': { performance: performance() },
    'docs/dialects.md': { defaults: defaults(), ...Object.fromEntries(blocks) },
    'docs/vectors.md': { regimes: regimes(), flags: flags(), frameworks: frameworks() },
    'docs/compatibility.md': { matrix: matrix() },
    'docs/typed-array.md': { kernels: kernels() },
    'docs/onnx.md': { sizes: graphSizes() },
    'docs/tolerances.md': { budgets: budgetTable() },
  };
}

/**
 * Every page with generated parts, as it is and as it should be.
 * @returns {{ path: string, current: string, fresh: string }[]}
 */
export function pages() {
  return Object.entries(parts()).map(([path, texts]) => {
    const current = readFileSync(`${root}/${path}`, 'utf8');
    let fresh = current;
    for (const [name, text] of Object.entries(texts)) {
      const [open, close] = [`<!-- generated: ${name} -->\n`, '<!-- /generated -->'];
      const start = fresh.indexOf(open) + open.length;
      const end = fresh.indexOf(close, start);
      if (start < open.length || end < 0) throw new Error(`${path}: no markers for "${name}"`);
      fresh = `${fresh.slice(0, start)}\n${text}\n\n${fresh.slice(end)}`;
    }
    return { path, current, fresh };
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const { path, current, fresh } of pages()) {
    if (fresh === current) continue;
    writeFileSync(`${root}/${path}`, fresh);
    console.log(`${path} rewritten`);
  }
}
