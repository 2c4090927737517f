import { knownOptions } from '@label-smoothing/core/adapter';
import type { BackendV1 } from '@label-smoothing/core/conformance';
import * as ort from 'onnxruntime-node';
import { backendOn } from './backend.js';

/**
 * This package on onnxruntime-node as a backend of the conformance kit; the kit tests `createCrossEntropy` through it.
 *
 * Formula: that of `createCrossEntropy`.
 *
 * @param options - `executionProvider`: 'cpu' (default), 'webgpu', 'cuda', or any other that the build has.
 * @returns a backend that honours every option, in the dtypes that ran when they were tried.
 * @throws LS_RUNTIME where the execution provider cannot be used, LS_OPTION for an unknown option.
 *
 * Numerical note: conformant at level standard on 'cpu'; 'webgpu' claims relaxed arithmetic, in float32 alone.
 *
 * @example
 * ```ts
 * import { createBackend } from '@label-smoothing/onnxruntime/node/backend';
 * const backend = await createBackend({ executionProvider: 'cpu' });
 * console.log(backend.device, backend.supports.dtypes); // cpu [ 'float32', 'float64', 'float16' ]
 * ```
 * Source: docs/conformance.md.
 */
export async function createBackend(options: Readonly<Record<string, string>> = {}): Promise<BackendV1> {
  const { executionProvider = 'cpu' } = knownOptions(options, ['executionProvider']);
  return backendOn(ort, '@label-smoothing/onnxruntime/node', executionProvider);
}
