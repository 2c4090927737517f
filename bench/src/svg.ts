// Charts that read well on a light and on a dark page: labels are text, colours follow the reader's setting.

/** One mark or line; see {@link svg}. */
export type Mark = string;

const style = `
  text { font: 12px system-ui, sans-serif; fill: var(--ink); }
  .title { font-size: 14px; font-weight: 600; }
  .minor { font-size: 11px; fill: var(--soft); }
  .grid { stroke: var(--grid); }
  svg { --paper: #ffffff; --ink: #1f2328; --soft: #59636e; --grid: #d9dee4; --c0: #0a5dc2; --c1: #8a4b08; --c2: #59636e; }
  @media (prefers-color-scheme: dark) {
    svg { --paper: #0d1117; --ink: #e6edf3; --soft: #9198a1; --grid: #30363d; --c0: #6cb0ff; --c1: #f0a868; --c2: #9198a1; }
  }`;

/** A chart of that size. */
export function svg(width: number, height: number, title: string, marks: readonly Mark[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">
<style>${style}
</style>
<rect width="${width}" height="${height}" fill="var(--paper)"/>
${marks.join('\n')}
</svg>
`;
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
const n = (x: number): string => x.toFixed(1);

type Anchor = 'start' | 'middle' | 'end';

export const label = (x: number, y: number, text: string, anchor: Anchor = 'start', kind = ''): Mark =>
  `<text x="${n(x)}" y="${n(y)}" text-anchor="${anchor}"${kind === '' ? '' : ` class="${kind}"`}>${escaped(text)}</text>`;

export const line = (x1: number, y1: number, x2: number, y2: number): Mark =>
  `<line class="grid" x1="${n(x1)}" y1="${n(y1)}" x2="${n(x2)}" y2="${n(y2)}"/>`;

/** A dot in one of three colours; hollow on request. */
export const dot = (x: number, y: number, colour: number, hollow = false): Mark =>
  `<circle cx="${n(x)}" cy="${n(y)}" r="4" stroke="var(--c${colour})" stroke-width="1.5" fill="var(${hollow ? '--paper' : `--c${colour}`})"/>`;

export const path = (points: readonly (readonly [number, number])[], colour: number): Mark =>
  `<polyline points="${points.map(([x, y]) => `${n(x)},${n(y)}`).join(' ')}" fill="none" stroke="var(--c${colour})" stroke-width="1.5"/>`;

/** A logarithmic scale from one stretch of numbers to one of pixels. */
export function logScale(from: number, to: number, start: number, end: number): (value: number) => number {
  return (value) => start + ((end - start) * Math.log(value / from)) / Math.log(to / from);
}

/** The powers of ten around some numbers, the one below and the one above included. */
export function decades(values: readonly number[]): readonly number[] {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.ceil(Math.log10(Math.max(...values)));
  return Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i));
}
