// node dist/main.js [--quick] [--out folder]: everything side by side, into results/ as Markdown and JSON.
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { benchOnnx } from './onnx/suite.js';
import { type Machine, onnxMarkdown } from './report.js';

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    out: { type: 'string', default: resolve(import.meta.dirname, '../results') },
  },
});

const load = (): number => loadavg()[0] as number;
const before = load();
const results = await benchOnnx(flags.quick);
const [cpu] = cpus();
const machine: Machine = {
  cpu: cpu?.model ?? 'unknown',
  cores: cpus().length,
  node: process.version,
  load: [before, load()],
};
const markdown = onnxMarkdown(results, machine);
await mkdir(flags.out, { recursive: true });
await writeFile(join(flags.out, 'onnx.md'), markdown);
await writeFile(join(flags.out, 'onnx.json'), `${JSON.stringify({ machine, ...results }, null, 2)}\n`);
console.log(markdown);
