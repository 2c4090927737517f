import { phrase, wrongType, wrongValue } from '@label-smoothing/core/adapter';
import { finished } from './append.js';
import { encodeModel, type TensorParts } from './model.js';
import { readModel } from './read-model.js';
import { inOtherOrder, withoutInitializers } from './weights.js';

/** A tensor in ONNX Runtime's form, or an entry of {@link HeadTrainingStep.state}. */
export interface WeightTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: unknown;
}

/**
 * Puts weights in the place of a model's own, such as those that {@link headTrainingStep} learned.
 *
 * Formula: none.
 *
 * @param model - bytes of an .onnx file; all of it but the named weights is copied as it is.
 * @param weights - float32 or float64 tensors by the name of the initializer, of its type and shape. Where it was in a
 * file beside the model, it is in the model now.
 * @returns the bytes of the model with these weights.
 * @throws LS_MODEL for bytes that are no ONNX model, a name that is no initializer, another type, shape or length.
 *
 * Numerical note: the bits of the weights are copied.
 *
 * @example
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { inspectModel, withWeights } from '@label-smoothing/onnx';
 * const bias = { type: 'float32', dims: [10], data: new Float32Array(10) }; // or a tensor of ONNX Runtime
 * const model = withWeights(readFileSync('mlp.onnx'), { 'head.bias': bias });
 * console.log(inspectModel(model).initializers); // 4
 * ```
 * Source: onnx.proto.
 */
export function withWeights(model: Uint8Array, weights: Readonly<Record<string, WeightTensor>>): Uint8Array {
  const read = readModel(model);
  // Maps and arrays have no weights in them: they would pass for an empty object.
  if (Object.prototype.toString.call(weights) !== '[object Object]') {
    wrongType('LS_MODEL', 'weights', 'an object of tensors by name', weights);
  }
  const replaced = Object.entries(weights).map(([name, given]) => {
    if (!Array.isArray((given as WeightTensor | null)?.dims)) {
      wrongType('LS_MODEL', `weights "${name}"`, 'a tensor of type, dims and data', given);
    }
    const own = read.graph.initializers.find((tensor) => tensor.name === name);
    if (own === undefined) wrongValue('LS_MODEL', 'weights', 'names of initializers of the model', name);
    const expected = `${own.type} [${own.dims}]`;
    const got = `${given.type} [${given.dims}]`;
    const written = got === expected ? encoded(name, given) : null;
    if (written === null) wrongValue('LS_MODEL', `weights "${name}"`, `numbers of type ${expected}`, phrase(got));
    return { own, written };
  });
  const graph = { nodes: [], initializers: replaced.map(({ written }) => written), inputs: [], outputs: [] };
  const removed = replaced.map(({ own }) => own);
  return finished(withoutInitializers(read, removed).raw(encodeModel({ graph })));
}

/** A tensor as it is written; null where its numbers are no array of its type and size. */
function encoded(name: string, { type, dims, data }: WeightTensor): TensorParts | null {
  const length = dims.reduce((product, dim) => product * dim, 1);
  const fits =
    (type === 'float32' && data instanceof Float32Array) || (type === 'float64' && data instanceof Float64Array);
  if (!fits || data.length !== length) return null;
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { name, type, dims, data: inOtherOrder(bytes, data.BYTES_PER_ELEMENT) };
}
