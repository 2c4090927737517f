import { dialects } from '../../dialects.js';
import { wrongValue } from '../../errors.js';
import type { DialectName } from '../../options.js';
import { readFrameworkAnswers, readVectorIndex, readVectors, type VectorFile } from '../../vectors.js';
import type { Case, CaseInfo, Tier } from '../case.js';
import { contractCases } from './contract.js';
import { dialectCases } from './dialect.js';
import { errorCases } from './errors.js';
import { goldenCases } from './golden.js';
import { propertyCases } from './property.js';

/** Which cases to take; everything where nothing is written. */
export interface CaseFilter {
  /** A glob over case ids: `*` stands for any run of characters, `gradient/float32/extreme-*`. */
  readonly filter?: string | undefined;
  /** 'core' leaves the rest out; 'full' is everything. */
  readonly tier?: Tier | undefined;
}

/** Every case of the kit in the order of its families. */
export async function loadCases(): Promise<readonly Case[]> {
  const { files } = await readVectorIndex();
  const regimes = files.filter(({ file }) => !file.startsWith('frameworks/'));
  const vectors = await Promise.all(regimes.map(({ file }) => readVectors(file)));
  // The contract speaks of rows and classes; the binary loss has neither and keeps its own tests.
  const golden = vectors.filter(({ family }) => family === 'loss').flatMap((file: VectorFile) => goldenCases(file));
  const recorded = await Promise.all((Object.keys(dialects) as DialectName[]).map(readFrameworkAnswers));
  return [
    ...contractCases(),
    ...golden.filter(({ family }) => family === 'loss'),
    ...golden.filter(({ family }) => family === 'gradient'),
    ...recorded.flatMap(dialectCases),
    ...propertyCases(),
    ...errorCases(),
  ];
}

/** Those that a filter takes, and the ids of the others. Throws LS_CONTRACT where it takes none. */
export function selectCases<C extends Case>(
  cases: readonly C[],
  { filter = '*', tier = 'full' }: CaseFilter,
): { readonly selected: readonly C[]; readonly others: readonly string[] } {
  const covers = glob(filter);
  const takes = ({ id, tier: own }: C): boolean => covers(id) && (tier === 'full' || own === 'core');
  const selected = cases.filter(takes);
  if (selected.length === 0) {
    wrongValue('LS_CONTRACT', 'filter', `a pattern that selects a case of tier ${tier}`, filter);
  }
  return { selected, others: cases.filter((one) => !takes(one)).map(({ id }) => id) };
}

/**
 * What the kit would run, without running it.
 *
 * Formula: none.
 *
 * @param filter - a glob over ids and a tier. @returns id, family, dtype, regime, tier, comment, clause and bugs of each.
 * @throws LS_CONTRACT where nothing is selected.
 *
 * Numerical note: none.
 *
 * @example
 * ```ts
 * import { listCases } from '@label-smoothing/core/conformance';
 * const [first] = await listCases({ filter: 'loss/float32/ordinary#*' });
 * console.log(first?.id); // loss/float32/ordinary#1
 * ```
 * Source: docs/conformance.md.
 */
export async function listCases(filter: CaseFilter = {}): Promise<readonly CaseInfo[]> {
  const { selected } = selectCases(await loadCases(), filter);
  return selected.map(({ id, family, dtype, regime, tier, comment, spec, bugs }) => ({
    id,
    family,
    dtype,
    regime,
    tier,
    comment,
    spec,
    bugs,
  }));
}

/** A glob as a predicate: `*` is any run of characters, everything else is itself. */
export function glob(pattern: string): (id: string) => boolean {
  const escaped = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  const expression = new RegExp(`^${escaped.join('.*')}$`);
  return (id) => expression.test(id);
}
