import { readFileSync } from 'node:fs';
import { dialects, lossFloor, optimalConfidence, optimalLogitGap, resolveOptions } from '@label-smoothing/core';
import { describe, expect, test, vi } from 'vitest';
import { run } from '../src/program.js';
import { cli } from './run-cli.js';

// biome-ignore lint/suspicious/noExplicitAny: what a user's program sees of JSON
async function json(...args: string[]): Promise<any> {
  const { status, stdout, stderr } = await cli('explain', '--json', ...args);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return JSON.parse(stdout);
}

describe('explain', () => {
  test('prints the defaults with their numbers', async () => {
    const { status, stdout, stderr } = await cli('explain');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    for (const line of [
      'q_y = 1 − ε + ε/K = 1 − 0.1 + 0.1/10 = 0.91',
      'loss = −0.91·log p_y − 0.01·Σ_{k≠y} log p_k',
      'hit 0.9   base 0.01   mass 1   floor 0   denominator 1',
      'logit gap   4.51086',
      'loss floor  0.500288',
      'others   0.09',
    ]) {
      expect(stdout).toContain(line);
    }
  });

  test('writes no colours where nobody sees them', async () => {
    expect((await cli('explain')).stdout).not.toContain('\u001b');
    expect((await cli('explain', '--nonsense')).stderr).not.toContain('\u001b');
  });

  test('says who chose an option', async () => {
    const { options } = await json('--dialect', 't5x', '--classes', '4', '--no-subtract-entropy');
    expect(options.classes).toEqual({ value: 4, from: 'caller' });
    expect(options.labelSmoothing).toEqual({ value: 0.1, from: 'example' });
    expect(options.zLoss).toEqual({ value: 0, from: 'default' });
    expect(options.smoothingMode).toEqual({ value: 'others', from: 'dialect' });
    expect(options.subtractEntropy).toEqual({ value: false, from: 'caller' });
  });

  test('tells an example from a default', async () => {
    const { stdout } = await cli('explain');
    expect(stdout).toMatch(/^ {2}labelSmoothing +0\.1 +example$/m);
    expect(stdout).toMatch(
      /^ {2}example: chosen here, to have numbers; the library wants classes said, and its ε is 0$/m,
    );
    expect((await cli('explain', '--classes', '10', '--label-smoothing', '0.1')).stdout).not.toContain('example');
  });

  test('a normalizer is what the mean divides by, over a dialect that sums', async () => {
    const args = ['--dialect', 'fairseq', '--normalizer', '32'];
    expect((await cli('explain', ...args)).stdout).toContain('result = Σ loss / normalizer = Σ loss / 32; zero where');
    const { options } = await json(...args);
    expect(options.reduction).toEqual({ value: 'mean', from: 'caller' });
    expect(options.normalizer).toEqual({ value: 32, from: 'caller' });
  });

  test('classes that do not exist get nothing', async () => {
    const four = ['--classes', '4', '--class-mask', 'true,true,false,true', '--label', '1', '--label-smoothing', '0.3'];
    const uniform = await json(...four);
    expect(uniform.present).toBe(3);
    expect(uniform.smoothedTarget.own).toBeCloseTo(0.8, 14);
    expect(uniform.smoothedTarget.others.max).toBeCloseTo(0.1, 14);
    expect(uniform.optimum.loss).toBeCloseTo(lossFloor({ labelSmoothing: 0.3, classes: 3 }), 14);
    expect(uniform.equivalents.others).toBeCloseTo(0.2, 14);
    const { stdout } = await cli('explain', ...four);
    expect(stdout).toContain('label 1 of 4 classes, 3 of which exist');
    expect(stdout).toContain('q_k = ε/n = 0.3/3 = 0.1 for every other class k that exists');
    const prior = ['--smoothing-mode', 'prior', '--prior', '0.25,0.25,0.5,0'];
    const text = (await cli('explain', ...four, ...prior)).stdout;
    expect(text).toContain('q_y = 1 − ε + ε·u_y/Z = 1 − 0.3 + 0.6·0.25 = 0.85');
    expect((await json('--classes', '2', '--class-mask', 'true,false')).optimum.logitGap).toBe(null);
  });

  test('takes every option of the loss but those of one batch, which its README lists', async () => {
    const readme = readFileSync(`${import.meta.dirname}/../README.md`, 'utf8').replaceAll('\n', ' ');
    const [, list = ''] = /Left out is what belongs to one batch of data: (.*?)\./.exec(readme) ?? [];
    const leftOut = [...list.matchAll(/`(\w+)`/g)].map(([, name]) => name);
    const taken = Object.keys((await json()).options);
    expect([...taken, 'dialect', ...leftOut].sort()).toEqual(
      Object.keys(resolveOptions({ classes: 2 }, 'labels')).sort(),
    );
  });

  test.each(Object.keys(dialects))('explains %s', async (dialect) => {
    const { optimum, options, table } = await json('--dialect', dialect, '--classes', '7', '--label-smoothing', '0.2');
    const choice = { labelSmoothing: 0.2, smoothingMode: options.smoothingMode.value, classes: 7 };
    expect(optimum.confidence).toBeCloseTo(optimalConfidence(choice), 14);
    expect(optimum.logitGap.min).toBeCloseTo(optimalLogitGap(choice), 13);
    expect(optimum.loss + table.floor).toBeCloseTo(lossFloor(choice), 14);
  });

  test('takes the optimum under class weights from the weighted target', async () => {
    const { optimum, table } = await json(
      '--classes',
      '3',
      '--weight',
      '1,2,5',
      '--label',
      '2',
      '--label-smoothing',
      '0.3',
    );
    expect(table.mass).toBeCloseTo(4.3, 14);
    expect(optimum.confidence).toBeCloseTo(4 / 4.3, 14);
    expect(optimum.logitGap).toEqual({ min: expect.closeTo(Math.log(20), 12), max: expect.closeTo(Math.log(40), 12) });
  });

  test('takes a prior, one for each class, and an ε for each class', async () => {
    const rows = '0.5,0.25,0.25;0.25,0.5,0.25;0,0.5,0.5';
    const prior = await json('--classes', '3', '--smoothing-mode', 'prior', '--prior', rows, '--label', '2');
    expect(prior.smoothedTarget).toEqual({ own: expect.closeTo(0.95, 14), others: { min: 0, max: 0.05 } });
    expect(prior.optimum.logitGap.max).toBe('Infinity');
    const perClass = await json('--classes', '2', '--label-smoothing', '0,0.5', '--label', '1');
    expect(perClass.table.hit).toBe(0.5);
    expect(perClass.equivalents).toEqual({ uniform: null, others: null, binary: null, flip: null });
  });

  test('knows the binary conventions at two classes, and what has no equivalent', async () => {
    expect((await json('--classes', '2')).equivalents).toEqual({ uniform: 0.1, others: 0.05, binary: 0.1, flip: 0.05 });
    const beyond = await json('--classes', '2', '--smoothing-mode', 'others', '--label-smoothing', '0.75');
    expect(beyond.equivalents).toEqual({ uniform: null, others: 0.75, binary: null, flip: 0.75 });
  });

  test('takes a label, a list, or none to ignore', async () => {
    const ignored = async (text: string) => (await json('--ignore-index', text)).options.ignoreIndex.value;
    expect([await ignored('-1'), await ignored('-100,0'), await ignored('none')]).toEqual([[-1], [-100, 0], []]);
  });

  test('uses the denominator of the kind of target', async () => {
    expect((await json('--target', 'probabilities')).options.denominator.value).toBe('rows');
    expect((await json('--target', 'probabilities', '--denominator', 'valid')).options.denominator.value).toBe('valid');
  });

  test.each([
    [['--classes', '1', '--smoothing-mode', 'others'], 0.9],
    [['--label-smoothing', '1'], 1],
    [['--classes', '3', '--weight', '0,1,1', '--weight-mode', 'target'], 0],
    [['--classes', '50257'], 1],
  ])('stays finite at the edges: %j', async (args, mass) => {
    expect((await json(...args)).table.mass).toBeCloseTo(mass, 12);
    expect((await cli('explain', ...args)).stdout).not.toMatch(/NaN|undefined|null/);
  });
});

describe('help', () => {
  test('teaches by examples, and every one of them runs', async () => {
    const { status, stdout } = await cli('explain', '--help');
    expect(status).toBe(0);
    const examples = [...stdout.matchAll(/^ {2}\$ label-smoothing (.*?)(?: {3,}.*| \| .*)?$/gm)].map(
      ([, line]) => line,
    );
    expect(examples.length).toBeGreaterThan(4);
    for (const example of examples) expect((await cli(...(example as string).split(' '))).status).toBe(0);
  });

  test('tells the version, that of package.json', async () => {
    const { version } = JSON.parse(readFileSync(`${import.meta.dirname}/../package.json`, 'utf8'));
    expect(await cli('--version')).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
  });

  test('lists the commands', async () => {
    expect(await cli('--help')).toMatchObject({ status: 0, stderr: '' });
    expect((await cli('--help')).stdout).toContain('explain [options]');
    expect((await cli()).status).toBe(2);
  });
});

describe('README', () => {
  const readme = readFileSync(`${import.meta.dirname}/../README.md`, 'utf8');

  test('shows what explain prints', async () => {
    const sessions = [...readme.matchAll(/```console\n([\s\S]*?)```/g)].flatMap(([, text]) =>
      (text as string).split(/^\$ /m),
    );
    const shown = sessions.filter((session) => session.startsWith('npx label-smoothing explain'));
    expect(shown.length).toBeGreaterThan(1);
    for (const session of shown) {
      const [command = '', ...printed] = session.trimEnd().split('\n');
      const { stdout, stderr } = await cli(...command.split(' ').slice(2));
      expect(stdout + stderr).toContain(printed.join('\n').replace(/^…\n|\n…$/g, ''));
    }
  });
});

describe('bad input', () => {
  test.each([
    [['--label-smoothing', '1.5'], 'labelSmoothing: expected a number in [0, 1], got 1.5 [LS_SMOOTHING]'],
    [['--label-smoothing', 'much'], 'got "much" [LS_SMOOTHING]'],
    [['--dialect', 'pytroch'], '(did you mean "pytorch"?), got "pytroch" [LS_DIALECT]'],
    [['--classes', '2.5'], 'classes: expected an integer ≥ 1, got 2.5 [LS_SHAPE]'],
    [['--classes', ''], '[LS_SHAPE]'],
    [['--label', '10'], 'label: expected an integer in [0, 10), got 10 [LS_LABEL]'],
    [['--label', '1', '--classes', '2', '--class-mask', 'true,false'], 'label: expected a class of classMask, got 1'],
    [['--classes', '2', '--class-mask', 'true,yes'], 'classMask[1]: expected true or false, got "yes" [LS_MASK]'],
    [['--normalizer', '-1'], 'normalizer: expected a finite number ≥ 0, got -1 [LS_NORMALIZER]'],
    [['--label', 'NaN'], 'label: expected an integer in [0, 10), got NaN [LS_LABEL]'],
    [['--label', 'one'], 'label: expected an integer in [0, 10), got "one" [LS_LABEL]'],
    [['--target', 'dense'], 'target: expected one of labels, probabilities, got "dense" [LS_OPTION]'],
    [['--classes', '2', '--weight', '1,-1'], 'weight[1]: expected a finite number ≥ 0, got -1 [LS_WEIGHT]'],
    [['--classes', '2', '--prior', '0.5,0.5'], '[LS_PRIOR]'],
    [['--classes', '2', '--prior', '0.5,0.4', '--smoothing-mode', 'prior'], 'weights that sum to 1'],
    [['--reduction', 'avg'], 'reduction: expected one of none, sum, mean'],
    [['--z-loss', '-1'], 'zLoss: expected a finite number ≥ 0, got -1 [LS_OPTION]'],
    [['--smooting-mode', 'others'], "unknown option '--smooting-mode' (did you mean --smoothing-mode?)"],
    [['--classes'], "option '--classes <K>' argument missing"],
    [['more'], "too many arguments for 'explain'"],
  ])('%j is told in one line', async (args, text) => {
    const { status, stdout, stderr } = await cli('explain', ...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^label-smoothing: [^\n]+\n$/);
    expect(stderr).toContain(text);
  });

  test('an unknown command offers the nearest', async () => {
    expect(await cli('expalin')).toMatchObject({ status: 2, stderr: expect.stringContaining('did you mean explain?') });
  });
});

test("a fault of the program is no usage error, whatever Node's code for it", async () => {
  const captured: string[] = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => captured.push(String(text)) > 0);
  vi.spyOn(process.stdout, 'write').mockImplementation(() => {
    throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
  });
  const status = await run(['explain']).finally(() => vi.restoreAllMocks());
  expect({ status, text: captured.join('') }).toEqual({
    status: 2,
    text: expect.stringMatching(/^label-smoothing: a fault of this program: Error: no such file\n {4}at /),
  });
});
