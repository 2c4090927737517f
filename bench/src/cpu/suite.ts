import { compareAll, type Findings } from '../compare.js';
import { cpuCases, quickCases } from './cases.js';
import { cpuContenders } from './contenders.js';

/** Everyone who computes the loss on a CPU; `quick` looks whether they run. */
export function benchCpu(quick: boolean): Promise<Findings> {
  const effort = quick ? { rounds: 1, seconds: 0 } : { rounds: 3, seconds: 0.05 };
  return compareAll(quick ? quickCases : cpuCases, cpuContenders(), effort);
}
