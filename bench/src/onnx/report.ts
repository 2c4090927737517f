import { shapeText } from '../case.js';
import type { Comparison } from '../compare.js';
import { type Machine, machineText } from '../machine.js';
import { figure, type Row, table } from '../markdown.js';
import { providers } from './open-form.js';
import type { OnnxFindings } from './suite.js';

/** The findings on ONNX graphs as Markdown. */
export function onnxMarkdown(
  { comparisons, costs, costShape, sizes, versions }: OnnxFindings,
  machine: Machine,
): string {
  const tables = providers.flatMap((provider) =>
    (['forward', 'gradient'] as const).map((operation) => {
      const own = comparisons.filter((one) => one.operation === operation);
      return `## On ${provider}, ${operation === 'forward' ? 'loss' : 'loss and gradient'}\n\n${timings(own, provider)}`;
    }),
  );
  return `# ONNX graphs of the loss

Least times in milliseconds, one thread, every form in turn; in brackets the speed, 1 for the fastest form of the column.
${machineText(machine)} ${versions.filter((version) => version.startsWith('ONNX')).join(', ')}.
Written by \`npm run bench -w bench onnx\`.

${tables.join('\n')}
## Start and memory, ${shapeText(costShape)} on the CPU

Each form in a process of its own, the least of three. Start: the graph written and the first session of the process
opened. Memory: how far twenty runs take the resident set above where it was before them.

${table(
  ['form', 'computes', 'start, ms', 'memory, MiB'],
  costs.map(({ name, gradient, startMilliseconds, peakMiB }) => [
    name,
    gradient ? 'loss and gradient' : 'loss',
    startMilliseconds.toFixed(1),
    peakMiB?.toFixed(1) ?? '–',
  ]),
)}
## Size of our graphs, K = 1000

With ε = 0.1, and the gradient unless the first row says otherwise.

${table(
  ['options', 'nodes', 'bytes'],
  sizes.map(({ options, nodes, bytes }) => [options, nodes, bytes]),
)}`;
}

/** One provider's forms by shape. */
function timings(comparisons: readonly Comparison[], provider: string): string {
  const prefix = `${provider}: `;
  const columns = comparisons.map(({ figures }) => figures.filter(({ name }) => name.startsWith(prefix)));
  const names = [...new Set(columns.flat().map(({ name }) => name))];
  const rows = names.map(
    (name): Row => [
      name.slice(prefix.length),
      ...columns.map((column) => {
        const own = column.find((one) => one.name === name);
        if (own === undefined) return '–';
        const least = Math.min(...column.map(({ nanoseconds }) => nanoseconds));
        return `${figure(own.nanoseconds / 1e6)} (${(least / own.nanoseconds).toFixed(2)})`;
      }),
    ],
  );
  return table(['form', ...comparisons.map(shapeText)], rows);
}
