import { setFlagsFromString } from 'node:v8';
import { createCrossEntropy, type KernelName } from '@label-smoothing/typed-array';

// Off by default in Node 20. Newer ones have it on, and know no such flag.
if (process.versions.node.startsWith('20.')) setFlagsFromString('--experimental-wasm-relaxed-simd');

/** Every kernel: each of them runs in each Node that is supported, if it has to be asked. */
export const kernels: readonly KernelName[] = ['js', 'simd', 'relaxed-simd'];

/** What Node takes unasked is the fastest there is. */
export const fastest: KernelName = createCrossEntropy({ classes: 2 }).kernel;
