import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { KernelName } from '@label-smoothing/typed-array';
import type { Case, Shape } from '../case.js';
import { compareAll, type Findings } from '../compare.js';
import type { Contender } from '../contender.js';
import { newerNode, nodeProgram } from '../programs.js';
import { type MemoryRequest, modes } from './memory-request.js';

/** Memory beside the logits, for one size. */
export interface Peak extends MemoryRequest {
  /** Null where the system does not tell. */
  readonly mebibytes: number | null;
}

/** How time and memory grow. */
export interface GrowthFindings extends Findings {
  readonly peaks: readonly Peak[];
}

const decades = [1, 10, 100, 1000, 10_000];
/** Four decades of rows and four of classes. */
export const byRows: readonly Shape[] = decades.map((rows) => ({ rows, classes: 1000 }));
export const byClasses: readonly Shape[] = decades.map((factor) => ({ rows: 64, classes: 10 * factor }));
const sizes: readonly Shape[] = decades.map((rows) => ({ rows, classes: 10_000 }));
const kernels = ['simd', 'js'] as const satisfies readonly KernelName[];

/** Time by rows and by classes, and memory by logits; `quick` takes the smallest of each. */
export async function benchGrowth(quick: boolean): Promise<GrowthFindings> {
  const some = <T>(list: readonly T[]): readonly T[] => list.slice(0, quick ? 2 : list.length);
  const shapes = [...some(byRows), ...some(byClasses)];
  const cases = shapes.map((shape): Case => ({ ...shape, operation: 'gradient', data: 'normal' }));
  const findings = await compareAll(
    cases,
    contenders(),
    quick ? { passes: 1, rounds: 1, seconds: 0 } : { passes: 2, rounds: 3, seconds: 0.05 },
  );
  const requests = kernels.flatMap((kernel) =>
    modes.flatMap((mode) => some(sizes).map((shape): MemoryRequest => ({ ...shape, mode, kernel }))),
  );
  return { ...findings, peaks: requests.map((request) => ({ ...request, mebibytes: peakOf(request) })) };
}

function contenders(): readonly Contender[] {
  const takes = () => true;
  return [
    { name: 'relaxed SIMD', program: nodeProgram('ours', newerNode()), form: 'relaxed-simd', takes },
    { name: 'SIMD', program: nodeProgram('ours'), form: 'simd', takes },
    { name: 'JavaScript', program: nodeProgram('ours'), form: 'js', takes },
  ];
}

function peakOf(request: MemoryRequest): number | null {
  const args = ['--expose-gc', join(import.meta.dirname, 'memory.js'), JSON.stringify(request)];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as number | null;
}
