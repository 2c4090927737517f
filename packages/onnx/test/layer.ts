import { node, smallModel, value } from './small-model.js';

/** A model of one layer: x [.., 4] to scores [.., 3]. */
export function layer(
  dtype: 'float32' | 'float64',
  kind: 'MatMul' | 'Add' | 'Gemm',
  { opset = 21, dims = ['N'] as readonly (string | number)[] } = {},
) {
  const weights = Float64Array.from({ length: 12 }, (_, i) => Math.sin(i + 1) / 2);
  const bias = Float64Array.of(0.1, -0.2, 0.3);
  const bytes = (values: Float64Array): Uint8Array =>
    new Uint8Array((dtype === 'float64' ? values : Float32Array.from(values)).slice().buffer);
  const nodes = {
    MatMul: [node('scores', 'MatMul', ['x', 'W'])],
    Add: [node('product', 'MatMul', ['x', 'W']), node('scores', 'Add', ['b', 'product'])],
    Gemm: [node('scores', 'Gemm', ['x', 'W', 'b'])],
  }[kind];
  const tensor = (name: string, sizes: readonly number[], values: Float64Array) => ({
    name,
    type: dtype,
    dims: sizes,
    data: bytes(values),
  });
  const model = smallModel(
    {
      nodes,
      initializers: [tensor('W', [4, 3], weights), ...(kind === 'MatMul' ? [] : [tensor('b', [3], bias)])],
      inputs: [value('x', { type: dtype, shape: [...dims, 4] })],
      outputs: [value('scores', { type: dtype, shape: [...dims, 3] })],
    },
    opset,
  );
  return { model, weights, bias: kind === 'MatMul' ? null : bias };
}
