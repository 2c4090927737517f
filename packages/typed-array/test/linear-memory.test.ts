import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createLinearCrossEntropy } from '@label-smoothing/typed-array';
import { expect, test } from 'vitest';
import { kernels } from './kernels.js';

setFlagsFromString('--expose-gc');
/** Frees what earlier tests left, so that a difference is what one call took. */
const collect = runInNewContext('gc') as () => void;

/** Bytes of all WebAssembly memories since the last look. */
let inWasm = 0;
const { WebAssembly: engine } = globalThis as unknown as {
  readonly WebAssembly: { Memory: new (size: { readonly initial: number; readonly maximum: number }) => object };
};
engine.Memory = class extends engine.Memory {
  constructor(size: { readonly initial: number; readonly maximum: number }) {
    super(size);
    inWasm += 65536 * size.maximum;
  }
};

const sizes = kernels.flatMap((kernel) => [
  [kernel, { rows: 512, features: 4, classes: 50_000 }] as const,
  [kernel, { rows: 600, features: 384, classes: 1000 }] as const,
  [kernel, { rows: 5, features: 2, classes: 128_256 }] as const,
  [kernel, { rows: 5, features: 4096, classes: 300 }] as const,
]);

test.each(sizes)('memory stays bounded, kernel %s, %o', (kernel, { rows, features, classes }) => {
  const x = new Float32Array(rows * features);
  const matrix = new Float32Array(classes * features);
  const bias = new Float32Array(classes);
  const out = {
    dx: new Float32Array(rows * features),
    dWeight: new Float32Array(classes * features),
    dBias: new Float32Array(classes),
  };
  const labels = new Int32Array(rows);
  collect();
  const before = process.memoryUsage().arrayBuffers;
  inWasm = 0;
  const head = createLinearCrossEntropy({ classes, features, kernel, labelSmoothing: 0.1 });
  head.lossAndGradient(x, matrix, bias, labels, { out });
  expect(inWasm > 0).toBe(kernel !== 'js');
  expect(inWasm + process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 2 ** 20);
});
