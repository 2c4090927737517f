import { type Case, shapeText } from '../case.js';
import type { Comparison, Figure, Findings } from '../compare.js';
import { type Machine, machineText } from '../machine.js';
import { figure, type Row, table } from '../markdown.js';

const titles: Readonly<Record<string, string>> = {
  'forward normal': 'Loss',
  'gradient normal': 'Loss and gradient',
  'in place normal': 'Loss and gradient, in place of the logits',
  'gradient masked': 'Loss and gradient, a tenth of the logits −∞',
  'gradient wide': 'Loss and gradient, logits N(0, 30)',
  'gradient soft': 'Loss and gradient, dense targets',
};

const kind = ({ operation, data }: Case): string => `${operation} ${data}`;

/** The findings on typed arrays and their peers as Markdown. */
export function cpuMarkdown({ comparisons, versions, absent }: Findings, machine: Machine): string {
  const sections = [...new Set(comparisons.map(kind))].map((own) => {
    const some = comparisons.filter((one) => kind(one) === own);
    return `## ${titles[own]}\n\n${figures(some)}`;
  });
  return `# Label-smoothed cross-entropy on the CPU

Least times, one thread, every contender in turn. A cell: nanoseconds per logit (for [1, 10]: per call); a copy of the
logits in the same process as a share of it; and how many times as long as ours takes, ours being the first row.
${machineText(machine)}
${versions.join(', ')}.
Written by \`npm run bench -w bench cpu\`.

${sections.join('\n')}
${absent.length === 0 ? '' : `## Not measured\n\n${absent.map((line) => `- ${line}\n`).join('')}`}`;
}

/** Contenders by shape. */
function figures(comparisons: readonly Comparison[]): string {
  const names = [...new Set(comparisons.flatMap((one) => one.figures.map(({ name }) => name)))];
  const rows = names.map((name): Row => [name, ...comparisons.map((one) => cell(one, name))]);
  return table(['', ...comparisons.map(shapeText)], rows);
}

function cell({ rows, figures }: Comparison, name: string): string {
  const own = figures.find((one) => one.name === name);
  if (own === undefined) return '–';
  const times = own.nanoseconds / (figures[0] as Figure).nanoseconds;
  if (rows === 1) return `${figure(own.nanoseconds)} ns, ${figure(times)}×`;
  return `${figure(own.nanosecondsPerLogit)}, ${(100 * own.shareOfCopy).toFixed(0)} %, ${figure(times)}×`;
}
