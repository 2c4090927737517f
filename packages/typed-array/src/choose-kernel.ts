import type { TargetTable } from '@label-smoothing/core';
import { aWord, phrase, wrongValue } from '@label-smoothing/core/adapter';
import type { Kernel } from './kernel.js';
import { jsKernel } from './kernel-js.js';
import { WasmKernel } from './kernel-wasm.js';
import { bestWasm, type KernelName, type WasmName, wasmModule } from './wasm.js';

/** A kernel with what a criterion offers of it. */
export interface CriterionKernel extends Kernel {
  /** An array that the kernel works in without a copy, if it has such a thing. */
  alloc(length: number): Float32Array;
}

const names = ['auto', 'js', 'simd', 'relaxed-simd'] as const;

/** The kernel of that name; for 'auto' the fastest that runs here. */
export function chooseKernel(choice: unknown): KernelName {
  const name = aWord(choice, 'kernel', names, 'LS_OPTION');
  if (name === 'auto') return bestWasm() ?? 'js';
  if (name === 'js') return name;
  const module = wasmModule(name);
  if (typeof module === 'string') {
    wrongValue('LS_KERNEL', 'kernel', "a kernel that runs here, or 'auto'", phrase(`"${name}" (${module})`));
  }
  return name;
}

/** The kernel for one criterion, whose table for labels is `table`. */
export function openKernel(name: KernelName, table: TargetTable): CriterionKernel {
  if (name === 'js') return { run: jsKernel.run, alloc: (length) => new Float32Array(length) };
  return new WasmKernel(wasmModule(name satisfies WasmName) as object, table);
}
