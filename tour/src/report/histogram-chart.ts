import type { Distribution } from '../confidence.js';
import { drawing, element, escapeText, label, linearScale, linePath } from './svg.js';

/** A histogram above two loss curves over the same axis, and a line through both where the smoothed loss is smallest. */
export interface HistogramChart {
  readonly title: string;
  readonly distribution: Distribution;
  readonly axis: string;
  readonly ticks: readonly number[];
  readonly optimumText: string;
  /** Loss of a row whose other classes share what is left equally, with and without smoothing. */
  readonly smoothed: (x: number) => number;
  readonly hard: (x: number) => number;
  /** Top of the loss axis. */
  readonly maxLoss: number;
}

const width = 480;
const left = 44;
const right = width - 12;
const upper = { top: 34, bottom: 190 };
const lower = { top: 232, bottom: 330 };
const height = 372;

export function histogramChart(chart: HistogramChart): string {
  const { start, width: step, counts } = chart.distribution.histogram;
  const x = linearScale(start, start + step * counts.length, left, right);
  const at = x(chart.distribution.optimum);
  const onLeft = at > (left + right) / 2;
  const anchor = { 'text-anchor': onLeft ? 'end' : 'start', class: 'strong' };
  return drawing(
    width,
    height,
    chart.title,
    bars(chart.distribution, x),
    element('line', { class: 'optimum', x1: at, x2: at, y1: upper.top - 6, y2: lower.bottom }),
    curves(chart, x),
    label(onLeft ? at - 6 : at + 6, upper.top, chart.optimumText, anchor),
    ...chart.ticks.map((tick) => label(x(tick), lower.bottom + 16, String(tick), { 'text-anchor': 'middle' })),
    label((left + right) / 2, height - 6, chart.axis, { 'text-anchor': 'middle' }),
  );
}

function bars({ histogram: { start, width: step, counts } }: Distribution, x: (value: number) => number): string {
  const most = Math.max(...counts);
  const y = linearScale(0, most, upper.bottom, upper.top + 22);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const drawn = counts.map((count, i) => {
    const from = start + i * step;
    const hint = `${round(from)} to ${round(from + step)}: ${count} of ${total} windows`;
    const box = { x: x(from) + 1, y: y(count), width: x(from + step) - x(from) - 2, height: upper.bottom - y(count) };
    const number = label(box.x + box.width / 2, box.y - 5, String(count), { 'text-anchor': 'middle' });
    const bar = element('rect', { class: 'bar', ...box }, element('title', {}, escapeText(hint)));
    return count === most ? bar + number : bar;
  });
  const ground = element('line', { class: 'axis', x1: left, x2: right, y1: upper.bottom, y2: upper.bottom });
  return label(0, 14, 'windows') + drawn.join('') + ground;
}

function curves({ smoothed, hard, maxLoss, distribution }: HistogramChart, x: (value: number) => number): string {
  const { start, width: step, counts } = distribution.histogram;
  const y = linearScale(0, maxLoss, lower.bottom, lower.top);
  const inside = Array.from({ length: 401 }, (_, i) => start + (step * counts.length * (i + 0.01)) / 400.02);
  const path = (loss: (x: number) => number): string =>
    linePath(inside.filter((value) => loss(value) <= maxLoss).map((value) => [x(value), y(loss(value))]));
  const grid = [0, maxLoss / 2, maxLoss].map((loss) => {
    const line = element('line', {
      class: loss === 0 ? 'axis' : 'grid',
      x1: left,
      x2: right,
      y1: y(loss),
      y2: y(loss),
    });
    return line + label(left - 6, y(loss) + 4, String(loss), { 'text-anchor': 'end' });
  });
  return (
    label(0, lower.top - 18, 'loss of such a window, in nats') +
    grid.join('') +
    element('path', { class: 'hard', d: path(hard) }) +
    element('path', { class: 'smoothed', d: path(smoothed) })
  );
}

function round(value: number): string {
  return String(Math.round(value * 100) / 100);
}
