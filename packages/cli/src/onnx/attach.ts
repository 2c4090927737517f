import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { aWord } from '@label-smoothing/core/adapter';
import {
  type AttachedNames,
  type AttachOptions,
  attachLoss,
  inspectModel,
  type ModelSummary,
} from '@label-smoothing/onnx';
import { Command, Option } from 'commander';
import { checkWritable, isSameFile, readModelFile, writeWhole } from '../files.js';
import { refuse } from '../refuse.js';
import { addGraphOptions, graphArguments, outputOf } from './graph-options.js';
import { report } from './report.js';

const summary = 'attach the loss to an ONNX model that you have';
const description = [
  "Attaches the loss to a model's logits: the new model has the old one's inputs and outputs, an input labels (or",
  'targets), and outputs loss and, if asked for, gradient. A model that ends in Softmax gets its loss before it.',
  'Weights are copied as they are, or stay in the files beside the model. The input file is never written to.',
].join(' ');

const examples = `
Examples:
  $ label-smoothing inspect model.onnx                                   which logits would it be?
  $ label-smoothing attach model.onnx -o with-loss.onnx --label-smoothing 0.1
  $ label-smoothing attach model.onnx -o with-loss.onnx --label-smoothing 0.1 --gradient --logits scores
  $ label-smoothing attach twice.onnx -o out.onnx --name labels=y --name loss=second_loss --prefix second/

Exit codes: 0 done, 2 bad usage or bad input. docs/onnx.md says what is attached and how.`;

/** `label-smoothing attach`. */
export function attachCommand(): Command {
  const command = new Command('attach').summary(summary).description(description).addHelpText('after', examples);
  addGraphOptions(command.argument('<model>', 'an .onnx file of opset 13 to 26'));
  for (const option of ownOptions) command.addOption(option);
  return command.action(async (path: string, { logits, softmax, prefix, name: names, json }: OwnOptions) => {
    const output = outputOf(command);
    if (isSameFile(path, output)) refuse('LS_OPTION', `--output ${output}: is the model itself, which stays as it is`);
    const model = await readModelFile(path);
    const before = inspectModel(model);
    checkExternalData(path, before, output);
    const options = { ...graphArguments(command), logits, softmax, prefix, names };
    const bytes = attachLoss(model, options as AttachOptions);
    checkWritable('--output', output);
    await writeWhole('--output', output, [bytes]);
    const after = inspectModel(bytes);
    const added = after.outputs.slice(before.outputs.length).map((value) => value.name);
    const notes = notesOn(path, output, after);
    report({ output, bytes: bytes.length, model: after, added, notes, json: json ?? false });
  });
}

interface OwnOptions extends Pick<AttachOptions, 'logits' | 'softmax' | 'prefix'> {
  readonly name?: Readonly<Record<string, string>>;
  readonly json?: boolean;
}

function renamed(text: string, previous: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const at = text.indexOf('=');
  if (at < 1 || at === text.length - 1) {
    refuse('LS_OPTION', `--name: expected usual=new, such as labels=y, got ${JSON.stringify(text)}`);
  }
  const usual = text.slice(0, at);
  // As the graph writes it, or as the library does.
  const key = usual === 'sample_weight' ? 'sampleWeight' : usual;
  return { ...previous, [aWord(key, '--name', usualNames, 'LS_OPTION')]: text.slice(at + 1) };
}

const usualNames: readonly (keyof AttachedNames)[] = [
  ...(['labels', 'targets', 'sampleWeight', 'normalizer', 'loss', 'gradient'] as const),
];

const ownOptions: readonly Option[] = [
  new Option('--logits <name>', 'an output, or a value in between (default: the only output that could be them)'),
  new Option('--softmax <what>', 'of a model that ends in it: attach before (default), or refuse'),
  new Option('--name <usual=new>', 'another name for an input or output of the loss; repeatable').argParser(renamed),
  new Option('--prefix <text>', 'what names of new nodes begin with (default: label_smoothing/)'),
];

function checkExternalData(path: string, { externalData }: ModelSummary, output: string): void {
  for (const location of externalData) {
    const file = join(dirname(path), location);
    if (!existsSync(file)) refuse('LS_MODEL', `${path}: expected its weights ${location} beside it, got no such file`);
    // To overwrite them would destroy the model, and what is attached to it.
    if (isSameFile(file, output))
      refuse('LS_OPTION', `--output ${output}: holds the model's weights, which stay there`);
  }
}

function notesOn(path: string, output: string, { externalData }: ModelSummary): readonly string[] {
  const keep = `keep ${basename(path)} for inference: a runtime asks for every input, the labels too`;
  const [from, to] = [dirname(resolve(path)), dirname(resolve(output))];
  if (externalData.length === 0) return [keep];
  if (from === to) return [keep, `both models read their weights from ${externalData.join(', ')}`];
  // ONNX Runtime follows no symbolic link out of the model's folder.
  return [
    keep,
    ...externalData.map((location) => {
      const [there, here] = [join(dirname(path), location), join(dirname(output), location)];
      return `its weights are read from its own folder, a hard link or a copy: ln "${there}" "${here}"`;
    }),
  ];
}
