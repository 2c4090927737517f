import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { dialects } from '@label-smoothing/core';
import { readVectorIndex, type VectorFile } from '@label-smoothing/core/vectors';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';

const folder = new URL('../vectors/', import.meta.url);
const read = (file: string): string => readFileSync(new URL(file, folder), 'utf8');
const validate = new Ajv2020({ allErrors: true, strict: false }).compile(JSON.parse(read('schema.json')));
const { files } = await readVectorIndex();
const regimes = files.filter(({ file }) => !file.startsWith('frameworks/'));

describe('the files of the golden vectors', () => {
  test('are all in the index', () => {
    const stored = ['', 'frameworks/'].flatMap((sub) =>
      readdirSync(new URL(sub, folder))
        .filter((name) => name.endsWith('.json') && name !== 'index.json' && name !== 'schema.json')
        .map((name) => `${sub}${name}`),
    );
    expect(files.map(({ file }) => file).sort()).toEqual(stored.sort());
  });

  test.each(files.map((entry) => [entry.file, entry] as const))('%s fits its schema, hash and count', (file, entry) => {
    const text = read(file);
    const content = JSON.parse(text) as VectorFile;
    expect(validate(content) ? [] : validate.errors?.slice(0, 3)).toEqual([]);
    expect(createHash('sha256').update(text).digest('hex')).toBe(entry.sha256);
    expect(content.cases.length).toBe(entry.cases);
    expect(new Set(content.cases.map(({ id }) => id)).size).toBe(entry.cases);
  });

  test('hold at least 800 oracle cases, 150 to 240 of them tier core, most in float32, and 150 framework answers over all dialects', () => {
    const cases = regimes.flatMap(({ file }) => (JSON.parse(read(file)) as VectorFile).cases);
    const core = cases.filter(({ tier }) => tier === 'core');
    expect(cases.length).toBeGreaterThanOrEqual(800);
    expect(core.length).toBeGreaterThanOrEqual(150);
    expect(core.length).toBeLessThanOrEqual(240);
    expect(core.filter(({ dtype }) => dtype === 'float32').length).toBeGreaterThan(core.length / 2);
    const recorded = files.filter(({ file }) => file.startsWith('frameworks/'));
    expect(recorded.map(({ file }) => file.slice(11, -5)).sort()).toEqual(Object.keys(dialects).sort());
    expect(recorded.reduce((sum, { cases: count }) => sum + count, 0)).toBeGreaterThanOrEqual(150);
  });

  test('name a bug and a clause of the specification for every flag', () => {
    for (const { file } of regimes) {
      const { notes, cases } = JSON.parse(read(file)) as VectorFile;
      expect([...new Set(cases.flatMap(({ flags }) => flags))].filter((flag) => !(flag in notes))).toEqual([]);
    }
  });

  test('compress to less than 1 MB', () => {
    const bytes = files.reduce((sum, { file }) => sum + gzipSync(read(file)).length, 0);
    expect(bytes).toBeLessThan(1_000_000);
  });
});
