import { decades, dot, label, line, logScale, type Mark, path, svg } from '../svg.js';
import { curves } from './report.js';
import { byClasses, byRows, type GrowthFindings } from './suite.js';

const frame = { top: 70, height: 260, width: 250, gap: 75, left: 60 };

interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** Time by rows and by classes, memory by logits; both axes logarithmic. */
export function growthChart({ comparisons, peaks }: GrowthFindings): string {
  const rows = curves(comparisons, byRows).map(({ name, shapes, nanoseconds }) => ({
    name,
    points: shapes.map((shape, i) => [shape.rows, (nanoseconds[i] as number) / 1000] as const),
  }));
  const classes = curves(comparisons, byClasses).map(({ name, shapes, nanoseconds }) => ({
    name,
    points: shapes.map((shape, i) => [shape.classes, (nanoseconds[i] as number) / 1000] as const),
  }));
  const memory = ['loss and gradient', 'in place'].map((mode) => ({
    name: mode,
    points: peaks
      .filter((one) => one.mode === mode && one.kernel === 'simd' && one.mebibytes !== null)
      .map((one) => [one.rows * one.classes, Math.max(0.1, one.mebibytes as number)] as const),
  }));
  const title = 'Growth: straight lines are powers of the size';
  const left = (i: number) => frame.left + i * (frame.width + frame.gap);
  return svg(left(3), frame.top + frame.height + 50, title, [
    label(12, 26, title, 'start', 'title'),
    ...panel('µs by rows, K = 1000', rows, left(0)),
    ...panel('µs by classes, B = 64', classes, left(1)),
    ...panel('MiB beside the logits, by logits', memory, left(2)),
  ]);
}

function panel(title: string, series: readonly Series[], left: number): readonly Mark[] {
  const points = series.flatMap((one) => one.points);
  if (points.length === 0) return [];
  const [xs, ys] = [decades(points.map(([x]) => x)), decades(points.map(([, y]) => y))];
  const bottom = frame.top + frame.height;
  const x = logScale(xs[0] as number, xs.at(-1) as number, left, left + frame.width);
  const y = logScale(ys[0] as number, ys.at(-1) as number, bottom, frame.top);
  const marks = [label(left, frame.top - 16, title)];
  for (const tick of xs) {
    marks.push(line(x(tick), frame.top, x(tick), bottom));
    marks.push(label(x(tick), bottom + 18, power(tick), 'middle', 'minor'));
  }
  for (const tick of ys) {
    marks.push(line(left, y(tick), left + frame.width, y(tick)));
    marks.push(label(left - 6, y(tick) + 4, power(tick), 'end', 'minor'));
  }
  series.forEach(({ name, points: own }, i) => {
    const at = own.map(([a, b]) => [x(a), y(b)] as const);
    marks.push(path(at, i), ...at.map(([a, b]) => dot(a, b, i)));
    marks.push(
      dot(left + 14, frame.top + 14 + 18 * i, i),
      label(left + 24, frame.top + 18 + 18 * i, name, 'start', 'minor'),
    );
  });
  return marks;
}

const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹';
const power = (tick: number): string => {
  const exponent = Math.round(Math.log10(tick));
  if (exponent >= -1 && exponent <= 3) return String(tick);
  const digits = [...String(Math.abs(exponent))].map((digit) => superscripts[Number(digit)]).join('');
  return `10${exponent < 0 ? '⁻' : ''}${digits}`;
};
