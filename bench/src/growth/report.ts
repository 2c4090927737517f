import { type Shape, shapeText } from '../case.js';
import type { Comparison } from '../compare.js';
import { type Machine, machineText } from '../machine.js';
import { figure, type Row, table } from '../markdown.js';
import { modes } from './memory-request.js';
import { byClasses, byRows, type GrowthFindings, type Peak } from './suite.js';

/** A kernel's time by size, with how fast it grows. */
export interface Curve {
  readonly name: string;
  readonly shapes: readonly Shape[];
  readonly nanoseconds: readonly number[];
  /** By decade: 1 where ten times the size takes ten times as long. */
  readonly exponents: readonly number[];
}

/** The curves over some shapes. */
export function curves(comparisons: readonly Comparison[], shapes: readonly Shape[]): readonly Curve[] {
  const own = shapes.flatMap(
    (shape) => comparisons.find(({ rows, classes }) => rows === shape.rows && classes === shape.classes) ?? [],
  );
  const names = own[0]?.figures.map(({ name }) => name) ?? [];
  return names.map((name) => {
    const known = own.filter(({ figures }) => figures.some((one) => one.name === name));
    const nanoseconds = known.map(({ figures }) => figures.find((one) => one.name === name)?.nanoseconds as number);
    const exponents = nanoseconds.slice(1).map((time, i) => Math.log10(time / (nanoseconds[i] as number)));
    return { name, shapes: known, nanoseconds, exponents };
  });
}

/** How time and memory grow, as Markdown. */
export function growthMarkdown({ comparisons, peaks, versions, absent }: GrowthFindings, machine: Machine): string {
  return `# Growth

![Time and memory by size](growth.svg)

${machineText(machine)} ${versions.join(', ')}.
Written by \`npm run bench -w bench growth\`.

## Time

Loss and gradient, one thread, least times: nanoseconds per logit, and in brackets the exponent of the decade that ends
there, 1 where ten times the size takes ten times as long.

${timeTable(curves(comparisons, byRows))}
${timeTable(curves(comparisons, byClasses))}
## Memory

How far calls take the resident set above what it was with the logits in it, in MiB, each size in a process of its own.
A gradient out of place takes as much as the logits; nothing else may grow with them.

${[...new Set(peaks.map(({ kernel }) => kernel))].map((kernel) => `Kernel \`${kernel}\`:\n\n${memoryTable(peaks.filter((one) => one.kernel === kernel))}`).join('\n')}
${absent.length === 0 ? '' : `## Not measured\n\n${absent.map((one) => `- ${one}\n`).join('')}`}`;
}

function timeTable(all: readonly Curve[]): string {
  const rows = all.map(({ name, shapes, nanoseconds, exponents }): Row => {
    const cells = shapes.map(({ rows, classes }, i) => {
      const exponent = i === 0 ? '' : ` (${(exponents[i - 1] as number).toFixed(2)})`;
      return `${figure((nanoseconds[i] as number) / (rows * classes))}${exponent}`;
    });
    return [name, ...cells];
  });
  return table(['kernel', ...(all[0]?.shapes ?? []).map(shapeText)], rows);
}

function memoryTable(peaks: readonly Peak[]): string {
  const own = (mode: string) => peaks.filter((one) => one.mode === mode);
  const shapes = own(modes[0]);
  const rows = modes.map((mode): Row => [mode, ...own(mode).map(({ mebibytes }) => mebibytes?.toFixed(1) ?? '–')]);
  const logits = [
    'the logits themselves',
    ...shapes.map(({ rows, classes }) => ((4 * rows * classes) / 2 ** 20).toFixed(1)),
  ];
  return table(['', ...shapes.map(shapeText)], [logits, ...rows]);
}
