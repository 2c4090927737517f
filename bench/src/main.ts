// node dist/main.js [suite…] [--quick] [--out folder]: suites of measurements, into results/ as Markdown and JSON.
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { cpuChart } from './cpu/chart.js';
import { cpuMarkdown } from './cpu/report.js';
import { benchCpu } from './cpu/suite.js';
import { growthChart } from './growth/chart.js';
import { growthMarkdown } from './growth/report.js';
import { benchGrowth } from './growth/suite.js';
import { type Machine, onThisMachine } from './machine.js';
import { onnxMarkdown } from './onnx/report.js';
import { benchOnnx } from './onnx/suite.js';

/** Measures, and says what to write, by the ending of the file's name. */
type Suite = (quick: boolean) => Promise<Readonly<Record<string, string>>>;

const suites: Readonly<Record<string, Suite>> = {
  cpu: (quick) => written(() => benchCpu(quick), { md: cpuMarkdown, svg: cpuChart }),
  growth: (quick) => written(() => benchGrowth(quick), { md: growthMarkdown, svg: growthChart }),
  onnx: (quick) => written(() => benchOnnx(quick), { md: onnxMarkdown }),
};

async function written<T>(
  bench: () => Promise<T>,
  writers: Readonly<Record<string, (found: T, machine: Machine) => string>>,
): Promise<Readonly<Record<string, string>>> {
  const { machine, found } = await onThisMachine(bench);
  const texts = Object.entries(writers).map(([ending, write]) => [ending, write(found, machine)]);
  return { json: `${JSON.stringify({ machine, ...found }, null, 2)}\n`, ...Object.fromEntries(texts) };
}

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    out: { type: 'string', default: resolve(import.meta.dirname, '../results') },
  },
});

for (const name of positionals.length === 0 ? Object.keys(suites) : positionals) {
  const suite = suites[name];
  if (suite === undefined) throw new Error(`no suite "${name}"; there are ${Object.keys(suites).join(', ')}`);
  const texts = await suite(flags.quick);
  await mkdir(flags.out, { recursive: true });
  for (const [ending, text] of Object.entries(texts)) await writeFile(join(flags.out, `${name}.${ending}`), text);
  console.log(texts['md']);
}
