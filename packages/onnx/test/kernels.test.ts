// Where the nodes of our graphs run: nothing that leaves a GPU, as far as tables say and a software GPU shows.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { headTrainingStep, lossModel } from '@label-smoothing/onnx';
import { describe, expect, test } from 'vitest';
import { type TypedNode, typedNodes } from './decode.js';
import { openStrictly } from './run-graph.js';
import { lossesAlone, type SampleGraph, sample } from './sample.js';
import { node, smallModel } from './small-model.js';

interface Operator {
  /** Opsets in which the operator changed. */
  readonly changed: readonly number[];
  /** First version, last version or null, types. */
  readonly kernels: readonly (readonly [number, number | null, readonly string[]])[];
}
const { operators } = JSON.parse(readFileSync(join(import.meta.dirname, 'cuda-kernels.json'), 'utf8')) as {
  readonly operators: Readonly<Record<string, Operator>>;
};

/**
 * Whether a node has a CUDA kernel. ONNX Runtime takes a kernel without a last version for the version it begins with
 * and for no later one: an operator that changed since has none until its authors register it again.
 */
function hasCudaKernel({ op, type }: Pick<TypedNode, 'op' | 'type'>, opset: number): boolean {
  const operator = operators[op];
  if (operator === undefined) return false;
  const version = Math.max(...operator.changed.filter((since) => since <= opset));
  return operator.kernels.some(
    ([first, last, types]) =>
      types.includes(type) && (first === version || (last !== null && first <= version && version <= last)),
  );
}

const all = [...sample, ...lossesAlone];
const missing = (graphs: readonly SampleGraph[]): ReadonlySet<string> =>
  new Set(
    graphs.flatMap(({ bytes, opset }) =>
      typedNodes(bytes)
        .filter((node) => !hasCudaKernel(node, opset))
        .map(({ op }) => op),
    ),
  );

describe('CUDA, by the table that ONNX Runtime publishes', () => {
  test('opset 13 to 18: every node of every graph has a kernel', () => {
    const graphs = all.filter(({ opset }) => opset <= 18);
    expect(graphs.length).toBeGreaterThan(400);
    expect([...missing(graphs)]).toEqual([]);
  });

  test.each([
    [18, []],
    [19, ['Equal']],
    [20, ['Equal', 'ReduceMax']],
    [23, ['Equal', 'ReduceMax']],
    [24, ['Cast', 'Equal', 'ReduceMax', 'Shape', 'Squeeze', 'Transpose', 'Unsqueeze']],
    [26, ['Cast', 'Equal', 'ReduceMax', 'Shape', 'Squeeze', 'Transpose', 'Unsqueeze']],
  ])('opset %i lacks what docs/cuda.md says: %j', (opset, expected) => {
    const nodes = all.flatMap(({ bytes }) => typedNodes(bytes));
    const lacking = new Set(nodes.filter((node) => !hasCudaKernel(node, opset)).map(({ op }) => op));
    expect([...lacking].sort()).toEqual(expected);
  });

  test.each([13, 18])('opset %i: training steps, too', (opset) => {
    const tensor = (name: string, dims: readonly number[]) => ({ name, dims, type: 'float32' as const });
    const initializers = [
      { ...tensor('w', [3, 3]), data: new Uint8Array(36) },
      { ...tensor('b', [3]), data: new Uint8Array(12) },
    ];
    const model = smallModel({ nodes: [node('scores', 'Gemm', ['x', 'w', 'b'])], initializers }, opset);
    for (const kind of ['sgd', 'adamw'] as const) {
      const step = headTrainingStep(model, { labelSmoothing: 0.1, optimizer: { kind } });
      expect(typedNodes(step.model).filter((one) => !hasCudaKernel(one, opset))).toEqual([]);
    }
  });

  test('finds a node that the table lacks', () => {
    expect(hasCudaKernel({ op: 'Exp', type: 'float32' }, 18)).toBe(true);
    expect(hasCudaKernel({ op: 'OneHot', type: 'float64' }, 18)).toBe(false);
    expect(hasCudaKernel({ op: 'Exp', type: 'int64' }, 18)).toBe(false);
    expect(hasCudaKernel({ op: 'ReduceMax', type: 'float32' }, 20)).toBe(false);
  });
});

/** Operators that a GPU provider lacks, or computes wrongly. */
const forbidden = ['ReduceLogSumExp', 'LogSoftmax', 'SoftmaxCrossEntropyLoss', 'OneHot', 'IsInf', 'IsNaN', 'NonZero'];

test('no graph has an operator that leaves the GPU or overflows there', () => {
  const used = new Set(all.flatMap(({ bytes }) => typedNodes(bytes).map(({ op }) => op)));
  expect(forbidden.filter((op) => used.has(op))).toEqual([]);
  expect([...used].sort()).toEqual(
    Object.keys(operators).filter((op) => !['Gemm', 'Identity', 'ReduceMean', 'Reshape', 'Sqrt'].includes(op)),
  );
});

test('without `scatter`, no ScatterElements', () => {
  const ops = typedNodes(lossModel({ classes: 3, gradient: true, scatter: false })).map(({ op }) => op);
  expect(ops).not.toContain('ScatterElements');
  expect(typedNodes(lossModel({ classes: 3, gradient: true })).map(({ op }) => op)).toContain('ScatterElements');
});

const hasGpu = process.env['VK_ICD_FILENAMES'] !== undefined || process.platform === 'darwin';

describe.skipIf(!hasGpu)('WebGPU with the CPU forbidden, on a software device', () => {
  const onGpu = sample.filter(
    ({ dtype, bytes }) =>
      dtype === 'float32' && !typedNodes(bytes).some(({ op, type }) => type === 'int64' || op === 'Shape'),
  );
  const refused = async (opset: number): Promise<readonly string[]> => {
    const graphs = onGpu.filter((graph) => graph.opset === opset);
    expect(graphs.length).toBeGreaterThan(50);
    const names: string[] = [];
    for (const { name, bytes } of graphs) {
      await openStrictly(bytes, 'webgpu').then(
        (session) => session.release(),
        () => names.push(name),
      );
    }
    return names;
  };

  test('opens every graph of float32 that has int32 labels and knows its classes', async () => {
    // There ONNX Runtime moves our Transpose onto booleans, for which WebGPU has no kernel.
    expect(await refused(18)).toEqual(['prior by label, n-d, opset 18, float32, gradient']);
  });

  test('from opset 24 on, Squeeze leaves the device: rows kept apart, and priors by label', async () => {
    const squeezed = onGpu.filter(
      ({ opset, bytes }) => opset === 26 && typedNodes(bytes).some(({ op }) => op === 'Squeeze'),
    );
    expect(await refused(26)).toEqual(squeezed.map(({ name }) => name));
  });

  test('refuses int64 labels: the test would see a node that leaves the device', async () => {
    const options = { classes: 3, labelSmoothing: 0.1, gradient: true } as const;
    await expect(openStrictly(lossModel(options), 'webgpu')).rejects.toThrow(/fallback to CPU/);
    const session = await openStrictly(lossModel({ ...options, labelType: 'int32' }), 'webgpu');
    await session.release();
  });
});
