import { styleText } from 'node:util';
import { Command } from 'commander';
import { explanationText } from './explain-text.js';
import { type Explanation, explain } from './explanation.js';
import { addLossOptions, labelOption, lossArguments } from './options.js';

const summary = 'show what a dialect and its options compute, with numbers';
const description = [
  'Shows what a dialect and its options compute: every option and who chose it, the formula with its numbers, one row',
  'of the compiled target table, the probability and the logit gap at which the loss is smallest, and the same ε in',
  'the other conventions.',
].join(' ');

const examples = `
Examples:
  $ label-smoothing explain                                        PyTorch's formula, for ε = 0.1 and ten classes
  $ label-smoothing explain --dialect fairseq --classes 32000      ε/(K − 1), as a sum
  $ label-smoothing explain --smoothing-mode others --label-smoothing 0.09
                                                                   the same targets as ε = 0.1 in mode uniform
  $ label-smoothing explain --classes 3 --weight 1,2,5 --label 2   a rare class: its weight also weighs its smoothing
  $ label-smoothing explain --classes 3 --smoothing-mode prior --prior 0.7,0.2,0.1 --label 1
  $ label-smoothing explain --dialect keras --json | jq .optimum   for a program; infinities are strings

Exit codes: 0 done, 2 bad usage or bad input. Every option is described in docs/spec.md.`;

/** `label-smoothing explain`. */
export function explainCommand(): Command {
  const command = addLossOptions(new Command('explain').summary(summary).description(description), {
    withExamples: true,
  })
    .addOption(labelOption())
    .option('--json', 'print JSON')
    .addHelpText('after', examples)
    .helpOption('-h, --help', 'this text');
  return command.action(({ label, json }: { readonly label: unknown; readonly json?: boolean }) => {
    const explanation = explain(lossArguments(command), label);
    process.stdout.write(json ? explanationJson(explanation) : explanationText(explanation, strong));
  });
}

function strong(text: string): string {
  return process.stdout.isTTY && !process.env['NO_COLOR'] ? styleText('bold', text) : text;
}

/** JSON has no infinities and no NaN: they become strings. Typed arrays become arrays. */
function explanationJson({ resolved, terms: _, ...explanation }: Explanation): string {
  const plain = (_key: string, value: unknown): unknown => {
    if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
    return ArrayBuffer.isView(value) ? Array.from(value as Float64Array) : value;
  };
  return `${JSON.stringify({ dialect: resolved.dialect, ...explanation }, plain, 2)}\n`;
}
