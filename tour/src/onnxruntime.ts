import type { CrossEntropyOptions } from '@label-smoothing/core';
import { createCrossEntropy as createOnNode } from '@label-smoothing/onnxruntime/node';
import { createBackend as onNode } from '@label-smoothing/onnxruntime/node/backend';
import { createCrossEntropy as createOnWeb } from '@label-smoothing/onnxruntime/web';
import { createBackend as onWeb } from '@label-smoothing/onnxruntime/web/backend';
import type { Backend, Criterion } from './backends.js';

type Create = typeof createOnNode | typeof createOnWeb;

/** One execution provider, on one thread as every other backend here. */
const on =
  (create: Create, provider: string) =>
  async (options: CrossEntropyOptions): Promise<Criterion> => {
    const { classes, labelSmoothing, reduction } = options;
    const criterion = await create({
      classes,
      labelSmoothing,
      reduction,
      gradient: true,
      executionProviders: [provider],
      sessionOptions: { intraOpNumThreads: 1 },
    });
    return {
      compute: async (logits, labels) => {
        const { loss, gradient } = await criterion.run(logits as Float32Array, labels);
        return { loss, gradient };
      },
      release: () => criterion.release(),
    };
  };

/** ONNX Runtime on the execution providers that can be in Node. Its graph has no nll. */
export const onnxruntime: readonly Backend[] = [
  { name: 'onnxruntime', dtype: 'float32', how: 'CPU', create: on(createOnNode, 'cpu') },
  { name: 'onnxruntime', dtype: 'float32', how: 'WebAssembly', create: on(createOnWeb, 'wasm') },
  { name: 'onnxruntime', dtype: 'float32', how: 'WebGPU', arithmetic: 'relaxed', create: on(createOnNode, 'webgpu') },
];

/** The same for the conformance kit. */
export const judgedOnnxruntime = [
  () => onNode({ executionProvider: 'cpu' }),
  () => onWeb({ executionProvider: 'wasm' }),
];
