import * as node from 'onnxruntime-node';
import * as web from 'onnxruntime-web';
import { type Batch, batchData, type Entry, type Group, type Runner } from '../entry.js';
import { type Form, forms } from './forms.js';

/** ONNX Runtime on one provider that the bench knows. */
export const runtimes = { cpu: node, wasm: web } as const;
export type Provider = keyof typeof runtimes;

/** One thread: what a form costs, not how well it is shared out. */
const oneThread = { intraOpNumThreads: 1, interOpNumThreads: 1 } as const;

/** A graph on a batch; a call gives its outputs. */
export interface OpenForm extends Runner {
  readonly run: () => Promise<Readonly<Record<string, { readonly data: unknown }>>>;
}

/** Opens a form for a batch. */
export async function openForm(
  { write }: Form,
  provider: Provider,
  gradient: boolean,
  batch: Batch,
): Promise<OpenForm> {
  const ort = runtimes[provider] as typeof node;
  const { rows, classes } = batch;
  const session = await ort.InferenceSession.create(write(classes, gradient), {
    executionProviders: [provider],
    ...oneThread,
  });
  const { logits, labels } = batchData(batch);
  const feeds = {
    logits: new ort.Tensor('float32', logits, [rows, classes]),
    labels: new ort.Tensor('int64', BigInt64Array.from(labels, BigInt), [rows]),
  };
  return { run: () => session.run(feeds), close: () => session.release() };
}

/** Every form on one provider, forward or with the gradient. */
export function formsOn(provider: Provider, gradient: boolean): Group {
  const entries = forms.map((form): Entry => {
    const { name, ours = false } = form;
    return { name, ours, open: (batch) => openForm(form, provider, gradient, batch) };
  });
  return { title: `ONNX graph on ${provider}, ${gradient ? 'loss and gradient' : 'loss'}`, entries };
}
