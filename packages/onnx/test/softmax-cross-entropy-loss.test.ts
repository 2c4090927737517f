// ONNX's own test cases of SoftmaxCrossEntropyLoss, which is our loss for ε = 0.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crossEntropy } from '@label-smoothing/core';
import { ulpError } from '@label-smoothing/core/conformance';
import { type ExportOptions, lossModel } from '@label-smoothing/onnx';
import { expect, test } from 'vitest';
import { type Feed, runGraph } from './run-graph.js';

interface Case {
  readonly names: readonly string[];
  readonly shape: readonly number[];
  readonly reduction: 'none' | 'sum' | 'mean';
  readonly ignoreIndex: number | null;
  readonly labels: readonly number[];
  /** float32, little-endian, in base64; so are the losses. */
  readonly weight: string | null;
  readonly loss: string;
}
const file = join(import.meta.dirname, 'softmax-cross-entropy-loss.json');
const { logits, cases } = JSON.parse(readFileSync(file, 'utf8')) as { logits: string; cases: readonly Case[] };

function floats(base64: string): Float32Array {
  return new Float32Array(Uint8Array.from(Buffer.from(base64, 'base64')).buffer);
}

test('all 34 are here', () => {
  expect(cases.flatMap(({ names }) => names)).toHaveLength(34);
});

const calls: readonly ExportOptions[] = [
  { dialect: 'onnx' },
  { dialect: 'onnx', opset: 13, labelType: 'int32' },
  { dialect: 'onnx', scatter: false, gradient: true },
];

test.each(cases.flatMap((one) => one.names.map((name) => ({ ...one, name }))))('$name', async (one) => {
  const { shape, reduction, labels } = one;
  const [rows, , ...inner] = shape as [number, number, ...number[]];
  const scores = floats(logits).subarray(
    0,
    shape.reduce((a, b) => a * b),
  );
  const options = {
    ...(one.ignoreIndex === null ? {} : { ignoreIndex: one.ignoreIndex }),
    ...{ shape, axis: 1, reduction, weight: one.weight === null ? null : floats(one.weight) },
  };
  const truth = crossEntropy(scores, labels, { ...options, dialect: 'onnx', input: 'logits' }).loss;
  const truths = typeof truth === 'number' ? Float64Array.of(truth) : truth;
  for (const call of calls) {
    const feeds: Record<string, Feed> = {
      logits: ['float32', scores, shape],
      labels: [call.labelType ?? 'int64', labels, [rows, ...inner]],
    };
    const { loss: actual } = await runGraph(lossModel({ ...call, ...options }), feeds);
    expect(actual?.dims).toEqual(reduction === 'none' ? [rows, ...inner] : []);
    const worst = (values: ArrayLike<number>): number =>
      Math.max(...Array.from(truths, (value, i) => ulpError('float32', values[i] as number, value, 1)));
    // ONNX Runtime adds the rows' float32 one after the other.
    const budget = reduction === 'none' ? 4 : 4 + Math.sqrt(labels.length);
    expect(worst(actual?.data ?? [])).toBeLessThanOrEqual(budget);
    expect(worst(floats(one.loss))).toBeLessThanOrEqual(budget);
  }
});
