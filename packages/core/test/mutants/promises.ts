import type { LossRequest, LossResult } from '@label-smoothing/core/conformance';
import { asking, behaving, type Mutant } from './mutant.js';
import { Plain, plainManifest } from './plain-float32.js';

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

/** The plain backend with nothing that checks its requests. */
const unchecked = (compute: (request: LossRequest) => LossResult) => () =>
  ({ ...plainManifest, contract: 1, computeLoss: compute }) as const;

const labelled = (change: (label: number, classes: number) => number) =>
  unchecked((request) => {
    const { target, classes, options } = request;
    if (!(target instanceof Int32Array)) return new Plain().compute(request);
    const labels = target.map((y) => (options.ignoreIndex.includes(y) ? y : change(y, classes)));
    return new Plain().compute({ ...request, target: labels } as LossRequest);
  });

/** Broken promises: memory, state, manifest, bad input. */
export const promiseMutants: readonly Mutant[] = [
  {
    name: 'aliased result',
    seen: 'A WebAssembly kernel that returns views of its memory.',
    caughtBy: ['contract'],
    create: behaving((reference) => {
      const memory = new Map<string, LossResult>();
      return {
        ...reference,
        async computeLoss(request) {
          const fresh = await reference.computeLoss(request);
          const key = `${request.dtype}${fresh.loss.length}/${request.logits.length}/${request.gradient}`;
          const kept = memory.get(key) ?? fresh;
          memory.set(key, kept);
          (kept.loss as Float64Array).set(fresh.loss);
          if (fresh.gradient !== undefined) kept.gradient?.set(fresh.gradient);
          return kept;
        },
      };
    }),
  },
  {
    name: 'mutated input',
    seen: 'inplace_backward of flash-attention writes the gradient over the logits.',
    caughtBy: ['contract'],
    create: behaving((reference) => ({
      ...reference,
      async computeLoss(request) {
        const result = await reference.computeLoss(request);
        if (result.gradient !== undefined) request.logits.set(result.gradient);
        return result;
      },
    })),
  },
  {
    name: 'weights normalised in place',
    seen: 'A helper that divides the weights by their sum, in the array that the caller goes on using.',
    caughtBy: ['contract'],
    create: behaving((reference) => ({
      ...reference,
      async computeLoss(request) {
        const result = await reference.computeLoss(request);
        const weight = request.options.weight;
        if (weight instanceof Float64Array) weight.set(weight.map((w) => w / weight.reduce((a, b) => a + b, 0)));
        return result;
      },
    })),
  },
  {
    name: 'byteOffset ignored',
    seen: 'new Float32Array(logits.buffer) hands a kernel the wrong numbers.',
    caughtBy: ['contract'],
    create: asking((request) => {
      const type = request.logits.constructor as Float32ArrayConstructor;
      return {
        ...request,
        logits: new type(request.logits.buffer as ArrayBuffer, 0, request.logits.length),
      } as LossRequest;
    }),
  },
  {
    name: 'shared scratch',
    seen: 'One input buffer per session while run() is asynchronous: the second call overwrites the first.',
    caughtBy: ['contract'],
    create: behaving((reference) => {
      let scratch: LossRequest;
      return {
        ...reference,
        async computeLoss(request) {
          scratch = request;
          await pause();
          return reference.computeLoss(scratch);
        },
      };
    }),
  },
  {
    name: 'state kept between calls',
    seen: 'Online label smoothing updates its matrix inside the loss.',
    caughtBy: ['contract'],
    create: behaving((reference) => {
      let calls = 0;
      return {
        ...reference,
        async computeLoss(request) {
          const { labelSmoothing } = request.options;
          calls++;
          const moving = typeof labelSmoothing === 'number' ? labelSmoothing * (1 - 1e-3 / calls) : labelSmoothing;
          return reference.computeLoss({ ...request, options: { ...request.options, labelSmoothing: moving } });
        },
      };
    }),
  },
  {
    name: 'supports that change',
    seen: 'onnxruntime drops a provider that does not start; a manifest asked again then says something else.',
    caughtBy: ['contract'],
    create: behaving((reference) => {
      let used = false;
      return {
        ...reference,
        get supports() {
          return used ? { ...reference.supports, dtypes: ['float32', 'float64'] as const } : reference.supports;
        },
        async computeLoss(request) {
          used = !used;
          return reference.computeLoss(request);
        },
      };
    }),
  },
  {
    name: 'lying device',
    seen: "onnxruntime warns 'removing requested execution provider' on the console and runs on the next one.",
    caughtBy: ['contract'],
    create: behaving((reference, { device = 'cpu' }) => ({ ...reference, device })),
  },
  {
    name: 'use after dispose',
    seen: 'A released session that still answers from its cache.',
    caughtBy: ['contract'],
    create: behaving((reference) => ({ ...reference, dispose: async () => {} })),
  },
  {
    name: 'dispose only once',
    seen: 'Freeing twice throws, or crashes, where finalizers and users both free.',
    caughtBy: ['contract'],
    create: behaving((reference) => {
      let disposed = false;
      return {
        ...reference,
        async dispose() {
          if (disposed) throw new Error('already freed');
          disposed = true;
          await reference.dispose?.();
        },
      };
    }),
  },
  {
    name: 'labels that wrap',
    seen: 'ONNX gathers with negative indices: label −1 is the last class, without a word.',
    caughtBy: ['errors'],
    create: labelled((y, classes) => (y < 0 ? y + classes : y)),
  },
  {
    name: 'labels clamped',
    seen: "Transformers' LabelSmoother clamps at 0 before it gathers: a label of −7 is class 0.",
    caughtBy: ['errors'],
    create: labelled((y, classes) => Math.min(Math.max(y, 0), classes - 1)),
  },
  {
    name: 'labels in 16 bits',
    seen: 'nanoGPT stores tokens as uint16, which 50256 just fits; read as int16 the last ones are negative.',
    caughtBy: ['loss', 'gradient'],
    create: labelled((y) => (y << 16) >> 16),
  },
  {
    name: 'nothing checked',
    seen: 'flash-attention drops the cross-entropy term of a label out of range and keeps the rest.',
    caughtBy: ['errors'],
    create: unchecked((request) => new Plain().compute(request)),
  },
  {
    name: 'errors without a code',
    seen: 'PyTorch has IndexError, ValueError and RuntimeError; only the sentence tells them apart.',
    caughtBy: ['errors'],
    create: behaving((reference) => ({
      ...reference,
      async computeLoss(request) {
        try {
          return await reference.computeLoss(request);
        } catch (error) {
          throw new Error((error as Error).message);
        }
      },
    })),
  },
];
