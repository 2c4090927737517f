import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { compareAll, type Findings } from '../compare.js';
import { newerNode } from '../programs.js';
import { judge, type Verdict } from './bars.js';
import { cpuCases, quickCases } from './cases.js';
import { cpuContenders } from './contenders.js';

/** What the first loss of a process costs: the kernel compiled, instantiated and called. */
export interface StartUp {
  readonly kernel: string;
  /** Least of the processes. */
  readonly milliseconds: number;
}

/** What the bench found out about the typed-array package and its peers. */
export interface CpuFindings extends Findings {
  readonly verdicts: readonly Verdict[];
  readonly startUps: readonly StartUp[];
}

/** Everyone who computes the loss on a CPU; `quick` looks whether they run. */
export async function benchCpu(quick: boolean): Promise<CpuFindings> {
  const effort = quick ? { passes: 1, rounds: 1, seconds: 0 } : { passes: 2, rounds: 3, seconds: 0.05 };
  const findings = await compareAll(quick ? quickCases : cpuCases, cpuContenders(), effort);
  return { ...findings, verdicts: judge(findings.comparisons), startUps: startUps(quick ? 1 : 10) };
}

function startUps(processes: number): readonly StartUp[] {
  const newer = newerNode();
  const start = (node: string, kernel: string): StartUp => {
    const program = join(import.meta.dirname, 'start-up.js');
    const once = () => Number(execFileSync(node, [program, kernel], { encoding: 'utf8' }));
    return { kernel, milliseconds: Math.min(...Array.from({ length: processes }, once)) };
  };
  const relaxed = typeof newer === 'string' ? [start(newer, 'relaxed-simd')] : [];
  return [...relaxed, start(process.execPath, 'simd'), start(process.execPath, 'js')];
}
