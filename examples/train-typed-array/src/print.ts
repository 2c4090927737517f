import type { Evaluation } from './evaluate.js';

/** Reports each epoch on stderr: one line that is rewritten on a terminal, a line per epoch elsewhere. */
export function epochProgress(title: string, epochs: number): (epoch: number, loss: number) => void {
  const { stderr } = process;
  return (epoch, loss) => {
    const line = `${title}  epoch ${epoch} of ${epochs}  training loss ${loss.toFixed(3)}`;
    if (!stderr.isTTY) stderr.write(`${line}\n`);
    else stderr.write(epoch < epochs ? `\r\x1b[K${line}` : '\r\x1b[K');
  };
}

/** One line per ε. */
export function resultTable(results: readonly (Evaluation & { readonly labelSmoothing: number })[]): string {
  const header = ['', 'accuracy', 'NLL', 'mean confidence', 'confidence − accuracy'];
  const lines = results.map(({ labelSmoothing, accuracy, nll, confidence }) => [
    `ε = ${labelSmoothing}`,
    percent(accuracy),
    nll.toFixed(3),
    percent(confidence),
    `${confidence < accuracy ? '−' : '+'}${percent(Math.abs(confidence - accuracy))}`,
  ]);
  const widths = header.map((title, column) => Math.max(title.length, ...lines.map((line) => line[column]!.length)));
  return [header, ...lines]
    .map(([name, ...cells]) =>
      [name!.padEnd(widths[0]!), ...cells.map((c, i) => c.padStart(widths[i + 1]!))].join('   '),
    )
    .join('\n');
}

function percent(part: number): string {
  return `${(100 * part).toFixed(1)} %`;
}
