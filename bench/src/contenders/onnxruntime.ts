// node onnxruntime.js: ONNX Runtime. A form is a provider and the name of a graph of ../onnx/forms.ts: 'cpu ours'.
import { createRequire } from 'node:module';
import { type Batch, sumOfSquares } from '../batch.js';
import { forms } from '../onnx/forms.js';
import { openForm, type Provider } from '../onnx/open-form.js';
import type { Ask } from '../protocol.js';
import { type Opened, serve } from './serve.js';

const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string };
await serve({ versions: [`ONNX Runtime ${version}`] }, open);

async function open({ form, operation }: Ask, batch: Batch): Promise<Opened> {
  const [provider, ...words] = form.split(' ');
  const graph = forms.find(({ name }) => name === words.join(' '));
  if (graph === undefined) throw new Error(`no graph for ${form}`);
  const { run, close } = await openForm(graph, provider as Provider, operation !== 'forward', batch);
  const { loss, gradient } = await run();
  const squares = gradient === undefined ? 0 : sumOfSquares(gradient.data);
  return { run, close, loss: loss.data[0] as number, squares };
}
