import { lossFloor, optimalConfidence } from '@label-smoothing/core';
import { expect, test } from 'vitest';
import { mountPage } from '../src/page.js';
import { classes, drawPoints } from '../src/points.js';
import { createTrainer, type Trainer, type TrainerOptions } from '../src/trainer.js';

const points = drawPoints(20);
const labelSmoothing = 0.1;
const wasm: TrainerOptions = { labelSmoothing, executionProviders: ['wasm'] };

async function trained(options: TrainerOptions, steps: number): Promise<Trainer & { readonly losses: number[] }> {
  const trainer = await createTrainer(points, options);
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) losses.push(await trainer.step());
  await trainer.release();
  return { ...trainer, losses };
}

test('the loss falls towards its floor, and the confidence stays at what ε asks for', async () => {
  const { losses, confidence } = await trained(wasm, 400);
  expect(losses[0]).toBeCloseTo(Math.log(classes), 5);
  const floor = lossFloor({ labelSmoothing, classes });
  expect(losses.at(-1)).toBeGreaterThan(floor);
  expect(losses.at(-1)).toBeLessThan(floor + 0.05);
  expect(confidence()).toBeCloseTo(optimalConfidence({ labelSmoothing, classes }), 1);
  const hard = await trained({ ...wasm, labelSmoothing: 0 }, 400);
  expect(hard.confidence()).toBeGreaterThan(confidence() + 0.03);
});

test('WebGPU learns what WebAssembly learns', async () => {
  const [one, other] = [
    await trained(wasm, 30),
    await trained({ ...wasm, executionProviders: ['webgpu', 'wasm'] }, 30),
  ];
  other.weights.forEach((weight, i) => {
    expect(weight).toBeCloseTo(one.weights[i] as number, 4);
  });
});

test('the page trains, starts again with another ε, and says so where something fails', async () => {
  const root = document.body.appendChild(document.createElement('main'));
  const value = (name: string) => root.querySelector<HTMLOutputElement>(`output[name=${name}]`)?.value;
  const stop = mountPage(root, 60);
  await expect.poll(() => value('step'), { timeout: 30_000 }).toBe('60');
  expect([value('provider'), value('smoothing'), value('optimum')]).toEqual(['wasm', '0.10', '0.9333']);
  const canvas = root.querySelector('canvas') as HTMLCanvasElement;
  const pixels = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
  expect(new Set(pixels).size).toBeGreaterThan(50);
  const slider = root.querySelector('input') as HTMLInputElement;
  slider.value = '0.3';
  slider.dispatchEvent(new Event('change'));
  await expect.poll(() => value('optimum')).toBe('0.8000');
  await expect.poll(() => value('step'), { timeout: 30_000 }).toBe('60');
  const select = root.querySelector('select') as HTMLSelectElement;
  select.append(new Option('nothing', 'nothing'));
  select.value = 'nothing';
  select.dispatchEvent(new Event('change'));
  await expect.poll(() => root.querySelector('.error')?.textContent, { timeout: 30_000 }).toMatch(/nothing \(/);
  stop();
  root.remove();
});
