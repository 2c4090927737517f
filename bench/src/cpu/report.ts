import { type Case, shapeText } from '../case.js';
import type { Comparison, Figure } from '../compare.js';
import { type Machine, machineText } from '../machine.js';
import { figure, type Row, table } from '../markdown.js';
import type { Verdict } from './bars.js';
import type { CpuFindings } from './suite.js';

const titles: Readonly<Record<string, string>> = {
  'forward normal': 'Loss',
  'gradient normal': 'Loss and gradient',
  'forward head': 'Loss of a linear layer',
  'gradient head': 'Loss of a linear layer, and the gradients of features and weights',
  'in place normal': 'Loss and gradient, in place of the logits',
  'gradient masked': 'Loss and gradient, a tenth of the logits −∞',
  'gradient wide': 'Loss and gradient, logits N(0, 30)',
  'gradient soft': 'Loss and gradient, dense targets',
  'gradient float16': 'Loss and gradient, float16',
};

const kind = ({ operation, data, features }: Case): string => `${operation} ${features === undefined ? data : 'head'}`;

/** The findings on typed arrays and their peers as Markdown. */
export function cpuMarkdown(
  { comparisons, versions, absent, verdicts, startUps }: CpuFindings,
  machine: Machine,
): string {
  const sections = [...new Set(comparisons.map(kind))].map((own) => {
    const some = comparisons.filter((one) => kind(one) === own);
    return `## ${titles[own]}\n\n${figures(some)}`;
  });
  return `# Label-smoothed cross-entropy on the CPU

![Nanoseconds per logit](cpu.svg)

Least times, every contender in turn, on one thread unless its name says otherwise; ε = 0.1, logits N(0, 3) unless the
title says otherwise. A cell: nanoseconds per logit; the time of a copy of the logits in the same process as a share of
it; and the ratio to the first row. For [1, 10]: nanoseconds per call, and the ratio.
${machineText(machine)}
${versions.join(', ')}.
Written by \`npm run bench -w bench cpu\`.

${sections.join('\n')}
## Goals

The worst ratio of all shapes decides. Behind it, how far it is beyond the goal.

${table(['time over time', 'operation', 'goal', 'worst', 'at', ''], verdicts.map(judged))}
## Start

The kernel compiled, instantiated and called for the first time in a process, the least of ten, in milliseconds; the goal
is 5.

${table(
  ['kernel', 'ms'],
  startUps.map(({ kernel, milliseconds }) => [kernel, milliseconds.toFixed(2)]),
)}
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

function judged({ text, operation, bar, worst, where, met, margin }: Verdict): Row {
  const words = met === null ? 'not measured' : `${met ? 'met' : 'missed'}, ${(100 * (margin as number)).toFixed(0)} %`;
  return [text, operation, bar, worst === null ? '–' : figure(worst), where, words];
}
