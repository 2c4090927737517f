import { lossModel } from '@label-smoothing/onnx';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Sample } from './sample.js';

/** The loss as an ONNX file. */
export interface Graph {
  readonly file: string;
  readonly bytes: number;
  /** What ONNX Runtime makes of the file alone, with the sample's logits and labels. */
  readonly loss: number;
}

/** What the graph is written for. */
export interface GraphOptions {
  readonly classes: number;
  readonly labelSmoothing: number;
}

/** The loss and its gradient as a graph. */
export function lossGraph({ classes, labelSmoothing }: GraphOptions): Uint8Array {
  return lossModel({ classes, labelSmoothing, gradient: true });
}

/** Runs the graph as any other program would that knows nothing but the file. */
export async function tryGraph({ logits, labels }: Sample, options: GraphOptions): Promise<Graph> {
  const model = lossGraph(options);
  const session = await InferenceSession.create(model);
  const outputs = await session.run({
    logits: new Tensor('float32', logits, [labels.length, options.classes]),
    labels: new Tensor('int64', BigInt64Array.from(labels, BigInt), [labels.length]),
  });
  await session.release();
  return { file: 'loss.onnx', bytes: model.length, loss: Number(outputs['loss']?.data[0]) };
}
