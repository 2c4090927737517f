import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { drawText } from '../src/drawing.js';
import { ocrModel, publishedModel } from '../src/ocr-model.js';

const folder = `${import.meta.dirname}/..`;
/** Processors round in their own ways: two digits are enough. */
const rounded = (text = ''): string => text.replace(/(\d\.\d\d)\d+/g, '$1');

test('prints what the README shows', () => {
  const shown = /```text\n([\s\S]*?)```/.exec(readFileSync(`${folder}/README.md`, 'utf8'))?.[1];
  const printed = execFileSync(process.execPath, ['dist/main.js'], { cwd: folder, encoding: 'utf8' });
  expect(rounded(printed)).toBe(rounded(shown));
});

test.each(['direction', 'text'] as const)(
  'the %s model of opset 13 computes what the published one does',
  async (name) => {
    const x = new Tensor('float32', drawText('KAFFEE 471', { width: 320 }), [1, 3, 48, 320]);
    const outputs = [publishedModel(name), ocrModel(name)].map(async (bytes) => {
      const session = await InferenceSession.create(bytes, { logSeverityLevel: 3 });
      return Object.values(await session.run({ x }))[0]?.data;
    });
    expect(await outputs[1]).toEqual(await outputs[0]);
  },
);
