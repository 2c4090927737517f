import { type CrossEntropyOptions, type DialectName, dialects, resolveOptions } from '@label-smoothing/core';
import { describe, expect, test } from 'vitest';

describe('the fourteen dialects', () => {
  // mode, weightMode, denominator, reduction, ignoreIndex, onEmpty
  const table: Readonly<Record<DialectName, readonly unknown[]>> = {
    pytorch: ['uniform', 'perClass', 'weights', 'mean', [-100], 'nan'],
    keras: ['uniform', 'target', 'rows', 'mean', [], 'zero'],
    tf1: ['uniform', 'target', 'nonzeroWeights', 'mean', [], 'zero'],
    tfjs: ['uniform', 'target', 'nonzeroWeights', 'mean', [], 'nan'],
    huggingface: ['uniform', 'perClass', 'valid', 'mean', [-100], 'nan'],
    fairseq: ['others', 'perClass', 'valid', 'sum', [], 'zero'],
    t5x: ['others', 'perClass', 'valid', 'sum', [], 'zero'],
    megatron: ['others', 'perClass', 'valid', 'none', [], 'nan'],
    paddle: ['uniform', 'expected', 'expected', 'mean', [-100], 'zero'],
    mlx: ['uniform', 'target', 'rows', 'none', [], 'nan'],
    optax: ['uniform', 'target', 'rows', 'none', [], 'nan'],
    'flash-attention': ['uniform', 'perClass', 'valid', 'mean', [-100], 'nan'],
    liger: ['uniform', 'perClass', 'weights', 'mean', [-100], 'zero'],
    onnx: ['uniform', 'target', 'weights', 'mean', [], 'nan'],
  };

  test.each(Object.keys(dialects) as DialectName[])('%s', (dialect) => {
    const options = resolveOptions({ classes: 3, dialect }, 'labels');
    const { smoothingMode, weightMode, denominator, reduction, ignoreIndex, onEmpty } = options;
    expect([smoothingMode, weightMode, denominator, reduction, ignoreIndex, onEmpty]).toEqual(table[dialect]);
    expect(options.maskedLogits).toBe('propagate');
    expect(options.subtractEntropy).toBe(dialect === 't5x');
  });
});

describe('resolveOptions', () => {
  test('gives every option, and PyTorch with excluded masks where nothing is written', () => {
    expect(resolveOptions({ classes: 3 }, 'labels')).toEqual({
      classes: 3,
      shape: null,
      axis: 1,
      input: 'logits',
      labelSmoothing: 0,
      smoothingMode: 'uniform',
      prior: null,
      weight: null,
      weightMode: 'perClass',
      sampleWeight: null,
      ignoreIndex: [-100],
      classMask: null,
      maskedLogits: 'exclude',
      reduction: 'mean',
      denominator: 'weights',
      normalizer: null,
      onEmpty: 'nan',
      zLoss: 0,
      subtractEntropy: false,
      gradient: false,
      dialect: null,
    });
  });

  test('has another default denominator for dense targets, and a written one always wins', () => {
    const denominator = (options: CrossEntropyOptions): string =>
      resolveOptions({ classes: 3, ...options }, 'probabilities').denominator;
    expect(denominator({})).toBe('rows');
    expect(denominator({ dialect: 'pytorch' })).toBe('rows');
    expect(denominator({ dialect: 'pytorch', denominator: 'weights' })).toBe('weights');
    expect(denominator({ dialect: 'keras' })).toBe('rows');
  });

  test('counts a negative axis from the end and takes classes from the shape', () => {
    const { axis, classes } = resolveOptions({ shape: [2, 5, 3, 4], axis: -3 }, 'labels');
    expect([axis, classes]).toEqual([1, 5]);
    expect(resolveOptions({ shape: [7] }, 'labels').axis).toBe(0);
  });

  test('keeps arrays by reference and flattens a nested prior', () => {
    const weight = Float32Array.of(1, 2);
    const prior = Float64Array.of(0.5, 0.5, 1, 0);
    const options = resolveOptions({ classes: 2, weight, prior, smoothingMode: 'prior' }, 'labels');
    expect(options.weight).toBe(weight);
    expect(options.prior).toBe(prior);
    const nested = resolveOptions(
      { classes: 2, prior: [[0.5, 0.5], Float32Array.of(1, 0)], smoothingMode: 'prior' },
      'labels',
    );
    expect(nested.prior).toEqual([0.5, 0.5, 1, 0]);
  });

  test('lets a normalizer imply the mean over a dialect that sums', () => {
    const { reduction, normalizer } = resolveOptions({ classes: 2, dialect: 'fairseq', normalizer: 8 }, 'labels');
    expect([reduction, normalizer]).toEqual(['mean', 8]);
  });

  test('is frozen', () => {
    expect(Object.isFrozen(resolveOptions({ classes: 2 }, 'labels'))).toBe(true);
  });
});
