import type { Absent } from '../available.js';
import type { ExampleWindow } from '../confidence.js';
import type { DialectAnswer } from '../dialects.js';
import {
  formatLoss,
  formatPercent,
  formatProbability,
  formatSpeed,
  formatTime,
  formatUlp,
  returned,
} from '../format.js';
import type { Measurement } from '../measure.js';
import type { Tour } from '../tour.js';
import type { Verdict } from '../verdicts.js';
import { histogramChart } from './histogram-chart.js';
import { languageChart } from './language-chart.js';
import { element, escapeText } from './svg.js';
import { type Column, htmlTable } from './table.js';

const key = (kind: string, smoothed: string, labelSmoothing: number): string =>
  `<p class="quiet"><i class="${kind}" style="background:var(${smoothed})"></i><span>loss with ε = ${labelSmoothing}</span>` +
  `<i class="${kind}" style="background:var(--hard)"></i><span>without smoothing (nll)</span></p>`;

export function inputSection({ confidence }: Tour): string {
  const columns: readonly Column<ExampleWindow>[] = [
    {
      title: 'window',
      class: 'sample',
      cell: ({ text }) => element('bdi', { dir: 'auto' }, escapeText(text.replaceAll(/\s/g, ' '))),
    },
    { title: 'language', cell: ({ language }) => escapeText(language) },
    { title: 'answer', cell: ({ answer }) => escapeText(answer) },
    { title: 'p(language)', class: 'number', cell: ({ probability }) => formatProbability(probability) },
    { title: 'nll', class: 'number', cell: ({ nll }) => nll.toFixed(4) },
    { title: 'loss', class: 'number', cell: ({ loss }) => loss.toFixed(4) },
  ];
  return `<h2>What went in</h2>
<p>Five of the windows, from the smallest smoothed loss to the largest.</p>
${htmlTable(columns, confidence.examples)}`;
}

export function backendSection({ measurements, absent, kernel, rows, classes }: Tour): string {
  const slowest = Math.max(...measurements.map(({ milliseconds }) => milliseconds));
  const reference = measurements[0]!.milliseconds;
  const meter = (milliseconds: number): string =>
    element('i', { style: `width:${((100 * milliseconds) / slowest).toFixed(1)}%` });
  const columns: readonly Column<Measurement>[] = [
    { title: 'backend', class: 'name', cell: ({ name }) => escapeText(name) },
    { title: 'dtype', cell: ({ dtype }) => dtype },
    { title: 'how', cell: ({ how }) => escapeText(how) },
    { title: 'loss, ULP', class: 'number', cell: ({ worstUlp }) => formatUlp(worstUlp.loss) },
    { title: 'nll, ULP', class: 'number', cell: ({ worstUlp }) => formatUlp(worstUlp.nll) },
    { title: 'gradient, ULP', class: 'number', cell: ({ worstUlp }) => formatUlp(worstUlp.gradient) },
    { title: 'time', class: 'number', cell: ({ milliseconds }) => formatTime(milliseconds) },
    { title: 'speed', class: 'number', cell: ({ milliseconds }) => formatSpeed(reference / milliseconds) },
    { title: '', class: 'meter', cell: ({ milliseconds }) => meter(milliseconds) },
  ];
  return `<h2>Every backend</h2>
<p>Loss, nll and gradient of ${rows} × ${classes} logits. The error is the worst one over all rows, or all elements of the
gradient, against the reference: in units in the last place of the backend's dtype, at the scale of the computation. The time
is the least of several rounds in which every backend had its turn; the speed is how many times that of the reference.
Unless it is asked for another, <code>typed-array</code> takes the kernel <code>${kernel}</code> here.</p>
${htmlTable(columns, measurements)}${absent.map(absentNote).join('')}`;
}

const absentNote = ({ name, how, why }: Absent): string =>
  `<p class="quiet">${escapeText(name)} on ${escapeText(how)} does not open here: ${escapeText(why)}.</p>`;

export function graphSection({ graph, loss }: Tour): string {
  return `<h2>The loss as a file</h2>
<p><code>${graph.file}</code> beside this page is the loss and its gradient as an ONNX graph of ${graph.bytes} bytes, for any
language and device that ONNX Runtime has. From the same logits and labels it makes ${graph.loss.toFixed(4)}; the reference
makes ${loss.toFixed(4)}.</p>`;
}

export function dialectSection({ dialects, labelSmoothing }: Tour): string {
  const columns: readonly Column<DialectAnswer>[] = [
    { title: 'dialects', class: 'name', cell: (answer) => answer.dialects.join('<br>') },
    { title: 'returns', cell: ({ reduction }) => returned[reduction].replaceAll(' ', '&nbsp;') },
    { title: 'loss', class: 'number', cell: formatLoss },
    { title: 'why', class: 'why', cell: ({ why }) => escapeText(why) },
  ];
  return `<h2>One loss, fourteen dialects</h2>
<p>The same logits, labels, ε = ${labelSmoothing} and class weights (a language with less text weighs more). Dialects that
agree stand together; where one returns a loss per row, the mean is shown. Some of these frameworks take no class weights; their dialect says how weights would enter.</p>
${htmlTable(columns, dialects)}`;
}

export function confidenceSection({ confidence, labelSmoothing, classes }: Tour): string {
  const { probability, gap } = confidence;
  const own = 1 - labelSmoothing + labelSmoothing / classes;
  const last = gap.histogram.start + gap.histogram.width * gap.histogram.counts.length;
  const charts = [
    histogramChart({
      title: 'Probability of the true language',
      distribution: probability,
      axis: 'probability of the true language',
      ticks: [0, 0.2, 0.4, 0.6, 0.8, 1],
      optimumText: `optimum ${probability.optimum.toFixed(3)}`,
      hard: (p) => -Math.log(p),
      smoothed: (p) => -own * Math.log(p) - (1 - own) * Math.log((1 - p) / (classes - 1)),
      maxLoss: 4,
    }),
    histogramChart({
      title: 'Logit gap of the true language',
      distribution: gap,
      axis: 'logit of the true language − mean of the others',
      ticks: Array.from({ length: 20 }, (_, i) => (i - 3) * 10).filter((t) => t >= gap.histogram.start && t <= last),
      optimumText: `optimum ${gap.optimum.toFixed(2)}`,
      hard: (z) => Math.log1p((classes - 1) * Math.exp(-z)),
      smoothed: (z) => Math.log1p((classes - 1) * Math.exp(-z)) + (1 - own) * z,
      maxLoss: 8,
    }),
  ];
  return `<h2>What ε = ${labelSmoothing} would ask of it</h2>
<p>The network was not trained with smoothing. Hard labels reward ever more confidence; the smoothed loss has a minimum, at
probability ${probability.optimum.toFixed(3)} and a gap of ${gap.optimum.toFixed(2)} between the logit of the true language and
the others'. ${formatPercent(probability.above)} of the windows are more probable than that, and ${formatPercent(gap.above)} have
a wider gap, for which the smoothed loss charges ${(1 - own).toFixed(3)} nats per unit.</p>
${key('key line', '--smoothed', labelSmoothing)}<div class="pair">${charts.join('')}</div>
<p class="quiet">Curves: the loss of a window whose other classes share the rest equally.</p>`;
}

export function languageSection({ confidence, labelSmoothing }: Tour): string {
  const [first] = confidence.languages;
  const surest = confidence.languages.reduce(
    (least, language) => (language.nll < least.nll ? language : least),
    first!,
  );
  return `<h2>Loss by language</h2>
<p>A language that is hardly ever mistaken can have a large smoothed loss: ${escapeText(surest.name)} has nll
${surest.nll.toFixed(4)} and loss ${surest.loss.toFixed(2)}, because the other languages' logits are so far below.</p>
${key('key', '--smoothed-fill', labelSmoothing)}<div class="wide">${languageChart(confidence.languages)}</div>`;
}

export function verdictSection({ verdicts }: Tour): string {
  const columns: readonly Column<Verdict>[] = [
    { title: 'backend', class: 'name', cell: ({ name }) => escapeText(name) },
    { title: 'device', cell: ({ device }) => escapeText(device) },
    { title: 'tier', cell: ({ tier }) => tier },
    { title: 'passed', class: 'number', cell: ({ passed }) => String(passed) },
    { title: 'failed', class: 'number', cell: ({ failed }) => String(failed) },
    { title: 'unsupported', class: 'number', cell: ({ unsupported }) => String(unsupported) },
    { title: 'precise', class: 'number', cell: ({ precise }) => String(precise) },
  ];
  return `<h2>The verdict</h2>
<p>What the conformance kit says of each backend: golden vectors, recorded answers of fourteen frameworks, laws and refusals.
Precise is how many cases are answered as well as their dtype allows.</p>
${htmlTable(columns, verdicts)}`;
}
