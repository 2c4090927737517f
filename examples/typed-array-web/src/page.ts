import { lossFloor } from '@label-smoothing/core';
import { cells } from './cells.js';
import { curve } from './curve.js';
import type { Progress, Training } from './train.js';
import type { News } from './worker.js';

const content = `
<h1>Loss and gradient in a Web Worker</h1>
<p>A linear model learns which of 64 sites is nearest to a point. The worker computes the smoothed loss of 3000 points and its
gradient in one call, in WebAssembly where the page allows it, and the page stays free.</p>
<form>
<label>ε <input name="smoothing" type="range" min="0" max="0.5" step="0.05" value="0.1"> <output name="epsilon"></output></label>
<label>kernel <select name="kernel">
<option value="auto">the fastest</option><option>js</option><option>simd</option><option>relaxed-simd</option>
</select></label>
<label>threads <select name="threads"><option>1</option><option>2</option></select></label>
</form>
<figure></figure>
<p class="key"><i class="loss"></i>loss <i class="nll"></i>without smoothing <i class="floor"></i>least possible loss</p>
<dl>
<div><dt>step</dt><dd><output name="step"></output></dd></div>
<div><dt>loss</dt><dd><output name="loss"></output></dd></div>
<div><dt>without smoothing</dt><dd><output name="nll"></output></dd></div>
<div><dt>kernel</dt><dd><output name="kernel"></output></dd></div>
<div><dt>threads</dt><dd><output name="threads"></output></dd></div>
<div><dt>a call, at best</dt><dd><output name="time"></output></dd></div>
<div><dt>page</dt><dd><output name="page"></output></dd></div>
</dl>
<p class="error" role="alert"></p>`;

const steps = 300;

/** Fills an element with the page and trains, anew whenever a control changes. */
export function mountPage(root: HTMLElement): void {
  root.innerHTML = content;
  const { form, show, fail, draw } = partsOf(root);
  show({ page: crossOriginIsolated ? 'isolated' : 'not isolated' });
  let worker: Worker | null = null;
  const restart = (): void => {
    worker?.terminate();
    const training = choiceOf(form);
    const { labelSmoothing } = training;
    show({ epsilon: labelSmoothing.toFixed(2), step: '', loss: '', nll: '', kernel: '', threads: '', time: '' });
    fail('');
    const history: Progress[] = [];
    worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }: MessageEvent<News>) => {
      if (data.kind === 'failure') fail(data.message);
      else if (data.kind === 'start') show({ kernel: data.machine.kernel, threads: `${data.machine.threads}` });
      else if (history.push(data.progress) % 5 === 0) draw(history, lossFloor({ labelSmoothing, classes: cells }));
    };
    worker.postMessage(training);
  };
  form.addEventListener('change', restart);
  restart();
}

/** What the controls say. */
function choiceOf(form: HTMLFormElement): Training {
  const chosen = new FormData(form);
  return {
    steps,
    labelSmoothing: Number(chosen.get('smoothing')),
    kernel: chosen.get('kernel') as Training['kernel'],
    threads: Number(chosen.get('threads')),
  };
}

/** The parts of the page that change. */
function partsOf(root: HTMLElement) {
  const find = <T extends Element>(selector: string): T => root.querySelector(selector) as T;
  // Threads share memory, which takes isolation.
  find<HTMLSelectElement>('select[name=threads]').value = crossOriginIsolated ? '2' : '1';
  const show = (values: Readonly<Record<string, string>>): void => {
    for (const [name, text] of Object.entries(values)) find<HTMLOutputElement>(`output[name=${name}]`).value = text;
  };
  return {
    form: find<HTMLFormElement>('form'),
    show,
    fail: (message: string): void => {
      find('.error').textContent = message;
    },
    draw: (history: readonly Progress[], floor: number): void => {
      const { step, loss, nll, microseconds } = history.at(-1) as Progress;
      find('figure').innerHTML = curve(history, steps, floor);
      show({ step: `${step}`, loss: loss.toFixed(5), nll: nll.toFixed(5), time: `${Math.round(microseconds)} µs` });
    },
  };
}
