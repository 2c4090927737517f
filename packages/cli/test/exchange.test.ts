import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bin, conform, file, folder, lastLine } from './run-conform.js';

describe.concurrent('without a backend', () => {
  test('--list prints ids first, one a line', async () => {
    const { status, stdout } = await conform(['--list', '--filter', 'loss/float32/nd-axis#*']);
    expect(status).toBe(0);
    expect(stdout.split('\n')[0]).toMatch(/^loss\/float32\/nd-axis#1 +(core|full) {2}\S/);
  });

  test('cases go out, answers come back, the verdict is the same', async () => {
    const cases = join(folder, 'cases.ndjson');
    const selection = ['--filter', 'loss/float32/one-class#*'];
    expect((await conform(['--emit', cases, ...selection])).status).toBe(0);
    const [header, ...requests] = readFileSync(cases, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect((await conform(['--emit', '-', ...selection])).stdout).toBe(readFileSync(cases, 'utf8'));
    // A loss of 0 everywhere: right for some of the cases of one class.
    const source = {
      vectors: header.header.vectors.sha256,
      name: 'zero',
      version: '1',
      device: 'gpu',
      arithmetic: 'ieee',
    };
    const answers = requests.map(({ id, part, rows, options }) => {
      return { id, part, loss: '0'.repeat(16 * (options.reduction === 'none' ? rows : 1)) };
    });
    const text = [{ header: source }, ...answers].map((line) => JSON.stringify(line)).join('\n');
    const outcome = await conform(['--verify', '-', ...selection], text);
    expect(outcome.stdout).toContain('zero 1\n');
    expect(lastLine(outcome)).toMatch(/^conformance: [1-9]\d* passed, [1-9]\d* failed, 0 unsupported$/);
    expect(outcome.status).toBe(1);
    const wrong = await conform(['--verify', file('answers.ndjson', text), '--require-device', 'cpu', ...selection]);
    expect(wrong.stderr).toContain('device: expected "cpu", as required, from zero, got "gpu" [LS_CONTRACT]');
    expect(wrong.status).toBe(2);
  });

  test('--help teaches', async () => {
    const { status, stdout } = await conform(['--help']);
    expect(status).toBe(0);
    for (const part of [
      'Examples:',
      '--require-device',
      'Exit codes: 0 conformant',
      '--emit',
      '--verify',
      '--matrix',
    ]) {
      expect(stdout).toContain(part);
    }
  });

  test('who reads only the beginning gets no error', async () => {
    const child = spawn(process.execPath, [bin, 'conform', '--list']);
    let stderr = '';
    child.stderr.on('data', (text) => (stderr += text));
    child.stdout.once('data', () => child.stdout.destroy());
    await new Promise((resolve) => child.once('close', resolve));
    expect(stderr).toBe('');
  });
});
