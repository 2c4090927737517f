import { type CrossEntropyOptions, crossEntropy } from '@label-smoothing/core';
import { type AttachOptions, attachLoss, inspectModel } from '@label-smoothing/onnx';
import { drawText } from '../../../examples/attach-to-model/src/drawing.js';
import { ProtoWriter } from '../src/protobuf.js';

/** Runs a model on float32 images `x` and int64 labels; gives its outputs as numbers with dims. */
export type Run = (
  model: Uint8Array,
  feeds: { readonly x: Fed<Float32Array>; readonly labels: Fed<BigInt64Array> },
) => Promise<Readonly<Record<string, { readonly data: ArrayLike<number>; readonly dims: readonly number[] }>>>;
interface Fed<T> {
  readonly data: T;
  readonly dims: readonly number[];
}

const width = 240;
const words = ['KAFFEE', '471', 'MAX 70', 'LAMA'];

/** Ways to ask for the loss. */
export const losses: readonly AttachOptions[] = [
  { labelSmoothing: 0.1 },
  { labelSmoothing: 0.1, reduction: 'sum', zLoss: 1e-4 },
  { labelSmoothing: 0.2, smoothingMode: 'others', reduction: 'none' },
  { labelSmoothing: 0.1, ignoreIndex: 0 },
];

/** How far a model's loss and gradient are from the reference on the logits of the same run. */
export interface Distances {
  /** Of the class axis. */
  readonly classes: number;
  readonly logits: string;
  /** Relative. */
  readonly loss: number;
  readonly gradient: number;
  /** Smallest and largest logit. */
  readonly range: readonly [number, number];
}

/** Attaches a loss to an OCR model before its Softmax, runs it on drawn words, and compares. */
export async function compareOnWords(model: Uint8Array, options: AttachOptions, run: Run): Promise<Distances> {
  const { logits } = inspectModel(model);
  const name = logits?.name as string;
  // One more output, so that the logits of the same run are seen.
  const opened = new ProtoWriter().raw(attachLoss(model, { ...options, gradient: true })).message(7, (graph) => {
    graph.message(12, (output) => output.bytes(1, name));
  });
  const images = words.map((word, i) => drawText(word, { width, upsideDown: i % 2 === 1 }));
  const x = new Float32Array(images.length * 3 * 48 * width);
  images.forEach((image, i) => x.set(image, i * image.length));
  const rowDims = logits?.shape?.length === 3 ? [words.length, width / 8] : [words.length];
  const classes = logits?.shape?.at(-1) as number;
  // Some of the gap, which one of the losses ignores, and some of all classes.
  const rows = rowDims.reduce((a, b) => a * b, 1);
  const labels = Int32Array.from({ length: rows }, (_, i) => (i % 3 === 0 ? 0 : (i * 7919) % classes));
  const outputs = await run(opened.finish(), {
    x: { data: x, dims: [words.length, 3, 48, width] },
    labels: { data: BigInt64Array.from(labels, BigInt), dims: rowDims },
  });
  const z = Float64Array.from(outputs[name]?.data ?? []);
  const exact = crossEntropy(z, labels, { ...(options as CrossEntropyOptions), classes, gradient: true });
  const got = outputs['loss']?.data ?? [];
  const expected = typeof exact.loss === 'number' ? [exact.loss] : exact.loss;
  return {
    classes,
    logits: name,
    loss: furthest(expected, (value, i) => ((got[i] as number) - value) / Math.max(1, Math.abs(value))),
    gradient: furthest(exact.gradient ?? [], (g, i) => (outputs['gradient']?.data[i] as number) - g),
    range: [z.reduce((a, b) => Math.min(a, b)), z.reduce((a, b) => Math.max(a, b))],
  };
}

function furthest(values: ArrayLike<number>, error: (value: number, i: number) => number): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) {
    const distance = Math.abs(error(values[i] as number, i));
    if (!(distance <= most)) most = distance;
  }
  return most;
}
