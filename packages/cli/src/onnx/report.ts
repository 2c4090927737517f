import type { ModelSummary } from '@label-smoothing/onnx';
import { snippets } from './snippets.js';
import { entry, signature } from './text.js';

/** What a command has written. */
export interface Written {
  readonly output: string;
  readonly bytes: number;
  readonly model: ModelSummary;
  /** Names of the outputs that are new; all of them if absent. */
  readonly added?: readonly string[];
  /** What else one should know, a line each. */
  readonly notes: readonly string[];
  readonly json: boolean;
}

/** Says on stdout what was written and how to run it. */
export function report({ output, bytes, model, added, notes, json }: Written): void {
  const { opset, inputs, outputs, externalData } = model;
  const news = added ?? outputs.map(({ name }) => name);
  const programs = snippets(output, model, news);
  if (json) {
    const facts = { output, bytes, opset, inputs, outputs, externalData, notes, snippets: programs };
    process.stdout.write(`${JSON.stringify(facts, null, 2)}\n`);
    return;
  }
  const head = entry('wrote', [`${output}, ${bytes} bytes, opset ${opset}`]) + signature(model);
  const said = outputs.flatMap(({ name, doc }) => (doc !== undefined && news.includes(name) ? doc : []));
  const tail = entry('says', said) + entry('note', notes);
  process.stdout.write(`${head}${tail}
Node (npm install onnxruntime-node), on zeros:

${indented(programs.node)}

Python (pip install onnxruntime numpy), on zeros:

${indented(programs.python)}
`);
}

function indented(text: string): string {
  return text.replace(/^/gm, '  ');
}
