import * as node from 'onnxruntime-node';
import * as web from 'onnxruntime-web';
import type { Batch } from '../batch.js';
import type { Form } from './forms.js';

const runtimes = { cpu: node, wasm: web } as const;
/** What ONNX Runtime can run on here. */
export type Provider = keyof typeof runtimes;
export const providers = ['cpu', 'wasm'] as const satisfies readonly Provider[];

interface Output {
  readonly data: Float32Array;
}

interface Outputs {
  readonly loss: Output;
  readonly gradient?: Output;
}

/** A graph with a batch to feed it. */
export interface OpenForm {
  readonly run: () => Promise<Outputs>;
  readonly close: () => Promise<void>;
}

/** Opens a form for a batch, on one thread: what a form costs, not how well it is shared out. */
export async function openForm(
  { write }: Form,
  provider: Provider,
  gradient: boolean,
  { logits, labels }: Batch,
): Promise<OpenForm> {
  const ort = runtimes[provider] as typeof node;
  const rows = labels.length;
  const classes = logits.length / rows;
  const session = await ort.InferenceSession.create(write(classes, gradient), {
    executionProviders: [provider],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
  });
  const feeds = {
    logits: new ort.Tensor('float32', logits as Float32Array, [rows, classes]),
    labels: new ort.Tensor('int64', BigInt64Array.from(labels, BigInt), [rows]),
  };
  return { run: async () => (await session.run(feeds)) as unknown as Outputs, close: () => session.release() };
}
