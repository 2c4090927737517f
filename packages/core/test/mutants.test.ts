import { createBackend } from '@label-smoothing/core/backend';
import {
  type CaseResult,
  type CreateBackend,
  type Family,
  type Level,
  listCases,
  runConformance,
} from '@label-smoothing/core/conformance';
import { afterAll, describe, expect, test } from 'vitest';
import { mutants } from './mutants/index.js';
import type { Mutant } from './mutants/mutant.js';
import { plainFloat32 } from './mutants/plain-float32.js';

/** Tier core in float32 shows most mutants; the others name the cases that do. */
async function run(create: CreateBackend, filters: readonly string[] | undefined): Promise<readonly CaseResult[]> {
  const tier = filters === undefined ? 'core' : 'full';
  const reports = [];
  for (const filter of filters ?? ['*/float32/*']) reports.push(await runConformance(create, { filter, tier }));
  return reports.flatMap(({ results }) => results);
}

const missed = (results: readonly CaseResult[], level: Level): readonly CaseResult[] =>
  results.filter(({ status, levels }) => status !== 'unsupported' && !levels[level]);

const unique = <T>(values: readonly T[]): readonly T[] => [...new Set(values)];

const caught = new Map<Mutant, readonly CaseResult[]>();

describe('what the mutants are made from is right', () => {
  test('the reference is precise', async () => {
    const { conformant } = await runConformance(createBackend, { filter: '*/float32/*', level: 'precise' });
    expect(conformant).toBe(true);
  });

  test('plain float32 is standard, and not precise where many terms are added or a logarithm is near 0', async () => {
    const report = await runConformance(plainFloat32);
    expect(report.results.filter(({ status }) => status === 'fail')).toEqual([]);
    expect(report.conformant).toBe(true);
    const imprecise = missed(report.results, 'precise');
    expect(unique(imprecise.map(({ regime }) => regime))).toEqual(['large-vocab', 'probabilities-input']);
    expect(imprecise.map(({ id }) => id)).toContain('gradient/float32/large-vocab#10');
  });
});

describe('each mutant is caught by the families that should', () => {
  test.each(mutants)('$name', async ({ name, create, filters, caughtBy, level = 'standard' }) => {
    const results = await run(create, filters);
    const failures = missed(results, level);
    caught.set(mutants.find((mutant) => mutant.name === name) as Mutant, failures);
    expect(results.filter(({ status }) => status === 'error')).toEqual([]);
    expect(unique(failures.map(({ family }) => family))).toEqual(expect.arrayContaining([...caughtBy]));
    if (level === 'precise') expect(missed(results, 'standard')).toEqual([]);
  });
});

describe('no case is there for nothing', () => {
  const families: readonly Family[] = ['contract', 'loss', 'gradient', 'dialect', 'property', 'errors'];

  test.each(families)('%s catches a mutant', (family) => {
    expect(mutants.filter(({ caughtBy }) => caughtBy.includes(family)).map(({ name }) => name)).not.toEqual([]);
  });

  test('every regime, promise, law and fault catches a mutant', async () => {
    const group = ({ family, regime }: { family: Family; regime: string }): string => `${family}/${regime}`;
    const catching = new Set([...caught.values()].flat().map(group));
    const all = unique((await listCases()).map(group));
    expect(all.filter((name) => !catching.has(name))).toEqual([]);
  });

  test('every bug that a golden vector names is made by a mutant that the vector catches', async () => {
    const catching = new Set([...caught.values()].flat().flatMap(({ bugs }) => bugs));
    const named = unique((await listCases()).flatMap(({ bugs }) => bugs));
    expect(named.filter((bug) => !catching.has(bug))).toEqual([]);
  });
});

afterAll(() => {
  const lines = [...caught].map(([{ name, level = 'standard' }, failures]) => {
    const families = unique(failures.map(({ family }) => family));
    const counts = families.map((family) => `${family} ${failures.filter((one) => one.family === family).length}`);
    return `${name.padEnd(42)}${level.padEnd(10)}${String(failures.length).padStart(5)}  ${counts.join(', ')}`;
  });
  console.log([`${'mutant'.padEnd(42)}${'level'.padEnd(10)}cases  families`, ...lines].join('\n'));
});
