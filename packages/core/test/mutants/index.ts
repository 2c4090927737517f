import type { Mutant } from './mutant.js';
import { numericMutants } from './numerics.js';
import { promiseMutants } from './promises.js';
import { rowMutants } from './rows.js';
import { targetMutants } from './targets.js';

/** Every mutant: what the target is, how it is computed, which rows count, what is promised. */
export const mutants: readonly Mutant[] = [...targetMutants, ...numericMutants, ...rowMutants, ...promiseMutants];
