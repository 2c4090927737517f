import { fromFloat16 } from '@label-smoothing/core/conformance';
import { InferenceSession, Tensor } from 'onnxruntime-node';

/** Element types that tests feed; float16 as IEEE bits. */
export type FeedType = 'float16' | 'float32' | 'float64' | 'int64' | 'int32';
/** A feed by its type, numbers and dims. */
export type Feed = readonly [FeedType, ArrayLike<number>, readonly number[]];
/** Numbers and dims of an output. */
export interface Output {
  readonly data: number[];
  readonly dims: readonly number[];
}

/** Opens a graph strictly: wrong types and shapes inside it are errors, and so is a node that leaves its provider. */
export function openStrictly(bytes: Uint8Array, provider: 'cpu' | 'webgpu' = 'cpu'): Promise<InferenceSession> {
  const fallback = provider === 'cpu' ? {} : { disable_cpu_ep_fallback: '1' };
  return InferenceSession.create(bytes, {
    executionProviders: [provider],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
    extra: { session: { strict_shape_type_inference: '1', ...fallback } },
  });
}

/** What a graph gives, as plain numbers. */
export async function runGraph(
  bytes: Uint8Array,
  feeds: Readonly<Record<string, Feed>>,
  provider: 'cpu' | 'webgpu' = 'cpu',
): Promise<Record<string, Output>> {
  const session = await openStrictly(bytes, provider);
  const tensors = Object.entries(feeds).map(([name, feed]) => [name, tensorOf(feed)] as const);
  const results = await session.run(Object.fromEntries(tensors));
  await session.release();
  return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, outputOf(tensor)]));
}

/** A feed as ONNX Runtime's tensor. */
export function tensorOf([type, data, dims]: Feed): Tensor {
  const numbers = Array.from(data);
  if (type === 'float16') return new Tensor(type, Uint16Array.from(numbers), dims);
  if (type === 'float32') return new Tensor(type, Float32Array.from(numbers), dims);
  if (type === 'float64') return new Tensor(type, Float64Array.from(numbers), dims);
  if (type === 'int32') return new Tensor(type, Int32Array.from(numbers), dims);
  return new Tensor(type, BigInt64Array.from(numbers, BigInt), dims);
}

/** Where float16 arrays exist, float16 outputs are such; elsewhere they are bits. */
function outputOf({ data, dims }: Tensor): Output {
  const numbers = data instanceof Uint16Array ? Array.from(data, fromFloat16) : Array.from(data as Float32Array);
  return { data: numbers, dims };
}
