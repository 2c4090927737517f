import type { ExportOptions } from '@label-smoothing/onnx';
import { type Command, Option } from 'commander';
import { addLossOptions, lossArguments, number } from '../options.js';
import { refuse } from '../refuse.js';

function size(text: string): string | number {
  const word = text.trim();
  if (/^\d+$/.test(word)) return Number(word);
  // A name may be anything, but nobody means one that begins like a number.
  if (/^[-+.]?\d/.test(word))
    refuse('LS_OPTION', `--shape: expected sizes and names of sizes, got ${JSON.stringify(word)}`);
  return word;
}
const sizes = (text: string): (string | number)[] => text.split(',').map(size);

const graphOptions = (): Option[] => [
  new Option('--gradient', 'also the gradient with respect to the logits'),
  new Option('--shape <list>', "the logits' shape, sizes or names of sizes: N,10 or N,21,H,W").argParser(sizes),
  new Option('--axis <n>', "the axis of the classes; negative counts from the end (the model's, or −1)").argParser(
    number,
  ),
  new Option('--dtype <type>', 'of logits and gradient: float32 (default), float64, float16'),
  new Option('--label-type <type>', 'int64 (default), or int32, with which all of it runs on WebGPU'),
  new Option('--input <kind>', 'what the loss is computed from: logits (default), probabilities'),
  new Option('--sample-weight', 'an input of one weight per row'),
  new Option('--invalid-label <what>', 'what a label that is no class makes of its row: nan (default), unchecked'),
  new Option('--no-scatter', "no ScatterElements, which ONNX Runtime's older WebGPU provider lacks"),
];

/** Adds the options of the loss and of its graph to a command. */
export function addGraphOptions(command: Command): Command {
  addLossOptions(command);
  for (const option of graphOptions()) command.addOption(option);
  return command
    .option('--json', 'print JSON')
    .addOption(
      new Option(
        '-o, --output <file>',
        'the file to write, whole or not at all; a link is replaced',
      ).makeOptionMandatory(),
    )
    .helpOption('-h, --help', 'this text');
}

/** The graph that a parsed command line describes. Nothing in it is an example: only what the caller wrote counts. */
export function graphArguments(command: Command): ExportOptions {
  const { options, target } = lossArguments(command);
  const names = graphOptions().map((option) => option.attributeName());
  const written = names.filter((name) => command.getOptionValueSource(name) === 'cli');
  const values: Record<string, unknown> = command.opts();
  return {
    ...options,
    // The word asks for an input of the graph; a number is fixed in it.
    ...((options.normalizer as unknown) === 'input' ? { normalizer: true } : {}),
    ...Object.fromEntries(written.map((name) => [name, values[name]])),
    ...(target === 'labels' ? {} : { target }),
  } as ExportOptions;
}

/** The file that a command is to write. */
export function outputOf(command: Command): string {
  const { output } = command.opts<{ output: string }>();
  if (output === '') refuse('LS_OPTION', '--output: expected the name of a file, got ""');
  return output;
}
