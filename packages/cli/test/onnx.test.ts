import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attachLoss, lossModel } from '@label-smoothing/onnx';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cli, runNode } from './run-cli.js';

const models = `${import.meta.dirname}/../../onnx/test/models`;
const command = `${import.meta.dirname}/../bin/label-smoothing.js`;
const python = process.env['ONNX_PYTHON'];
let folder: string;
let model: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'label-smoothing-'));
  model = join(folder, 'mlp.onnx');
  copyFileSync(`${models}/mlp.onnx`, model);
  copyFileSync(`${models}/mlp.onnx.data`, `${model}.data`);
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = (name: string): string => join(folder, name);

describe('export', () => {
  test('writes what lossModel gives for the same options', async () => {
    const args = ['--classes', '10', '--label-smoothing', '0.1', '--gradient', '--dtype', 'float64', '--opset', '17'];
    const { status, stdout, stderr } = await cli('export', '-o', at('loss.onnx'), ...args);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const same = lossModel({
      classes: 10,
      labelSmoothing: 0.1,
      gradient: true,
      dtype: 'float64',
      opset: 17,
    });
    expect(new Uint8Array(readFileSync(at('loss.onnx')))).toEqual(same);
    expect(stdout).toContain(`${same.length} bytes, opset 17`);
    expect(stdout).toContain('inputs   logits float64 [N, 10]\n         labels int64 [N]\n');
  });

  test('nothing is an example: no ε and no classes unless they were said', async () => {
    await cli('export', '-o', at('loss.onnx'));
    expect(new Uint8Array(readFileSync(at('loss.onnx')))).toEqual(lossModel({}));
  });

  test('every option of the graph', async () => {
    const args = [
      '--shape',
      'N,4,H',
      '--axis',
      '1',
      '--label-type',
      'int32',
      '--sample-weight',
      '--normalizer',
      'input',
    ];
    const more = ['--invalid-label', 'unchecked', '--no-scatter', '--gradient', '--label-smoothing', '0.1,0.2,0.3,0.4'];
    const { status, stderr } = await cli('export', '-o', at('loss.onnx'), ...args, ...more);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const same = lossModel({
      labelSmoothing: [0.1, 0.2, 0.3, 0.4],
      gradient: true,
      shape: ['N', 4, 'H'],
      axis: 1,
      labelType: 'int32',
      sampleWeight: true,
      invalidLabel: 'unchecked',
      scatter: false,
      normalizer: true,
    });
    // The options stand in the metadata, in the order in which they were written.
    expect(readFileSync(at('loss.onnx')).length).toBe(same.length);
  });

  test('sizes may stand apart', async () => {
    await cli('export', '-o', at('loss.onnx'), '--shape', 'N, 3');
    expect(new Uint8Array(readFileSync(at('loss.onnx')))).toEqual(lossModel({ shape: ['N', 3] }));
  });

  test('takes the place of a link, not of what it leads to', async () => {
    writeFileSync(at('old.onnx'), 'old');
    symlinkSync(at('old.onnx'), at('link.onnx'));
    expect((await cli('export', '-o', at('link.onnx'))).status).toBe(0);
    expect(readFileSync(at('old.onnx'), 'utf8')).toBe('old');
    expect(lstatSync(at('link.onnx')).isFile()).toBe(true);
  });

  test('its snippets run, on zeros', async () => {
    const { stdout } = await cli('export', '-o', at('loss.onnx'), '--classes', '4', '--reduction', 'sum', '--json');
    const { snippets, inputs } = JSON.parse(stdout);
    expect(inputs[1]).toEqual({ name: 'labels', type: 'int64', shape: ['N'] });
    const loss = Number(/[\d.]+/.exec(runNode(snippets.node).split('[')[1] ?? ''));
    expect(loss).toBeCloseTo(2 * Math.log(4), 5);
    if (python) expect(Number(execFileSync(python, ['-c', snippets.python]))).toBeCloseTo(2 * Math.log(4), 5);
  });

  test('replaces a file whole, and leaves it as it was where it cannot', async () => {
    writeFileSync(at('loss.onnx'), 'old');
    // As a disk that is full: no file may have more than 2 kB.
    const shell = `ulimit -f 2; exec "$0" "$1" export -o "$2" --classes 10 --gradient`;
    const { status, stderr } = spawnSync('bash', ['-c', shell, process.execPath, command, at('loss.onnx')], {
      encoding: 'utf8',
    });
    expect(stderr).toMatch(/^label-smoothing: --output .*loss\.onnx: cannot be written \(EFBIG\) \[LS_OPTION\]\n$/);
    expect(status).toBe(2);
    expect(readFileSync(at('loss.onnx'), 'utf8')).toBe('old');
    expect(readdirSync(folder).sort()).toEqual(['loss.onnx', 'mlp.onnx', 'mlp.onnx.data']);
    expect((await cli('export', '-o', at('loss.onnx'))).status).toBe(0);
    expect(readFileSync(at('loss.onnx')).length).toBeGreaterThan(1000);
  });

  test.each<[args: string[], text: string]>([
    [[], "required option '-o, --output <file>' not specified"],
    [['-o', ''], '--output: expected the name of a file'],
    [['-o', '/no/such/folder/loss.onnx'], 'there is no folder'],
    [['-o', '/dev/null'], '--output /dev/null: is no ordinary file [LS_OPTION]'],
    [['-o', 'x.onnx', '--label-smoothing', '2'], '[LS_SMOOTHING]'],
    [['-o', 'x.onnx', '--opset', '12'], 'opset: expected an integer ≥ 13, got 12 [LS_OPTION]'],
    [['-o', 'x.onnx', '--opset', 'new'], 'opset: expected an integer'],
    [['-o', 'x.onnx', '--dtype', 'bfloat16'], '[LS_DTYPE]'],
    [['-o', 'x.onnx', '--on-empty', 'throw'], '[LS_UNSUPPORTED]'],
    [['-o', 'x.onnx', '--normalizer', 'foo'], 'normalizer: expected a finite number ≥ 0, got "foo" [LS_NORMALIZER]'],
    [['-o', 'x.onnx', '--shape=-1,3'], '--shape: expected sizes and names of sizes, got "-1" [LS_OPTION]'],
    [['-o', 'x.onnx', '--shape', 'N,+3'], '--shape: expected sizes and names of sizes, got "+3"'],
    [['-o', 'x.onnx', '--shape', 'N,1.5'], '--shape: expected sizes and names of sizes, got "1.5"'],
    [['-o', 'x.onnx', '--shape', 'N, '], 'shape[1]: expected a size or its name, got "" [LS_SHAPE]'],
    [['-o', 'x.onnx', '--weight', '1,2'], 'classes: expected the number of classes beside weight'],
    [['-o', 'x.onnx', '--shape', 'N,4', '--classes', '5'], '[LS_SHAPE]'],
    [['-o', 'x.onnx', '--label-smothing', '0.1'], 'did you mean --label-smoothing?'],
  ])('%j is told in one line', async (args, text) => {
    const { status, stdout, stderr } = await cli('export', ...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^label-smoothing: [^\n]+\n$/);
    expect(stderr).toContain(text);
  });
});

describe('attach', () => {
  const smoothing = ['--label-smoothing', '0.1', '--gradient'];

  test('writes what attachLoss gives, and says what to keep', async () => {
    const { status, stdout, stderr } = await cli('attach', model, '-o', at('out.onnx'), ...smoothing);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const same = attachLoss(readFileSync(model), { labelSmoothing: 0.1, gradient: true });
    expect(new Uint8Array(readFileSync(at('out.onnx')))).toEqual(same);
    expect(stdout).toContain('of "scores", classes along axis 1, and its gradient');
    expect(stdout).toContain('note     keep mlp.onnx for inference');
    expect(stdout).toContain('both models read their weights from mlp.onnx.data');
    expect(new Uint8Array(readFileSync(model))).toEqual(new Uint8Array(readFileSync(`${models}/mlp.onnx`)));
  });

  test('its snippets run beside the weights, and in another folder once these are linked', async () => {
    mkdirSync(at('other'));
    const { stdout } = await cli('attach', model, '-o', at('other/out.onnx'), '--label-smoothing', '0.1', '--json');
    const { snippets, notes } = JSON.parse(stdout);
    expect(() => runNode(snippets.node)).toThrow('mlp.onnx.data');
    const [, from = '', to = ''] = /: ln "(.*)" "(.*)"$/.exec(notes[1]) ?? [];
    linkSync(from, to);
    expect(runNode(snippets.node)).toMatch(/Float32Array\(1\) \[ 2\.288\d+ \]/);
    if (python) expect(Number(execFileSync(python, ['-c', snippets.python]))).toBeCloseTo(2.288, 2);
  });

  test('other names, and options of the search', async () => {
    const names = ['--name', 'labels=y', '--name', 'loss=l', '--name', 'sample_weight=w', '--sample-weight'];
    const args = [...names, '--prefix', 'p/', '--logits', 'scores', '--softmax', 'refuse', '--json'];
    const { inputs, outputs } = JSON.parse((await cli('attach', model, '-o', at('out.onnx'), ...args)).stdout);
    expect(inputs.map(({ name }: { name: string }) => name)).toEqual(['features', 'y', 'w']);
    expect(outputs.map(({ name }: { name: string }) => name)).toEqual(['scores', 'l']);
  });

  test('never writes to its input, under whatever name', async () => {
    symlinkSync(model, at('symbolic.onnx'));
    linkSync(model, at('hard.onnx'));
    const before = readFileSync(model);
    for (const output of [model, at('symbolic.onnx'), at('hard.onnx'), `${folder}/./mlp.onnx`]) {
      const { status, stderr } = await cli('attach', model, '-o', output);
      expect(status).toBe(2);
      expect(stderr).toContain('is the model itself, which stays as it is [LS_OPTION]');
    }
    expect(readFileSync(model)).toEqual(before);
  });

  test("never writes to the model's weights, under whatever name", async () => {
    symlinkSync(`${model}.data`, at('symbolic.data'));
    linkSync(`${model}.data`, at('hard.data'));
    const before = readFileSync(`${model}.data`);
    for (const output of [`${model}.data`, at('symbolic.data'), at('hard.data'), `${folder}/./mlp.onnx.data`]) {
      const { status, stderr } = await cli('attach', model, '-o', output);
      expect(status).toBe(2);
      expect(stderr).toContain("holds the model's weights, which stay there [LS_OPTION]");
    }
    expect(readFileSync(`${model}.data`)).toEqual(before);
  });

  test.each<[what: string, args: () => string[], text: string]>([
    ['no file', () => [at('none.onnx')], 'cannot be read (ENOENT) [LS_OPTION]'],
    ['a folder', () => [folder], 'cannot be read (EISDIR) [LS_OPTION]'],
    ['no model', () => [`${model}.data`], '[LS_MODEL]'],
    ['no logits of that name', () => [model, '--logits', 'nope'], '[LS_MODEL]'],
    ['a name without its new one', () => [model, '--name', 'labels'], '--name: expected usual=new'],
    ['an empty name', () => [model, '--name', 'labels='], '--name: expected usual=new'],
    ['a name of nothing', () => [model, '--name', 'lables=y'], '--name: expected one of labels, targets, '],
    ['a device', () => ['/dev/zero'], '/dev/zero: is neither a file nor a pipe [LS_OPTION]'],
    [
      'a name that is taken',
      () => [model, '--name', 'labels=scores'],
      'names: expected names that the model does not have',
    ],
    ['another shape', () => [model, '--classes', '3'], '[LS_SHAPE]'],
  ])('%s: one line, nothing written', async (_, args, text) => {
    const { status, stdout, stderr } = await cli('attach', ...args(), '-o', at('out.onnx'));
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^label-smoothing: [^\n]+\n$/);
    expect(stderr).toContain(text);
    expect(readdirSync(folder).sort()).toEqual(['mlp.onnx', 'mlp.onnx.data']);
  });

  test('weights that are missing', async () => {
    rmSync(`${model}.data`);
    const { status, stderr } = await cli('attach', model, '-o', at('out.onnx'));
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: `label-smoothing: ${model}: expected its weights mlp.onnx.data beside it, got no such file [LS_MODEL]\n`,
    });
    expect((await cli('inspect', model)).stdout).toContain('mlp.onnx.data, beside the model, where it is missing');
  });
});

describe('inspect', () => {
  test('a model that a loss can be attached to', async () => {
    expect(await cli('inspect', model)).toEqual({
      status: 0,
      stderr: '',
      stdout: expect.stringMatching(
        /^model {4}IR 10, opset 20, 3 nodes, 4 weights, pytorch .*\ninputs {3}features float32 \[batch, 16\]\noutputs {2}scores float32 \[batch, 10\]\nweights {2}mlp\.onnx\.data, beside the model\nlogits {3}scores float32 \[batch, 10\], classes along axis 1: "scores" is the only output that could be logits\nhead {5}Gemm of 32 features to 10 classes, weight head\.weight, bias head\.bias\n$/,
      ),
    });
  });

  test('one whose class axis has to be said', async () => {
    writeFileSync(at('images.onnx'), lossModel({ shape: ['N', 5, 'H', 'W'], axis: 1, gradient: true }));
    const { status, stdout } = await cli('inspect', at('images.onnx'));
    expect(status).toBe(1);
    expect(stdout).toContain(
      'logits   gradient float32 [N, 5, H, W]: "gradient" is the only output that could be logits\n' +
        '         not by itself. axis: expected the axis of the classes of "gradient" [N, 5, H, W], got undefined\n',
    );
    const names = ['--name', 'labels=y', '--name', 'loss=l', '--prefix', 'p/'];
    const args = ['attach', at('images.onnx'), '-o', at('out.onnx'), ...names];
    expect(await cli(...args)).toMatchObject({ status: 2, stderr: expect.stringContaining('axis: expected the axis') });
    expect((await cli(...args, '--axis', '1')).stdout).toContain('of "gradient", classes along axis 1');
  });

  test('one that it cannot be attached to: exit code 1 and the reason', async () => {
    await cli('export', '-o', at('loss.onnx'));
    const { status, stdout } = await cli('inspect', at('loss.onnx'));
    expect(status).toBe(1);
    expect(stdout).toContain('logits   none. model: expected an output that could be logits');
  });

  test('JSON', async () => {
    const { head, logits } = JSON.parse((await cli('inspect', model, '--json')).stdout);
    expect({ head: head.op, logits: logits.name }).toEqual({ head: 'Gemm', logits: 'scores' });
  });

  test('no model at all', async () => {
    expect(await cli('inspect', `${model}.data`)).toMatchObject({ status: 2, stdout: '' });
  });
});

test('the README shows what happens', async () => {
  const readme = readFileSync(`${import.meta.dirname}/../README.md`, 'utf8');
  const shown = [...readme.matchAll(/\$ npx label-smoothing ((?:export|inspect|attach) .*)\n([^$`]*)/g)];
  expect(shown.map(([, args = '']) => args.split(' ')[0])).toEqual(['export', 'inspect', 'attach']);
  for (const [, args = '', text = ''] of shown) {
    // Its files stand in the test's folder.
    const local = args.split(' ').map((word) => (word.endsWith('.onnx') ? at(word) : word));
    const { stdout } = await cli(...local);
    const [head = ''] = text.split('…\n');
    // A graph may grow by a node, and PyTorch says for which GPU it was built.
    const usual = (said: string) => said.replace(/\d+ bytes/, 'some bytes').replace(/\+cu\d+/, '');
    expect(usual(stdout.replaceAll(`${folder}/`, ''))).toContain(usual(head.trim()));
  }
});
