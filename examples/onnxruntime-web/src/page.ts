import { lossFloor, optimalConfidence } from '@label-smoothing/core';
import { paint } from './picture.js';
import { classes, drawPoints } from './points.js';
import { createTrainer } from './trainer.js';

const content = `
<h1>What label smoothing does to confidence</h1>
<p>A small classifier learns these points. ONNX Runtime Web computes the smoothed loss and its gradient at every step; the
colour is as strong as the model is sure.</p>
<canvas></canvas>
<label>ε <input type="range" min="0" max="0.5" step="0.05" value="0.1"> <output name="smoothing"></output></label>
<label>on <select><option value="wasm">WebAssembly</option><option value="webgpu">WebGPU</option></select></label>
<dl>
<div><dt>step</dt><dd><output name="step"></output></dd></div>
<div><dt>loss</dt><dd><output name="loss"></output></dd></div>
<div><dt>smallest possible</dt><dd><output name="floor"></output></dd></div>
<div><dt>mean confidence</dt><dd><output name="confidence"></output></dd></div>
<div><dt>asked for by ε</dt><dd><output name="optimum"></output></dd></div>
<div><dt>runs on</dt><dd><output name="provider"></output></dd></div>
</dl>
<p class="error" role="alert"></p>`;

/** Fills an element with the page, and trains; the function it returns ends that. */
export function mountPage(root: HTMLElement, steps = 400): () => void {
  root.innerHTML = content;
  const find = <T extends Element>(selector: string): T => root.querySelector(selector) as T;
  const slider = find<HTMLInputElement>('input');
  const select = find<HTMLSelectElement>('select');
  const show = (name: string, text: string): void => {
    find<HTMLOutputElement>(`output[name=${name}]`).value = text;
  };
  const points = drawPoints(60);
  let turn = 0;
  async function train(): Promise<void> {
    const own = ++turn;
    const labelSmoothing = Number(slider.value);
    find('.error').textContent = '';
    show('smoothing', labelSmoothing.toFixed(2));
    show('floor', lossFloor({ labelSmoothing, classes }).toFixed(4));
    show('optimum', optimalConfidence({ labelSmoothing, classes }).toFixed(4));
    const trainer = await createTrainer(points, { labelSmoothing, executionProviders: [select.value] });
    show('provider', trainer.executionProvider);
    for (let step = 1; step <= steps && own === turn; step++) {
      show('loss', (await trainer.step()).toFixed(4));
      show('step', String(step));
      show('confidence', trainer.confidence().toFixed(4));
      if (step % 10 === 0) {
        paint(find('canvas'), trainer.weights, points);
        await new Promise(requestAnimationFrame);
      }
    }
    await trainer.release();
  }
  const restart = (): void => {
    train().catch((error: unknown) => {
      find('.error').textContent = error instanceof Error ? error.message : String(error);
    });
  };
  for (const control of [slider, select]) control.addEventListener('change', restart);
  restart();
  return () => {
    turn = Number.POSITIVE_INFINITY;
  };
}
