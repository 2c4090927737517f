// Arguments of the wrong kind, at each entry: an error with a code that names the argument.
import { type CriterionOptions, createCrossEntropy, type Ort } from '@label-smoothing/onnxruntime';
import { createCrossEntropy as createOnNode } from '@label-smoothing/onnxruntime/node';
import { createCrossEntropy as createOnWeb } from '@label-smoothing/onnxruntime/web';
import * as ort from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';

type Create = (options?: unknown) => Promise<unknown>;
const entries: readonly (readonly [string, Create])[] = [
  ['the root', (options) => createCrossEntropy(ort as unknown as Ort, options as CriterionOptions)],
  ['./node', (options) => createOnNode(options as CriterionOptions)],
  ['./web', (options) => createOnWeb(options as CriterionOptions)],
];
const refused = (code: string, message: string) => ({ code, message });

describe.each(entries)('%s', (_, create) => {
  test('no options', async () => {
    await expect(create()).rejects.toMatchObject(refused('LS_OPTION', 'options: expected an object, got undefined'));
    await expect(create(null)).rejects.toMatchObject(refused('LS_OPTION', 'options: expected an object, got null'));
  });

  test.each([
    ['wasm', '"wasm"'],
    [[null], '[null]'],
    [[{}], '[Object]'],
    [[], '[]'],
    [null, 'null'],
  ])('executionProviders: %j', async (executionProviders, got) => {
    const message = `executionProviders: expected a list of names of providers, got ${got}`;
    await expect(create({ classes: 3, executionProviders })).rejects.toMatchObject(refused('LS_OPTION', message));
  });

  test.each([
    [null, 'sessionOptions: expected an object, got null'],
    [{ extra: null }, 'sessionOptions.extra: expected an object, got null'],
    [{ extra: { session: 1 } }, 'sessionOptions.extra.session: expected an object, got 1'],
  ])('sessionOptions: %j', async (sessionOptions, message) => {
    await expect(create({ classes: 3, sessionOptions })).rejects.toMatchObject(refused('LS_OPTION', message));
  });

  test.each([
    [{ axis: 5 }, 'axis: expected an axis of shape [N,3], got 5'],
    [{ axis: 'x' }, 'axis: expected an integer, got "x"'],
    [{ axis: -3 }, 'axis: expected an integer ≥ -2, got -3'],
    [{ classes: 4 }, 'classes: expected 3, the size of axis 1, got 4'],
    [{ shape: [] }, 'shape: expected an array of sizes, got []'],
    [{ shape: ['N', 'K'] }, 'classes: expected the number of classes, or a `shape` that tells it, got undefined'],
  ])('a shape with %j', async (options, message) => {
    await expect(create({ shape: ['N', 3], ...options })).rejects.toMatchObject(refused('LS_SHAPE', message));
  });
});

test.each([
  [undefined, 'undefined'],
  [{}, 'Object'],
  [{ Tensor: ort.Tensor, InferenceSession: {} }, 'Object'],
  // Options where the root entry takes ONNX Runtime first.
  [{ classes: 3 }, 'Object'],
])('no ONNX Runtime: %o', async (given, got) => {
  const message = `ort: expected ONNX Runtime, as \`import * as ort from 'onnxruntime-node'\` gives it, got ${got}`;
  await expect(createCrossEntropy(given as unknown as Ort, { classes: 3 })).rejects.toMatchObject(
    refused('LS_OPTION', message),
  );
});
