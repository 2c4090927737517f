import type { ModelSummary, ModelValue } from '@label-smoothing/onnx';

/** How a type is written: in JavaScript and in NumPy. */
const arrays: Readonly<Record<string, readonly [javascript: string, numpy: string]>> = {
  float16: ['Uint16Array', 'float16'],
  float32: ['Float32Array', 'float32'],
  float64: ['Float64Array', 'float64'],
  int8: ['Int8Array', 'int8'],
  int16: ['Int16Array', 'int16'],
  int32: ['Int32Array', 'int32'],
  int64: ['BigInt64Array', 'int64'],
  uint8: ['Uint8Array', 'uint8'],
  bool: ['Uint8Array', 'bool_'],
};

/** Programs that run a model on zeros, for people to fill with their data. */
export interface Snippets {
  readonly node: string;
  readonly python: string;
}

/** Writes them for the inputs of a model and the names of the outputs that matter. */
export function snippets(path: string, { inputs }: Pick<ModelSummary, 'inputs'>, outputs: readonly string[]): Snippets {
  const file = JSON.stringify(path.replaceAll('\\', '/'));
  const feeds = inputs.map((input) => ({ ...input, ...typesOf(input), sizes: sizesOf(input) }));
  const results = outputs.map((name) => JSON.stringify(name));
  return {
    node: [
      "import { InferenceSession, Tensor } from 'onnxruntime-node';",
      `const session = await InferenceSession.create(${file});`,
      'const results = await session.run({',
      ...feeds.map(({ name, type, javascript, sizes }) => {
        const length = sizes.reduce((product, size) => product * size, 1);
        return `  ${JSON.stringify(name)}: new Tensor('${type}', new ${javascript}(${length}), [${sizes.join(', ')}]),`;
      }),
      '});',
      `console.log(${results.map((name) => `results[${name}].data`).join(', ')});`,
    ].join('\n'),
    python: [
      'import numpy as np',
      'import onnxruntime as ort',
      `session = ort.InferenceSession(${file})`,
      `results = session.run([${results.join(', ')}], {`,
      ...feeds.map(({ name, numpy, sizes }) => {
        const shape = sizes.length === 1 ? `${sizes},` : sizes.join(', ');
        return `    ${JSON.stringify(name)}: np.zeros((${shape}), np.${numpy}),`;
      }),
      '})',
      'print(*results)',
    ].join('\n'),
  };
}

function typesOf({ type }: ModelValue): { javascript: string; numpy: string } {
  const [javascript, numpy] = arrays[type] ?? ['Array', 'object_'];
  return { javascript, numpy };
}

/** Sizes to begin with: a batch of 2, and 32 for whatever else a model leaves open. */
function sizesOf({ shape }: ModelValue): readonly number[] {
  return (shape ?? []).map((size, i) => (typeof size === 'number' ? size : i === 0 ? 2 : 32));
}
