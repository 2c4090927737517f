import { inspectModel, lossModel } from '@label-smoothing/onnx';
import { Command } from 'commander';
import { checkWritable, writeWhole } from '../files.js';
import { number } from '../options.js';
import { addGraphOptions, graphArguments, outputOf } from './graph-options.js';
import { report } from './report.js';

const summary = 'write the loss, and its gradient, as an ONNX model';
const description = [
  'Writes the loss as an ONNX model of standard operators: inputs logits and labels (or targets), outputs loss and, if',
  'asked for, gradient. It runs wherever ONNX Runtime does. Only what is said counts: ε is 0 unless you give it, and',
  'the number of classes may stay open.',
].join(' ');

const examples = `
Examples:
  $ label-smoothing export --label-smoothing 0.1 -o loss.onnx            for any number of classes
  $ label-smoothing export --classes 10 --label-smoothing 0.1 --gradient -o loss.onnx
  $ label-smoothing export --shape N,21,H,W --axis 1 --label-smoothing 0.1 -o pixels.onnx
  $ label-smoothing export --dialect fairseq --label-smoothing 0.1 --ignore-index 1 --gradient -o loss.onnx
  $ label-smoothing export --classes 10 --label-type int32 --gradient -o webgpu.onnx
  $ label-smoothing export --normalizer input --sample-weight -o micro-batch.onnx

Exit codes: 0 done, 2 bad usage or bad input. docs/spec.md describes the loss, docs/onnx.md the graph.`;

/** `label-smoothing export`. */
export function exportCommand(): Command {
  const command = new Command('export').summary(summary).description(description).addHelpText('after', examples);
  addGraphOptions(command).option('--opset <n>', '13 to 26 (default: 21)', number);
  return command.action(async ({ opset, json }: { readonly opset?: number; readonly json?: boolean }) => {
    const output = outputOf(command);
    const bytes = lossModel({ ...graphArguments(command), ...(opset === undefined ? {} : { opset }) });
    checkWritable('--output', output);
    await writeWhole('--output', output, [bytes]);
    report({ output, bytes: bytes.length, model: inspectModel(bytes), notes: [], json: json ?? false });
  });
}
