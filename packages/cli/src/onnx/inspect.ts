import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inspectModel, type ModelSummary } from '@label-smoothing/onnx';
import { Command } from 'commander';
import { readModelFile } from '../files.js';
import { entry, signature, valueText } from './text.js';

const summary = "show an ONNX model's inputs and outputs, and the logits that a loss would be attached to";
const description = [
  'Shows what a model takes and gives, where its weights are, which logits attach would take and why, and whether its',
  'last layer can be trained alone. Weights are not decoded.',
].join(' ');

const examples = `
Examples:
  $ label-smoothing inspect model.onnx
  $ label-smoothing inspect model.onnx --json | jq -r .logits.name

Exit codes: 0 a loss can be attached; 1 not without further options, "logits" says why; 2 no such file, or no ONNX.`;

/** `label-smoothing inspect`. */
export function inspectCommand(done: (exitCode: number) => void): Command {
  return new Command('inspect')
    .summary(summary)
    .description(description)
    .argument('<model>', 'an .onnx file')
    .option('--json', 'print JSON')
    .addHelpText('after', examples)
    .helpOption('-h, --help', 'this text')
    .action(async (path: string, { json }: { readonly json?: boolean }) => {
      const model = inspectModel(await readModelFile(path));
      process.stdout.write(json ? `${JSON.stringify(model, null, 2)}\n` : inspectionText(path, model));
      done(model.problem === null ? 0 : 1);
    });
}

function inspectionText(path: string, model: ModelSummary): string {
  const { irVersion, opsets, producer, nodes, initializers, externalData } = model;
  const versions = Object.entries(opsets).map(([domain, version]) => `opset ${version}${domain && ` of ${domain}`}`);
  const facts = [`IR ${irVersion}`, ...versions, `${nodes} nodes`, `${initializers} weights`, producer];
  const weights = externalData.map((location) => {
    return `${location}, beside the model${existsSync(join(dirname(path), location)) ? '' : ', where it is missing'}`;
  });
  return [
    entry('model', [facts.filter((fact) => fact !== '').join(', ')]),
    signature(model),
    entry('weights', weights),
    entry('logits', logitsText(model)),
    entry('head', [headText(model)]),
  ].join('');
}

function logitsText({ logits, problem }: ModelSummary): readonly string[] {
  if (logits === null) return [`none. ${problem}`];
  const classes = logits.axis === null ? '' : `, classes along axis ${logits.axis}`;
  return [`${valueText(logits)}${classes}: ${logits.why}`, ...(problem === null ? [] : [`not by itself. ${problem}`])];
}

function headText({ head }: ModelSummary): string {
  if (head === null) return 'none that can be trained alone';
  const { op, weight, bias, features, classes } = head;
  return `${op} of ${features} features to ${classes} classes, weight ${weight}, bias ${bias ?? 'none'}`;
}
