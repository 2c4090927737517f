import Table from 'cli-table3';
import { formatLoss, formatPercent, formatSpeed, formatTime, formatUlp, returned } from './format.js';
import type { Tour } from './tour.js';

/** The tour in a screenful of plain text; ends with the path of the report. */
export function summarize(tour: Tour, reportPath: string): string {
  const { confidence, labelSmoothing, loss, nll } = tour;
  const { probability, gap } = confidence;
  return `
${tour.rows} windows of ${tour.windowLength} characters from ${confidence.languages.length} translations of the Universal Declaration of Human
Rights, scored by lande, a pretrained classifier of ${tour.classes} languages: ${formatPercent(confidence.accuracy)} right, mean confidence
${formatPercent(confidence.meanConfidence)}. The loss is ${loss.toFixed(4)} nats with ε = ${labelSmoothing} and ${nll.toFixed(4)} without smoothing (nll).

Every backend: its worst distance to the reference in ULP, and its least time, gradient included.
Unless it is asked for another, typed-array takes the kernel ${tour.kernel} here.

${backendTable(tour)}
${absentLines(tour)}
The loss and its gradient as a graph: ${tour.graph.file}, ${tour.graph.bytes} bytes beside the report. ONNX Runtime alone
makes ${tour.graph.loss.toFixed(4)} of it and the same logits.

The same logits, labels, ε and class weights in fourteen dialects

${dialectTable(tour)}

The smoothed loss is smallest where the true language has probability ${probability.optimum.toFixed(3)}, a logit gap of
${gap.optimum.toFixed(2)} to the others. ${formatPercent(probability.above)} of the windows have a larger probability, ${formatPercent(gap.above)} a larger gap.

What the conformance kit says of each backend, case by case

${verdictTable(tour)}

${tour.seconds.toFixed(1)} s on Node ${tour.node}. Report: ${reportPath}`;
}

function backendTable({ measurements }: Tour): string {
  const table = new Table({
    ...plain,
    head: ['backend', 'dtype', 'loss', 'nll', 'gradient', 'time', 'speed', 'how'],
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right', 'right', 'left'],
  });
  const [reference] = measurements;
  for (const { name, dtype, how, worstUlp, milliseconds } of measurements) {
    const errors = [worstUlp.loss, worstUlp.nll, worstUlp.gradient].map(formatUlp);
    table.push([
      name,
      dtype,
      ...errors,
      formatTime(milliseconds),
      formatSpeed(reference!.milliseconds / milliseconds),
      how,
    ]);
  }
  return withoutPadding(table.toString());
}

function absentLines({ absent }: Tour): string {
  return absent.map(({ name, how }) => `${name} on ${how} does not open here; tour.json says why.\n`).join('');
}

function dialectTable({ dialects }: Tour): string {
  const head = ['dialects', 'returns', 'loss', 'why'];
  const table = new Table({
    ...plain,
    head,
    colWidths: [19, 13, 9, 56],
    wordWrap: true,
    colAligns: ['left', 'left', 'right', 'left'],
  });
  for (const answer of dialects) {
    table.push([answer.dialects.join(', '), returned[answer.reduction], formatLoss(answer), answer.why]);
  }
  return withoutPadding(table.toString());
}

function verdictTable({ verdicts }: Tour): string {
  const head = ['backend', 'device', 'tier', 'passed', 'failed', 'unsupported', 'precise'];
  const table = new Table({ ...plain, head, colAligns: ['left', 'left', 'left', 'right', 'right', 'right', 'right'] });
  for (const { name, device, tier, passed, failed, unsupported, precise } of verdicts) {
    table.push([name.replace('@label-smoothing/', ''), device, tier, passed, failed, unsupported, precise]);
  }
  return withoutPadding(table.toString());
}

function withoutPadding(table: string): string {
  return table.replaceAll(/ +$/gm, '');
}

const noLine = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };
const noFrame = { top: '', 'top-mid': '', 'top-left': '', 'top-right': '', left: '', right: '', middle: ' ' };
const noBottom = { bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' };
/** No frame, no colours: the same in a log file. */
const plain = {
  chars: { ...noLine, ...noFrame, ...noBottom },
  style: { head: [], border: [], 'padding-left': 1, 'padding-right': 1 },
};
