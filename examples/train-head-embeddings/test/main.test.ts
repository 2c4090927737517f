import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readNpy } from '../src/npy.js';

const folder = `${import.meta.dirname}/..`;
const shown = /```text\n([\s\S]*?)```/.exec(readFileSync(`${folder}/README.md`, 'utf8'))?.[1] ?? '';
const numbers = (text: string): number[][] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('ε = '))
    .map((line) => (line.slice('ε = 0.1'.length).match(/\d+\.\d+/g) ?? []).slice(0, 3).map(Number));

test('prints what the README shows', { timeout: 60_000 }, () => {
  const output = execFileSync(process.execPath, ['dist/main.js'], { cwd: folder, encoding: 'utf8' });
  const words = (text: string): string[] => text.split('\n').filter((line) => !line.startsWith('ε'));
  expect(words(output)).toEqual(words(shown));
  const [measured, documented] = [numbers(output), numbers(shown)];
  expect(documented).toHaveLength(2);
  // Another kernel rounds differently, and training amplifies that.
  documented.forEach(([accuracy = 0, nll = 0, confidence = 0], i) => {
    expect(Math.abs(measured[i]![0]! - accuracy), 'accuracy, in points').toBeLessThan(1);
    expect(Math.abs(measured[i]![1]! - nll), 'NLL').toBeLessThan(0.01);
    expect(Math.abs(measured[i]![2]! - confidence), 'mean confidence, in points').toBeLessThan(1);
  });
});

test('the embeddings have length 1, and every class has as many', () => {
  const { data, shape } = readNpy(`${folder}/data/embeddings.npy`, '<f4');
  expect(shape).toEqual([2400, 96]);
  for (let row = 0; row < 2400; row++) expect(Math.hypot(...data.subarray(row * 96, (row + 1) * 96))).toBeCloseTo(1, 5);
  const labels = readNpy(`${folder}/data/labels.npy`, '|u1').data;
  for (let label = 0; label < 10; label++) expect(labels.filter((own) => own === label)).toHaveLength(240);
});

test('a file of another kind is refused', () => {
  expect(() => readNpy(`${folder}/data/labels.npy`, '<f4')).toThrow('no .npy of <f4');
  expect(() => readNpy(`${folder}/README.md`, '<f4')).toThrow('no .npy of <f4');
});
