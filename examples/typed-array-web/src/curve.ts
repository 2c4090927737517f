import type { Progress } from './train.js';

const [width, height, left, bottom] = [640, 300, 40, 24];
const highest = 4.5;

/** The loss over the steps, and without smoothing, as SVG; dashed: the least that the loss can be. */
export function curve(history: readonly Progress[], steps: number, floor: number): string {
  const x = (step: number): number => left + ((width - left - 8) * step) / steps;
  const y = (loss: number): number => 8 + (height - bottom - 8) * (1 - Math.min(loss, highest) / highest);
  const path = (name: 'loss' | 'nll'): string => {
    const points = history.map((one) => `${x(one.step).toFixed(1)},${y(one[name]).toFixed(1)}`);
    return `<polyline class="${name}" points="${points.join(' ')}"/>`;
  };
  const across = (at: number, kind: string): string =>
    `<line class="${kind}" x1="${left}" x2="${width - 8}" y1="${y(at).toFixed(1)}" y2="${y(at).toFixed(1)}"/>`;
  const ticks = [0, 1, 2, 3, 4].map(
    (tick) => `${across(tick, 'grid')}<text x="${left - 8}" y="${y(tick) + 4}" text-anchor="end">${tick}</text>`,
  );
  const ends = [0, steps].map(
    (step) => `<text x="${x(step)}" y="${height - 6}" text-anchor="${step === 0 ? 'start' : 'end'}">${step}</text>`,
  );
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Loss over the steps">
${ticks.join('')}${ends.join('')}${across(floor, 'floor')}${path('nll')}${path('loss')}</svg>`;
}
