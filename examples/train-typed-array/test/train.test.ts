import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const folder = `${import.meta.dirname}/..`;
const run = (...args: string[]) =>
  spawnSync(process.execPath, ['dist/main.js', ...args], { cwd: folder, encoding: 'utf8' });
const shown = /```text\n([\s\S]*?)```/.exec(readFileSync(`${folder}/README.md`, 'utf8'))?.[1] ?? '';

/** The numbers of the table's two lines: accuracy, NLL, mean confidence. */
function table(output: string): number[][] {
  const lines = output.split('\n').filter((line) => line.startsWith('ε = '));
  return lines.map((line) => (line.slice('ε = 0.1'.length).match(/\d+\.\d+/g) ?? []).slice(0, 3).map(Number));
}

test('--quick learns something and prints the table of the README', () => {
  const { stdout, stderr } = run('--quick');
  expect(stderr.trimEnd().split('\n')).toHaveLength(6);
  expect(stdout.split('\n').filter((line) => line.includes('accuracy'))).toEqual(
    shown.split('\n').filter((line) => line.includes('accuracy')),
  );
  expect(table(stdout)).toHaveLength(2);
  for (const [accuracy = 0] of table(stdout)) expect(accuracy).toBeGreaterThan(20);
});

test('the numbers of the README are those of a full run', { timeout: 180_000 }, () => {
  const measured = table(run().stdout);
  const documented = table(shown);
  expect(documented).toHaveLength(2);
  // Another machine or kernel rounds differently, and training amplifies that: the table is not exact.
  documented.forEach(([accuracy = 0, nll = 0, confidence = 0], i) => {
    expect(Math.abs(measured[i]![0]! - accuracy), 'accuracy, in points').toBeLessThan(2);
    expect(Math.abs(measured[i]![1]! - nll), 'NLL').toBeLessThan(0.05);
    expect(Math.abs(measured[i]![2]! - confidence), 'mean confidence, in points').toBeLessThan(2);
  });
});
