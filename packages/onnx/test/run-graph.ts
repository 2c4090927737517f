import { Tensor } from 'onnxruntime-node';
import { openStrictly } from './ort-backend.js';

/** A feed by its type, numbers and dims. */
export type Feed = readonly ['float32' | 'float64' | 'int64' | 'int32', ArrayLike<number>, readonly number[]];

/** What a graph gives, as plain numbers. */
export async function runGraph(
  bytes: Uint8Array,
  feeds: Readonly<Record<string, Feed>>,
): Promise<Record<string, { readonly data: number[]; readonly dims: readonly number[] }>> {
  const session = await openStrictly(bytes);
  const tensors = Object.entries(feeds).map(([name, feed]) => [name, tensorOf(feed)] as const);
  const results = await session.run(Object.fromEntries(tensors));
  await session.release();
  return Object.fromEntries(
    Object.entries(results).map(([name, { data, dims }]) => [name, { data: Array.from(data as Float32Array), dims }]),
  );
}

function tensorOf([type, data, dims]: Feed): Tensor {
  const numbers = Array.from(data);
  if (type === 'float32') return new Tensor(type, Float32Array.from(numbers), dims);
  if (type === 'float64') return new Tensor(type, Float64Array.from(numbers), dims);
  if (type === 'int32') return new Tensor(type, Int32Array.from(numbers), dims);
  return new Tensor(type, BigInt64Array.from(numbers, BigInt), dims);
}
