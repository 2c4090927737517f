import { shapeText } from '../case.js';
import type { Comparison, Findings } from '../compare.js';
import { figure } from '../markdown.js';
import { decades, dot, label, line, logScale, type Mark, svg } from '../svg.js';

const names = { left: 12, width: 250 };
const panel = { width: 190, gap: 40 };
const row = { top: 74, height: 21 };

/** Time per logit of everyone, shape by shape: the loss hollow, loss and gradient full. Ours is blue. */
export function cpuChart({ comparisons }: Findings): string {
  const plain = comparisons.filter((one) => one.rows > 1 && one.data === 'normal' && one.features === undefined);
  const panels = plain.filter(({ operation }) => operation === 'gradient');
  const ticks = decades(plain.flatMap(({ figures }) => figures.map((one) => one.nanosecondsPerLogit)));
  const contenders = [...new Set(panels.flatMap(({ figures }) => figures.map(({ name }) => name)))];
  const bottom = row.top + contenders.length * row.height;
  const marks = contenders.map((name, i) => label(names.left, row.top + (i + 0.7) * row.height, name));
  const title = 'Nanoseconds per logit, one thread, logarithmic; less is better';
  panels.forEach((gradient, i) => {
    const same = ({ rows, classes }: Comparison) => rows === gradient.rows && classes === gradient.classes;
    const forward = plain.find((one) => one.operation === 'forward' && same(one));
    const left = names.width + i * (panel.width + panel.gap);
    marks.push(...drawPanel(gradient, forward, contenders, ticks, left, bottom));
  });
  const width = names.width + panels.length * (panel.width + panel.gap) + 20;
  marks.push(label(names.left, 26, title, 'start', 'title'));
  marks.push(dot(names.left + 4, 46, 2, true), label(names.left + 14, 50, 'loss'));
  marks.push(dot(names.left + 60, 46, 2), label(names.left + 70, 50, 'loss and gradient'));
  return svg(width, bottom + 36, title, marks);
}

function drawPanel(
  gradient: Comparison,
  forward: Comparison | undefined,
  contenders: readonly string[],
  ticks: readonly number[],
  left: number,
  bottom: number,
): readonly Mark[] {
  const x = logScale(ticks[0] as number, ticks.at(-1) as number, left, left + panel.width);
  const marks = ticks.flatMap((tick) => [
    line(x(tick), row.top - 4, x(tick), bottom + 4),
    label(x(tick), bottom + 20, String(tick), 'middle', 'minor'),
  ]);
  marks.push(label(left, row.top - 12, shapeText(gradient)));
  contenders.forEach((name, i) => {
    const y = row.top + (i + 0.5) * row.height;
    const colour = name.startsWith('ours') ? 0 : 2;
    const placeOf = (one: Comparison | undefined): number[] =>
      one?.figures.flatMap((own) => (own.name === name ? x(own.nanosecondsPerLogit) : [])) ?? [];
    const places = [...placeOf(forward), ...placeOf(gradient)];
    marks.push(...placeOf(forward).map((at) => dot(at, y, colour, true)));
    marks.push(...placeOf(gradient).map((at) => dot(at, y, colour)));
    const own = gradient.figures.find((one) => one.name === name);
    if (own === undefined) return;
    const isLast = Math.max(...places) > left + panel.width - 40;
    const at = isLast ? Math.min(...places) - 8 : Math.max(...places) + 8;
    marks.push(label(at, y + 4, figure(own.nanosecondsPerLogit), isLast ? 'end' : 'start', 'minor'));
  });
  return marks;
}
