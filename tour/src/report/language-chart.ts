import type { LanguageLoss } from '../confidence.js';
import { drawing, element, label, linearScale } from './svg.js';

const rowHeight = 17;
const columnWidth = 470;
const gap = 40;
const left = 128;
const top = 8;

/** A bar for the smoothed loss of every language and a thin one in it for the nll, in two columns, largest first. */
export function languageChart(languages: readonly LanguageLoss[]): string {
  const rows = Math.ceil(languages.length / 2);
  const largest = Math.max(...languages.flatMap(({ loss, nll }) => [loss, nll]));
  const length = linearScale(0, largest, 0, columnWidth - left - 40);
  const lines = languages.map(({ name, loss, nll }, i) => {
    const x = i < rows ? 0 : columnWidth + gap;
    const y = top + (i % rows) * rowHeight;
    return element(
      'g',
      { transform: `translate(${x} ${y})` },
      label(left - 8, 12, name, { 'text-anchor': 'end' }),
      element('rect', { class: 'smoothed-bar', x: left, y: 2, width: length(loss), height: 13 }),
      element('rect', { class: 'hard-bar', x: left, y: 6, width: length(nll), height: 5 }),
      label(left + length(Math.max(loss, nll)) + 6, 12, loss.toFixed(2)),
      element('title', {}, `${name}: loss ${loss.toFixed(3)}, nll ${nll.toFixed(3)}`),
    );
  });
  const title = 'Mean loss and nll of the windows of every language';
  return drawing(2 * columnWidth + gap, top + rows * rowHeight + 4, title, ...lines);
}
