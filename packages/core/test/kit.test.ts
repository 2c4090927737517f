import { createBackend } from '@label-smoothing/core/backend';
import {
  type BackendV1,
  type CaseResult,
  type CreateBackend,
  defineBackend,
  type LossRequest,
  type LossResult,
  type RunOptions,
  runConformance,
} from '@label-smoothing/core/conformance';
import { describe, expect, test } from 'vitest';
import { exampleRequest } from '../src/conformance/cases/example.js';
import { behaving } from './mutants/mutant.js';

const one = 'loss/float32/ordinary#1';
const few = 'loss/float32/ordinary#*';

/** The reference with something else in some of its places. */
const changed = (change: Readonly<Record<string, unknown>>): CreateBackend =>
  behaving((reference) => ({ ...reference, ...change }) as BackendV1);

/** The reference with an answer of its own from the second call on: the first is the trivial case. */
const answeringLater = (answer: (result: LossResult, request: LossRequest) => unknown): CreateBackend =>
  behaving((reference) => {
    const trivial = reference.supports.dtypes.length;
    let calls = 0;
    return {
      ...reference,
      async computeLoss(request) {
        const result = await reference.computeLoss(request);
        return ++calls > trivial ? ((await answer(result, request)) as LossResult) : result;
      },
    };
  });

const verdict = async (create: CreateBackend, options: RunOptions = {}): Promise<CaseResult> => {
  const { results } = await runConformance(create, { filter: one, ...options });
  return results[0] as CaseResult;
};

const never = (): Promise<never> => new Promise(() => {});

describe('before any case, one message', () => {
  const { supports } = createBackend();
  const refused: readonly (readonly [string, unknown, RegExp])[] = [
    ['no createBackend', undefined, /^createBackend: expected a function, exported by the module, got undefined/],
    ['no backend', () => null, /^createBackend\(\): expected a backend, got null/],
    ['a later contract', changed({ contract: 2 }), /^backend\.contract: expected 1, the version .*, got 2/],
    ['no contract', changed({ contract: undefined }), /^backend\.contract: expected 1, .*, got undefined/],
    ['no name', changed({ name: '' }), /^backend\.name: expected a text/],
    ['no version', changed({ version: 1 }), /^backend\.version: expected a text/],
    ['no device', changed({ device: undefined }), /^backend\.device: expected a text/],
    ['no computeLoss', changed({ computeLoss: 3 }), /^backend\.computeLoss: expected a function/],
    ['no manifest', changed({ supports: undefined }), /^backend\.supports: expected an object/],
    ['no dtype', changed({ supports: { ...supports, dtypes: [] } }), /^supports\.dtypes: expected some of float16/],
    [
      'an unknown reduction',
      changed({ supports: { ...supports, reductions: ['mean', 'median'] } }),
      /^supports\.reductions: expected some of none, sum, mean/,
    ],
    [
      'an unknown target',
      changed({ supports: { ...supports, targets: 'labels' } }),
      /^supports\.targets: expected some of labels, probabilities/,
    ],
    ['no options', changed({ supports: { ...supports, options: true } }), /^supports\.options: expected an array/],
    ['no arithmetic', changed({ supports: { ...supports, arithmetic: 'fast' } }), /^supports\.arithmetic: expected/],
    ['no gradient', changed({ supports: { ...supports, gradient: 1 } }), /^supports\.gradient: expected true or false/],
    [
      'a trivial case that is NaN',
      changed({ computeLoss: () => ({ loss: [Number.NaN], gradient: new Uint16Array(6) }) }),
      /^the trivial case in float16: expected a finite loss, got NaN/,
    ],
    [
      'a trivial case without a gradient',
      changed({ computeLoss: () => ({ loss: [1] }) }),
      /result\.gradient: expected Uint16Array, got/,
    ],
  ];

  test.each(refused)('%s', async (_, create, message) => {
    const run = runConformance(create as CreateBackend, { filter: few });
    await expect(run).rejects.toMatchObject({ code: 'LS_CONTRACT', message: expect.stringMatching(message) });
  });

  test('what createBackend throws comes through', async () => {
    const create = (): never => {
      throw new Error('no adapter');
    };
    await expect(runConformance(create, { filter: few })).rejects.toThrow('no adapter');
  });

  test('a silent fallback is refused where a device is required', async () => {
    const run = runConformance(createBackend, { filter: few, options: { device: 'cuda' }, requireDevice: 'cuda' });
    const message = 'device: expected "cuda", as required, from @label-smoothing/core, got "cpu"';
    await expect(run).rejects.toMatchObject({ code: 'LS_CONTRACT', message });
  });

  test('a filter that selects nothing', async () => {
    const run = runConformance(createBackend, { filter: 'loss/float32/nothing#*', tier: 'core' });
    const message = 'filter: expected a pattern that selects a case of tier core, got "loss/float32/nothing#*"';
    await expect(run).rejects.toMatchObject({ code: 'LS_CONTRACT', message });
  });

  test('a factory that hangs, and a trivial case that hangs', async () => {
    await expect(runConformance(never, { filter: few, timeLimit: 20 })).rejects.toThrow(
      'createBackend: no answer within 20 ms',
    );
    await expect(runConformance(changed({ computeLoss: never }), { filter: few, timeLimit: 20 })).rejects.toThrow(
      'the trivial case in float16: no answer within 20 ms',
    );
  });
});

describe('an answer that cannot be one fails its case and says why', () => {
  const bad: readonly (readonly [string, (result: LossResult, request: LossRequest) => unknown, RegExp])[] = [
    ['nothing', () => undefined, /^LS_CONTRACT: result: expected \{ loss, gradient\? \}, got undefined/],
    ['a bare number', () => 1.5, /^LS_CONTRACT: result: expected \{ loss, gradient\? \}/],
    ['no loss', () => ({}), /^LS_CONTRACT: result\.loss: expected an array of numbers/],
    ['a loss that is a number', () => ({ loss: 1.5 }), /^LS_CONTRACT: result\.loss: expected an array of numbers/],
    ['a loss per element', () => ({ loss: [1, 2, 3, 4, 5, 6, 7] }), /^LS_CONTRACT: result\.loss: expected \d+ values?/],
    ['NaN where none belongs', ({ loss }) => ({ loss: Array.from(loss, () => Number.NaN) }), /NaN where the truth is/],
    ['numbers as text', ({ loss }) => ({ loss: Array.from(loss, String) }), /is no number/],
    ['holes', ({ loss }) => ({ loss: new Array(loss.length) }), /undefined is no number/],
    ['not implemented', () => Promise.reject(new Error('not implemented')), /^Error: not implemented/],
    ['a thrown text', () => Promise.reject('no device'), /^threw no device/],
    ['no answer', never, /ordinary#1: no answer within 50 ms/],
  ];

  test.each(bad)('%s', async (_, answer, detail) => {
    const result = await verdict(answeringLater(answer), { timeLimit: 50 });
    expect(result.status).toBe('fail');
    expect(result.detail).toMatch(detail);
  });

  test.each([
    ['missing', undefined],
    ['of another type', new Float64Array(6)],
    ['of another length', new Float32Array(1)],
  ])('a gradient %s', async (_, gradient) => {
    const backend = answeringLater(({ loss }) => ({ loss, gradient }));
    const { status, detail } = await verdict(backend, { filter: 'gradient/float32/ordinary#1' });
    expect(status).toBe('fail');
    expect(detail).toMatch(/^LS_CONTRACT: result\.gradient: expected/);
  });

  test('a case that hangs does not keep the others from running', async () => {
    let calls = 0;
    const create = answeringLater((result) => (++calls === 1 ? never() : result));
    const { counts } = await runConformance(create, { filter: few, timeLimit: 50 });
    expect(counts.fail).toBe(1);
    expect(counts.pass).toBeGreaterThan(2);
  });
});

describe('what a backend does not claim', () => {
  const narrow = (supports: Partial<BackendV1['supports']>): CreateBackend =>
    changed({ supports: { ...createBackend().supports, ...supports } });

  test('is unsupported, with the word that the manifest lacks', async () => {
    const lacks = async (supports: Partial<BackendV1['supports']>, filter: string): Promise<unknown> => {
      const { results, conformant } = await runConformance(narrow(supports), { filter });
      expect(conformant).toBe(true);
      return results.find(({ status }) => status === 'unsupported')?.note;
    };
    expect(await lacks({ dtypes: ['float32'] }, '*/float64/ordinary#*')).toBe('float64');
    expect(await lacks({ reductions: ['none'] }, few)).toBe('reduction=mean');
    expect(await lacks({ targets: ['labels'] }, 'loss/float32/soft-targets#*')).toBe('target=probabilities');
    expect(await lacks({ options: [] }, 'loss/float32/z-loss#*')).toMatch(/zLoss|=|weight|Mask/);
    expect(await lacks({ gradient: false }, 'gradient/float32/ordinary#*')).toBe('gradient');
  });

  test('is never a reason of its own making: a claim that is not kept fails', async () => {
    const create = answeringLater(({ loss, gradient }, { options }) => {
      if (options.zLoss > 0) throw Object.assign(new Error('z-loss: not implemented'), { code: 'LS_UNSUPPORTED' });
      return { loss, gradient };
    });
    const { counts } = await runConformance(create, { filter: 'loss/float32/z-loss#*', tier: 'core' });
    expect(counts.unsupported).toBe(0);
    expect(counts.fail).toBeGreaterThan(0);
  });
});

test('defineBackend refuses before the computation runs', async () => {
  const { supports } = createBackend();
  const untouched = defineBackend({ ...createBackend(), supports, computeLoss: () => never() });
  const request = exampleRequest('float32', supports);
  const labels = { ...request, target: Int32Array.of(0, 3) } as LossRequest;
  await expect(untouched.computeLoss(labels)).rejects.toMatchObject({ code: 'LS_LABEL' });
});
