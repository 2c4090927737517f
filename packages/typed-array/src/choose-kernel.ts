import type { CrossEntropyOptions, TargetTable } from '@label-smoothing/core';
import { anInteger, aWord, phrase, wrongValue } from '@label-smoothing/core/adapter';
import type { Kernel } from './kernel.js';
import { jsKernel } from './kernel-js.js';
import { WasmKernel } from './kernel-wasm.js';
import { bestWasm, type KernelName, wasmModule } from './wasm.js';

/** A kernel with what a criterion offers of it. */
export interface CriterionKernel extends Kernel {
  /** An array that the kernel works in without a copy, if it has such a thing. */
  alloc(length: number): Float32Array;
  /** When all of its threads run. */
  readonly ready: Promise<void>;
  /** Ends its threads. */
  dispose(): void;
}

const names = ['auto', 'js', 'simd', 'relaxed-simd'] as const;
const mostThreads = 256;

/** The kernel of that name; for 'auto' the fastest that runs here. */
export function chooseKernel(choice: unknown): KernelName {
  const name = aWord(choice, 'kernel', names, 'LS_OPTION');
  if (name === 'auto') return bestWasm() ?? 'js';
  if (name === 'js') return name;
  const module = wasmModule(name, false);
  if (typeof module === 'string') {
    wrongValue('LS_KERNEL', 'kernel', "a kernel that runs here, or 'auto'", phrase(`"${name}" (${module})`));
  }
  return name;
}

/** The number of threads, for this kernel in this place. */
export function chooseThreads(choice: unknown, kernel: KernelName): number {
  const threads = anInteger(choice, 'threads', 1, 'LS_OPTION');
  if (threads > mostThreads) wrongValue('LS_OPTION', 'threads', `an integer ≤ ${mostThreads}`, threads);
  const obstacle = threads === 1 ? null : threadObstacle(kernel);
  if (obstacle !== null) wrongValue('LS_THREADS', 'threads', `1 ${obstacle}`, threads);
  return threads;
}

/** Where there are no threads. */
function threadObstacle(kernel: KernelName): string | null {
  if (kernel === 'js') return 'for the JavaScript kernel';
  if (typeof SharedArrayBuffer === 'undefined') return 'in a page that is not cross-origin isolated';
  try {
    // It does not wait, as the word is not 1; but where waiting is forbidden, so is this.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0);
  } catch {
    return "on a page's main thread, which cannot wait for others; in a worker it can be more";
  }
  const module = wasmModule(kernel, true);
  return typeof module === 'string' ? `in ${module}` : null;
}

/** The kernel for one criterion, whose table for labels is `table`, made of `options`. */
export function openKernel(
  name: KernelName,
  table: TargetTable,
  threads: number,
  options: CrossEntropyOptions,
): CriterionKernel {
  if (name !== 'js') return new WasmKernel(wasmModule(name, threads > 1) as object, table, threads, options);
  return {
    ...jsKernel,
    alloc: (length) => new Float32Array(length),
    ready: Promise.resolve(),
    dispose: () => {},
  };
}
