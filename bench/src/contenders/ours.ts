// node ours.js: the typed-array package. A form is a kernel and what else: 'simd', 'simd staged', 'simd 2 threads'.
import { createCrossEntropy, type KernelName } from '@label-smoothing/typed-array';
import { type Batch, sumOfSquares } from '../batch.js';
import { labelSmoothing } from '../case.js';
import type { Ask } from '../protocol.js';
import { type Opened, serve } from './serve.js';

await serve({ versions: [`Node ${process.versions.node}`] }, open);

async function open({ form, classes, operation }: Ask, { logits, labels, targets }: Batch): Promise<Opened> {
  const [kernel, ...words] = form.split(' ');
  const threads = words.includes('threads') ? 2 : 1;
  const criterion = createCrossEntropy({ classes, labelSmoothing, kernel: kernel as KernelName, threads });
  await criterion.ready;
  const room = (): Float32Array | Uint16Array => {
    if (logits instanceof Uint16Array) return new Uint16Array(logits.length);
    return words.includes('staged') ? new Float32Array(logits.length) : criterion.alloc(logits.length);
  };
  const filled = (array: Float32Array | Uint16Array): Float32Array | Uint16Array => {
    const own = room();
    own.set(array);
    return own;
  };
  const x = filled(logits);
  const out = operation === 'gradient' ? room() : x;
  const target = targets === undefined ? labels : filled(targets);
  const run =
    operation === 'forward' ? () => criterion.forward(x, target) : () => criterion.lossAndGradient(x, target, { out });
  const { loss } = run();
  return {
    run,
    loss: loss as number,
    squares: operation === 'forward' ? 0 : sumOfSquares(out),
    close: () => criterion.dispose(),
  };
}
