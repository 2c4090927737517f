import { encodeModel, type GraphParts, type NodeParts, type ValueParts } from '../src/model.js';
import { open, type Session } from './session.js';

/** A value of a model: float32 [N, 3] unless said otherwise. */
export const value = (name: string, change: Partial<ValueParts> = {}): ValueParts => ({
  name,
  type: 'float32',
  shape: ['N', 3],
  ...change,
});

/** A node whose output has its own name. */
export const node = (
  name: string,
  opType: string,
  inputs: readonly string[],
  attributes?: NodeParts['attributes'],
): NodeParts => ({ name, opType, inputs, outputs: [name], attributes });

/** A model of a few nodes, by default one that copies its input `x` to its output `scores`. */
export function smallModel(graph: Partial<GraphParts> = {}, opset = 21): Uint8Array {
  const usual: GraphParts = {
    name: 'small',
    nodes: [node('scores', 'Identity', ['x'])],
    initializers: [],
    inputs: [value('x')],
    outputs: [value('scores')],
  };
  return encodeModel({ opset, producer: { name: 'test', version: '1' }, graph: { ...usual, ...graph } });
}

/** Three rows of three scores, with labels. */
export const rows: { readonly scores: readonly number[]; readonly labels: readonly number[] } = {
  scores: [2, 1, 0, 0, 0.5, 3, -1, 4, 0.25],
  labels: [0, 2, 1],
};

/** Opens a model and runs it on {@link rows}. */
export async function runRows(bytes: Uint8Array): ReturnType<Session['run']> {
  const session = await open(bytes);
  return session.run({ x: ['float32', rows.scores, [3, 3]], labels: ['int64', rows.labels, [3]] });
}
