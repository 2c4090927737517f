import { createBackend } from '@label-smoothing/core/backend';
import {
  type BackendV1,
  type CaseResult,
  type CreateBackend,
  type LossRequest,
  listCases,
  type RunOptions,
  runConformance,
} from '@label-smoothing/core/conformance';
import { describe, expect, test } from 'vitest';
import { readBaseline } from '../src/conformance/baseline.js';
import { type AnswerCase, failed, passed } from '../src/conformance/case.js';
import { exampleRequest } from '../src/conformance/cases/example.js';
import { runCase } from '../src/conformance/run-case.js';
import { timedCalls } from '../src/conformance/time-limit.js';
import { answering } from './mutants/mutant.js';
import { plainFloat32 } from './mutants/plain-float32.js';

const one = 'loss/float32/ordinary#1';
const few = 'loss/float32/ordinary#*';

const verdict = async (create: CreateBackend, options: RunOptions): Promise<CaseResult> => {
  const { results } = await runConformance(create, options);
  return results[0] as CaseResult;
};

test('the reference is conformant at level precise, in every case', async () => {
  const report = await runConformance(createBackend, { level: 'precise' });
  expect(report.results.filter(({ status }) => status !== 'pass')).toEqual([]);
  expect(report.conformant).toBe(true);
});

describe('known failures', () => {
  /** Wrong in two regimes. */
  const wrong = answering(({ loss, ...rest }, { options }) =>
    options.zLoss > 0 || options.subtractEntropy
      ? { ...rest, loss: Array.from(loss, (x) => x + 1) }
      : { ...rest, loss },
  );
  const regimes = { filter: 'loss/float32/*', tier: 'core' } as const;
  const failing = async (create: CreateBackend): Promise<readonly string[]> => {
    const { results } = await runConformance(create, regimes);
    return results.filter(({ status }) => status === 'fail').map(({ id }) => id);
  };

  test('excuse what they name, by id or by glob', async () => {
    const ids = await failing(wrong);
    expect(ids.length).toBeGreaterThan(4);
    const byId = Object.fromEntries(ids.map((id) => [id, 'issue #1']));
    const exact = await runConformance(wrong, { ...regimes, knownFailures: byId });
    expect([exact.conformant, exact.counts['known-failure']]).toEqual([true, ids.length]);
    expect(exact.results.find(({ id }) => id === ids[0])?.note).toBe('issue #1');
    const glob = await runConformance(wrong, { ...regimes, knownFailures: { 'loss/float32/*': 'issue #1' } });
    expect([glob.conformant, glob.counts['known-failure'], glob.counts.fail]).toEqual([true, ids.length, 0]);
  });

  test('an exact id that passes is an unexpected pass, and fails the run', async () => {
    const report = await runConformance(createBackend, { filter: one, knownFailures: { [one]: 'old' } });
    expect([report.results[0]?.status, report.conformant]).toEqual(['unexpected-pass', false]);
  });

  test('a glob that excuses nothing is stale, and fails the run', async () => {
    const knownFailures = { 'loss/float32/ordin*': 'old' };
    const { stale, conformant, counts } = await runConformance(createBackend, { filter: few, knownFailures });
    expect([stale, conformant, counts.fail]).toEqual([['loss/float32/ordin*'], false, 0]);
  });

  test.each([
    ['an empty reason', { [one]: ' ' }, /^knownFailures\["loss.*\]: expected a reason/],
    ['a reason that is no text', { [one]: true }, /expected a reason, got true/],
    ['a list', [one], /^knownFailures: expected an object from case ids to reasons/],
  ])('%s is refused', async (_, knownFailures, message) => {
    const run = runConformance(createBackend, { filter: one, knownFailures: knownFailures as never });
    await expect(run).rejects.toMatchObject({ code: 'LS_CONTRACT', message: expect.stringMatching(message) });
  });
});

describe('cases of our own making', () => {
  const backend = createBackend();
  const rules = { level: 'standard', timed: timedCalls(1000), baseline: readBaseline({}) } as const;
  const template: Omit<AnswerCase, 'requests' | 'judge'> = {
    kind: 'answers',
    id: one,
    family: 'loss',
    dtype: 'float32',
    regime: 'ordinary',
    tier: 'core',
    comment: '',
    spec: 'S1',
    bugs: [],
  };
  const requests = (): readonly LossRequest[] => [exampleRequest('float32', backend.supports)];
  const fault = (): never => {
    throw new TypeError('undefined is not a vector');
  };
  const run = (own: Pick<AnswerCase, 'requests' | 'judge'> & { id?: string }): Promise<CaseResult> =>
    runCase({ ...template, ...own }, backend, async () => createBackend(), rules);

  test.each([
    ['in making a request', { requests: fault, judge: () => passed }],
    ['in judging an answer', { requests, judge: fault }],
  ])('a fault %s is an error of the kit, never a failure of the backend', async (_, faulty) => {
    const { status, detail } = await run(faulty);
    expect([status, detail]).toEqual(['error', 'TypeError: undefined is not a vector']);
  });

  test('no fault, no error', async () => {
    expect((await run({ requests, judge: () => passed })).status).toBe('pass');
  });

  test('a case newer than this version of the specification is run and not scored', async () => {
    const id = 'loss/float32/ordinary#100000';
    const { status, levels } = await run({ id, requests, judge: () => failed('newer') });
    expect([status, levels.standard]).toEqual(['not-scored', false]);
  });
});

describe('lists and levels', () => {
  test('ids are unique and read family/dtype/regime#number', async () => {
    const cases = await listCases();
    expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length);
    for (const { id, family, dtype, regime } of cases) {
      expect(id.slice(0, id.lastIndexOf('#'))).toBe(`${family}/${dtype}/${regime}`);
    }
  });

  test('the level decides the verdict, and the report has both', async () => {
    const filter = 'gradient/float32/large-vocab#10';
    const { status, levels } = await verdict(plainFloat32, { filter });
    expect([status, levels]).toEqual(['pass', { standard: true, precise: false }]);
    expect((await verdict(plainFloat32, { filter, level: 'precise' })).status).toBe('fail');
  });

  test('progress names every case, in order', async () => {
    const seen: string[] = [];
    const onResult = ({ id }: CaseResult, done: number, total: number): void => {
      seen.push(`${done}/${total} ${id}`);
    };
    const { results } = await runConformance(createBackend, { filter: few, tier: 'core', onResult });
    expect(seen).toEqual(results.map(({ id }, i) => `${i + 1}/${results.length} ${id}`));
  });
});

test('a backend that stops answering is given up, not waited for case by case', async () => {
  let calls = 0;
  const dead: CreateBackend = () => {
    const backend = createBackend();
    const computeLoss: BackendV1['computeLoss'] = (request) =>
      ++calls > 3 ? new Promise<never>(() => {}) : backend.computeLoss(request);
    return { ...backend, computeLoss };
  };
  const { results } = await runConformance(dead, { filter: 'loss/float64/ordinary#*', timeLimit: 20 });
  const details = results.map(({ detail }) => detail ?? '');
  expect(details.slice(0, 3).every((detail) => detail.includes('no answer within 20 ms'))).toBe(true);
  expect(details.slice(3).every((detail) => detail.includes('not asked, 3 calls in a row had no answer'))).toBe(true);
  expect(calls).toBe(6);
});
