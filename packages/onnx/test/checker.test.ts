// Judged by others: ONNX Runtime's strict shape inference, onnx-buf's decoder, and the ONNX checker as WebAssembly.
// All of them take every opset from 13 to 26; ONNX's own checker in Python, which oracle/check.py runs, does too.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { simplify } from 'onnxsim';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { decode, encode, valueType } from './decode.js';
import { openStrictly } from './run-graph.js';
import { lossesAlone, sample } from './sample.js';

const all = [...sample, ...lossesAlone];

test('the sample is broad', () => {
  expect(new Set(all.map(({ opset }) => opset))).toEqual(new Set([13, 17, 18, 21, 26]));
  expect(all.length).toBeGreaterThan(900);
});

test('ONNX Runtime opens each, types and shapes inferred strictly', { timeout: 120_000 }, async () => {
  const refused: string[] = [];
  for (const { name, bytes } of all) {
    await openStrictly(bytes).then(
      (session) => session.release(),
      (error: Error) => refused.push(`${name}: ${error.message}`),
    );
  }
  expect(refused).toEqual([]);
});

describe('a decoder that is not ours', () => {
  test.each(all.filter((_, i) => i % 7 === 0))('reads $name', ({ bytes, opset, dtype }) => {
    const model = decode(bytes);
    expect(model.opsetImport.map(({ domain, version }) => [domain, Number(version)])).toEqual([['', opset]]);
    expect(model.producerName).toBe('@label-smoothing/onnx');
    expect(model.$unknown ?? []).toEqual([]);
    const { node = [], initializer = [], input = [], output = [] } = model.graph ?? {};
    const logits = input.find(({ name }) => name === 'logits');
    expect(logits && valueType(logits)).toBe(dtype);
    expect(output.map(({ name }) => name)[0]).toBe('loss');
    // One name for one thing, and every name known before it is used.
    const names = [...initializer, ...input].map(({ name }) => name);
    for (const { name, input: from, output: to } of node) {
      expect(to).toEqual([name]);
      for (const used of from) expect(names).toContain(used);
      expect(names).not.toContain(name);
      names.push(name);
    }
    const used = new Set(node.flatMap(({ input: from }) => from));
    expect(initializer.filter(({ name }) => !used.has(name))).toEqual([]);
  });

  test('writes back what it read, to the same fields in as many bytes', () => {
    for (const { name, bytes } of all) {
      const again = encode(decode(bytes));
      expect(again.length, name).toBe(bytes.length);
      expect(decode(again)).toEqual(decode(bytes));
    }
  });
});

describe('the ONNX checker', () => {
  // It prints a table for every model.
  beforeAll(() => {
    vi.spyOn(console, 'log').mockImplementation(() => {});
    vi.spyOn(console, 'error').mockImplementation(() => {});
  });
  afterAll(() => {
    vi.restoreAllMocks();
  });

  test('as WebAssembly passes each variant', { timeout: 120_000 }, async () => {
    const checked = [...sample.filter((_, i) => i % 14 === 0), ...lossesAlone];
    const refused: string[] = [];
    for (const { name, bytes } of checked) {
      await simplify(bytes, { constantFolding: false }).catch(({ message }) => refused.push(`${name}: ${message}`));
    }
    expect(refused).toEqual([]);
  });

  const python = process.env['ONNX_PYTHON'];
  test.skipIf(python === undefined)('in Python passes all, in full', { timeout: 300_000 }, () => {
    const folder = mkdtempSync(join(tmpdir(), 'onnx-sample-'));
    all.forEach(({ bytes }, i) => writeFileSync(join(folder, `${i}.onnx`), bytes));
    const script = join(import.meta.dirname, '../oracle/check.py');
    const printed = execFileSync(python as string, [script, folder], { encoding: 'utf8' });
    process.stdout.write(printed);
    expect(printed).toContain(`${all.length} graphs, 0 refused`);
    rmSync(folder, { recursive: true });
  });

  test('refuses what is wrong, and so does ONNX Runtime', async () => {
    const { bytes } = sample[0] as { bytes: Uint8Array };
    const broken = decode(bytes);
    const [first] = broken.graph?.node ?? [];
    if (first !== undefined) first.input[0] = 'no such value';
    await expect(openStrictly(encode(broken))).rejects.toThrow(/no such value/);
    await expect(simplify(encode(broken), { constantFolding: false })).rejects.toThrow();
  });
});
