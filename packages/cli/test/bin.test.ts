import { spawn, spawnSync } from 'node:child_process';
import { closeSync, copyFileSync, mkdirSync, mkdtempSync, openSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

describe('the built program', () => {
  const bin = `${import.meta.dirname}/../bin/label-smoothing.js`;
  const spawned = (...args: string[]) => spawnSync(process.execPath, [bin, ...args], { encoding: 'utf8' });

  test('exits with 0 and prints to stdout alone', () => {
    const { status, stdout, stderr } = spawned('explain', '--dialect', 'fairseq', '--json');
    expect({ status, stderr, dialect: JSON.parse(stdout).dialect }).toEqual({
      status: 0,
      stderr: '',
      dialect: 'fairseq',
    });
    expect(spawned('explain').stdout).toContain('q_y = 1 − ε + ε/K = 1 − 0.1 + 0.1/10 = 0.91');
  });

  test.skipIf(process.platform === 'win32')('may be executed', () => {
    expect(statSync(bin).mode & 0o111).toBe(0o111);
  });

  test('says so where it is not built: npm links it at install, before there is anything to run', () => {
    const folder = mkdtempSync(join(tmpdir(), 'label-smoothing-'));
    mkdirSync(join(folder, 'bin'));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    copyFileSync(bin, join(folder, 'bin/label-smoothing.js'));
    const args = [join(folder, 'bin/label-smoothing.js'), 'explain'];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    expect({ status, stderr }).toEqual({ status: 2, stderr: 'label-smoothing: not built yet; npm run build\n' });
  });

  test('exits with 2 and prints to stderr alone', () => {
    const { status, stdout, stderr } = spawned('explain', '--label-smoothing', '-1');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toBe('label-smoothing: labelSmoothing: expected a number in [0, 1], got -1 [LS_SMOOTHING]\n');
  });

  test.each(['explain', 'explain --help'])('%s ends quietly where nobody reads', async (line) => {
    const child = spawn(process.execPath, [bin, ...line.split(' ')], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const status = await new Promise((resolve) => child.once('close', resolve));
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  test.skipIf(process.platform !== 'linux')('says so where stdout takes nothing', () => {
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = spawnSync(process.execPath, [bin, 'explain'], {
      encoding: 'utf8',
      stdio: ['ignore', full, 'pipe'],
    });
    closeSync(full);
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: 'label-smoothing: standard output cannot be written (ENOSPC)\n',
    });
  });

  test('exits with 2 on a bare call, after the help', () => {
    expect(spawned()).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringContaining('Usage: label-smoothing'),
    });
  });
});
