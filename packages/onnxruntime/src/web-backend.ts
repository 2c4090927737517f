import { knownOptions, wrongValue } from '@label-smoothing/core/adapter';
import type { BackendV1 } from '@label-smoothing/core/conformance';
import { backendOn } from './backend.js';

/**
 * This package on onnxruntime-web as a backend of the conformance kit, in a page or in Node.
 *
 * Formula: that of `createCrossEntropy`.
 *
 * @param options - `executionProvider`: 'wasm' (default) or 'webgpu', in a page. `build`: 'native' (default) is the
 * WebGPU provider of onnxruntime-web/webgpu, 'jsep' the older one of onnxruntime-web.
 * @returns a backend that honours every option, in the dtypes that ran when they were tried.
 * @throws LS_RUNTIME where the execution provider cannot be used, LS_OPTION for an unknown option or build.
 *
 * Numerical note: conformant at level standard on 'wasm'; 'webgpu' claims relaxed arithmetic, in float32 alone.
 *
 * @example
 * ```ts
 * import { createBackend } from '@label-smoothing/onnxruntime/web/backend';
 * const backend = await createBackend({ executionProvider: 'wasm' });
 * console.log(backend.device); // wasm
 * ```
 * Source: docs/conformance.md.
 */
export async function createBackend(options: Readonly<Record<string, string>> = {}): Promise<BackendV1> {
  const { executionProvider = 'wasm', build = 'native' } = knownOptions(options, ['executionProvider', 'build']);
  if (build !== 'native' && build !== 'jsep') wrongValue('LS_OPTION', 'build', "'native' or 'jsep'", build);
  const native = executionProvider === 'webgpu' && build === 'native';
  const ort = native ? await import('onnxruntime-web/webgpu') : await import('onnxruntime-web');
  const older = executionProvider === 'webgpu' && build === 'jsep';
  return backendOn(ort, `@label-smoothing/onnxruntime/web${older ? ' (JSEP)' : ''}`, executionProvider);
}
