import type { Timing } from './measure.js';
import type { OnnxResults } from './onnx/suite.js';

/** Where and when the figures were taken. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly node: string;
  /** Load average of the last minute, at the start and at the end: above 1, others were at work too. */
  readonly load: readonly [start: number, end: number];
}

type Row = readonly (string | number)[];

/** The ONNX results as Markdown. */
export function onnxMarkdown({ timings, costs, costBatch, sizes }: OnnxResults, machine: Machine): string {
  const size = `[${costBatch.rows}, ${costBatch.classes}]`;
  return `# ONNX graphs of the loss

Least times in milliseconds, one thread, every form in turn; in brackets the speed, 1 for the fastest form of the row.
${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, load ${machine.load.map((x) => x.toFixed(1)).join(' to ')}.
Written by \`npm run bench -w bench\`.

${timingTables(timings)}
## Start and memory, ${size} on the CPU

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

function timingTables(timings: readonly Timing[]): string {
  const groups = [...new Set(timings.map(({ group }) => group))];
  return groups
    .map((group) => {
      const own = timings.filter((timing) => timing.group === group);
      const names = own[0]?.entries.map(({ name }) => name) ?? [];
      const rows = names.map((name, i): Row => [name, ...own.map(({ entries }) => cell(entries[i]))]);
      return `## ${group}\n\n${table(['form', ...own.map(({ batch }) => `[${batch.rows}, ${batch.classes}]`)], rows)}`;
    })
    .join('\n');
}

function cell(entry: Timing['entries'][number] | undefined): string {
  return entry === undefined ? '' : `${entry.milliseconds.toFixed(3)} (${entry.speed.toFixed(2)})`;
}

function table(head: readonly string[], rows: readonly Row[]): string {
  const line = (cells: Row): string => `| ${cells.join(' | ')} |\n`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('');
}
