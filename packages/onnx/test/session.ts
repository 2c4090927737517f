import type { ExternalData } from '@label-smoothing/onnx';
import { InferenceSession, type Tensor } from 'onnxruntime-node';
import { type Feed, type Output, tensorOf } from './run-graph.js';

/** A model that was opened strictly: wrong types and shapes inside it are errors. */
export interface Session {
  run(feeds: Readonly<Record<string, Feed | Tensor>>): Promise<Record<string, Output>>;
}

/** Opens a model with the files that lie beside it. */
export async function open(bytes: Uint8Array, externalData: readonly ExternalData[] = []): Promise<Session> {
  const session = await InferenceSession.create(bytes, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
    externalData,
    extra: { session: { strict_shape_type_inference: '1' } },
  });
  return {
    async run(feeds) {
      const tensors = Object.entries(feeds).map(([name, feed]) => [
        name,
        Array.isArray(feed) ? tensorOf(feed as Feed) : feed,
      ]);
      const results = await session.run(Object.fromEntries(tensors));
      return Object.fromEntries(
        Object.entries(results).map(([name, { data, dims }]) => [
          name,
          { data: Array.from(data as Float32Array), dims },
        ]),
      );
    },
  };
}
