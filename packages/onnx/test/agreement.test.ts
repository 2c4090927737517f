import { type CrossEntropyOptions, compileTargetTable, crossEntropy, resolveOptions } from '@label-smoothing/core';
import { batchDenominator, bindBatch, targetKindOf } from '@label-smoothing/core/adapter';
import { scalesOf, ulpError } from '@label-smoothing/core/conformance';
import { type ExportOptions, lossModel } from '@label-smoothing/onnx';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type RandomCall, randomCall } from '../../typed-array/test/arbitrary.js';
import { type Feed, runGraph } from './run-graph.js';

/** The same call as a graph: sizes by name or by number, sample weights as an input. */
function graphOf({ logits, target, options }: RandomCall, named: boolean): Uint8Array {
  const { shape, sampleWeight, classes, ...rest } = options;
  const sizes = shape ?? ['rows', classes as number];
  const axis = shape == null ? 1 : (options.axis as number);
  return lossModel({
    ...(rest as Omit<CrossEntropyOptions, 'classes' | 'shape' | 'sampleWeight' | 'normalizer'>),
    axis,
    shape: named ? sizes.map((size, i) => (i === axis ? size : `size_${i}`)) : sizes,
    dtype: logits instanceof Float32Array ? 'float32' : 'float64',
    target: targetKindOf(target),
    sampleWeight: sampleWeight != null,
    gradient: true,
  } as ExportOptions);
}

const largest = { float32: 3.4028234663852886e38, float64: Number.MAX_VALUE };

/** Whether sums of this call's distances, weighted and over all rows, may leave the range of its type. */
function mayOverflow({ logits, classes }: RandomCall): boolean {
  const most = Math.max(0, ...Array.from(logits).filter(Number.isFinite).map(Math.abs));
  return most * classes * 100 > largest[logits instanceof Float32Array ? 'float32' : 'float64'];
}

/** Whether a row has a z-loss and next to no mass: nothing is left of it but lse = m + ℓ, which may cancel. */
function isZLossAlone({ target, options, classes, rows }: RandomCall): boolean {
  if (options.zLoss === 0 || target instanceof Int32Array) return false;
  const stride = options.shape?.[2] ?? 1;
  const mass = new Float64Array(rows).fill(options.labelSmoothing as number);
  target.forEach((t, i) => {
    const row = Math.floor(i / (stride * classes)) * stride + (i % stride);
    mass[row] = (mass[row] as number) + t;
  });
  return mass.some((value) => value < 0.01);
}

async function runCall(call: RandomCall, named: boolean) {
  const { logits, target, options, rows, classes } = call;
  const dtype = logits instanceof Float32Array ? 'float32' : 'float64';
  const dims = options.shape ?? [rows, classes];
  const axis = options.shape == null ? 1 : (options.axis as number);
  const rowDims = dims.filter((_, i) => i !== axis);
  const dense = targetKindOf(target) === 'probabilities';
  const feeds: Record<string, Feed> = {
    logits: [dtype, logits, dims],
    ...(dense
      ? { targets: [dtype, target as Float32Array, dims] }
      : { labels: ['int64', target as Int32Array, rowDims] }),
    ...(options.sampleWeight == null ? {} : { sample_weight: [dtype, options.sampleWeight, rowDims] }),
  };
  return runGraph(graphOf(call, named), feeds);
}

test('any call agrees with the reference', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(randomCall, fc.boolean(), async (call, named) => {
      fc.pre(!isZLossAlone(call));
      const { logits, target, options, classes } = call;
      const expected = crossEntropy(logits, target, { ...options, gradient: true });
      const actual = await runCall(call, named);
      const table = compileTargetTable(resolveOptions(options, targetKindOf(target)));
      const batch = bindBatch(logits, target, table.options);
      const scale = scalesOf(table, batch, batchDenominator(table, batch));
      const dtype = logits instanceof Float32Array ? 'float32' : 'float64';
      const budget = 10 + 6 * Math.sqrt(classes);
      const overflows = mayOverflow(call);
      const worst = (got: readonly number[], wanted: ArrayLike<number>, at: ArrayLike<number>): number =>
        Math.max(
          0,
          ...Array.from(wanted, (value, i) =>
            overflows && got[i] === Infinity ? 0 : ulpError(dtype, got[i] as number, value, at[i] ?? 0),
          ),
        );
      const losses = typeof expected.loss === 'number' ? [expected.loss] : expected.loss;
      const errors = {
        loss: worst(actual['loss']?.data ?? [], losses, scale.loss),
        gradient: worst(actual['gradient']?.data ?? [], expected.gradient ?? [], scale.gradient),
      };
      if (!(errors.loss <= budget && errors.gradient <= budget)) expect({ errors, call }).toEqual('within budget');
    }),
    { seed: 11, numRuns: 400 },
  );
});
