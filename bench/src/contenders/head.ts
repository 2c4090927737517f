// node head.js: the linear head. A form is a kernel; with ' products' behind it, its matrix products alone.
import { createLinearCrossEntropy, type KernelName } from '@label-smoothing/typed-array';
import { WasmProducts } from '../../../packages/typed-array/dist/linear-wasm.js';
import type { Batch } from '../batch.js';
import { labelSmoothing } from '../case.js';
import type { Ask } from '../protocol.js';
import { type Opened, serve } from './serve.js';

await serve({ versions: [`Node ${process.versions.node}`] }, open);

async function open({ form, classes, features, operation }: Ask, batch: Batch): Promise<Opened> {
  const [kernel, ...words] = form.split(' ');
  const { labels } = batch;
  const x = batch.x as Float32Array;
  const weight = batch.weight as Float32Array;
  const size = { classes, features: features as number };
  const out = { dx: new Float32Array(x.length), dWeight: new Float32Array(weight.length) };
  if (words.includes('products')) {
    const products = new WasmProducts(kernel as 'simd' | 'relaxed-simd', { ...size, hasBias: false });
    const rows = Int32Array.from(labels.keys());
    const gradients = operation === 'forward' ? null : { ...out, dBias: null };
    return { run: () => multiply(products, { x, weight, bias: null }, gradients, rows), loss: null, squares: null };
  }
  const head = createLinearCrossEntropy({ ...size, labelSmoothing, bias: false, kernel: kernel as KernelName });
  const run =
    operation === 'forward'
      ? () => head.forward(x, weight, null, labels)
      : () => head.lossAndGradient(x, weight, null, labels, { out });
  return { run, loss: run().loss, squares: null, close: () => head.dispose() };
}

type Open = Parameters<WasmProducts['open']>;

/** What the head does, without a loss. */
function multiply(products: WasmProducts, arrays: Open[0], gradients: Open[1], rows: Int32Array): void {
  gradients?.dWeight.fill(0);
  const most = products.open(arrays, gradients, rows.length);
  for (let first = 0; first < rows.length; first += most) {
    products.score(rows.subarray(first, first + most));
    if (gradients !== null) products.addGradients();
  }
  products.close();
}
