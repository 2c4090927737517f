// What goes to ONNX Runtime when a graph is opened, seen by a copy of it that keeps a record.
import { inspectModel } from '@label-smoothing/onnx';
import { type CriterionOptions, createCrossEntropy, type Ort } from '@label-smoothing/onnxruntime';
import * as ort from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';

interface Opening {
  readonly opset: number | null;
  readonly providers: readonly unknown[];
  readonly session: Readonly<Record<string, string>>;
}
interface Recorded {
  readonly extra: { readonly session: Opening['session'] };
  readonly executionProviders: readonly unknown[];
}

/** onnxruntime-node, whose every session runs on its CPU; the openings in `failing`, counted from 0, fail. */
function recording(failing: readonly number[] = []): { readonly ort: Ort; readonly openings: Opening[] } {
  const openings: Opening[] = [];
  const create = (bytes: Uint8Array, options: object) => {
    const { executionProviders, extra } = options as Recorded;
    openings.push({ opset: inspectModel(bytes).opset, providers: executionProviders, session: extra.session });
    if (failing.includes(openings.length - 1)) throw new Error('out of memory');
    return ort.InferenceSession.create(bytes);
  };
  return { ort: { Tensor: ort.Tensor, InferenceSession: { create } } as unknown as Ort, openings };
}

const logits = Float32Array.of(2, 1, 0);
const smoothed = { classes: 3, labelSmoothing: 0.1 } as const;

describe('the opset of the graph', () => {
  test.each<[string, Partial<CriterionOptions>, number]>([
    ['cuda', { executionProviders: ['cuda'] }, 18],
    ['cuda with options of its own', { executionProviders: [{ name: 'cuda' }] }, 18],
    ['cuda, with an opset that the caller wrote', { executionProviders: ['cuda'], opset: 20 }, 20],
    ['cpu', {}, 21],
    ['webgpu', { executionProviders: ['webgpu'] }, 21],
    ['a provider with the name of a property', { executionProviders: ['constructor'] }, 21],
  ])('%s', async (_, options, opset) => {
    const { ort, openings } = recording();
    const criterion = await createCrossEntropy(ort, { ...smoothed, ...options });
    await criterion.run(logits, [0]);
    await criterion.run(logits, [0], { sampleWeight: [1], normalizer: 2 });
    expect(openings.map((one) => one.opset)).toEqual([opset, opset]);
    await criterion.release();
  });

  test('each provider that is tried has its own', async () => {
    const { ort, openings } = recording([0]);
    const criterion = await createCrossEntropy(ort, { ...smoothed, executionProviders: ['cuda', 'cpu'] });
    expect(criterion.executionProvider).toBe('cpu');
    expect(openings.map(({ providers, opset }) => [providers, opset])).toEqual([
      [['cuda'], 18],
      [['cpu'], 21],
    ]);
    await criterion.release();
  });
});

describe('the CPU is forbidden to every other provider', () => {
  test('beside settings of the caller', async () => {
    const { ort, openings } = recording();
    const sessionOptions = { extra: { session: { use_env_allocators: '1' } } };
    await createCrossEntropy(ort, { ...smoothed, sessionOptions, executionProviders: ['cuda'] });
    await createCrossEntropy(ort, { ...smoothed, sessionOptions });
    expect(openings.map(({ session }) => session)).toEqual([
      { use_env_allocators: '1', disable_cpu_ep_fallback: '1' },
      { use_env_allocators: '1' },
    ]);
  });

  test.each<[string, object]>([
    ['nested', { session: { disable_cpu_ep_fallback: '0' } }],
    ['by its whole name', { 'session.disable_cpu_ep_fallback': '0' }],
  ])('and no setting allows it: %s', async (_, extra) => {
    const { ort, openings } = recording();
    const options = { ...smoothed, sessionOptions: { extra }, executionProviders: ['webgpu'] };
    await expect(createCrossEntropy(ort, options)).rejects.toMatchObject({
      code: 'LS_OPTION',
      message:
        "sessionOptions.extra: expected no disable_cpu_ep_fallback, which is always on; list 'cpu' in executionProviders to fall back, got Object",
    });
    expect(openings).toEqual([]);
  });
});

test('a graph that could not be opened once is tried again by the next call', async () => {
  const { ort, openings } = recording([1]);
  const criterion = await createCrossEntropy(ort, smoothed);
  const run = () => criterion.run(logits, [0], { normalizer: 2 });
  await expect(run()).rejects.toMatchObject({ code: 'LS_RUNTIME', message: expect.stringContaining('out of memory') });
  const { loss } = await criterion.run(logits, [0]);
  expect((await run()).loss).toBeCloseTo(loss / 2, 6);
  await run();
  expect(openings).toHaveLength(3);
  await criterion.release();
});
