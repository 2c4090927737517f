// What the documentation says of the code as lists and tables is what the code has.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { pages } from './generate-docs.mjs';

const read = (path: string) => readFileSync(`${import.meta.dirname}/../${path}`, 'utf8');

describe('generated parts are up to date: npm run build && npm run docs:generate', () => {
  for (const { path, current, fresh } of pages()) {
    test(path, () => expect(current).toBe(fresh));
  }
});

test('docs/errors.md has every code of the union, in its order', () => {
  const union = read('packages/core/src/errors.ts').match(/(?<=\| ')LS_\w+(?=')/g);
  expect(read('docs/errors.md').match(/(?<=^## )LS_\w+$/gm)).toEqual(union);
});

test('ARCHITECTURE.md has every file of the conformance kit', () => {
  const [, kit = ''] = read('ARCHITECTURE.md').split('## The conformance kit');
  const files = readdirSync(`${import.meta.dirname}/../packages/core/src/conformance`);
  expect(files.filter((name) => !kit.includes(name.endsWith('.ts') ? `\`${name}\`` : `\`${name}/\``))).toEqual([]);
});

test('docs/dialects.md begins with what the defaults are', () => {
  expect(read('docs/dialects.md').split('\n')[2]).toMatch(/^With no dialect the defaults are PyTorch's, except/);
});

test('links between pages lead somewhere', () => {
  const files = ['README.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md', 'THIRD_PARTY.md'];
  const names = ['README', 'spec', 'dialects', 'vectors', 'conformance', 'onnx', 'cuda', 'tolerances', 'errors'];
  const docs = names.map((name) => `docs/${name}.md`);
  const broken = [...files, ...docs].flatMap((file) =>
    [...read(file).matchAll(/\]\(([^)#:]*)(?:#([^)]*))?\)/g)].flatMap(([, path = '', anchor]) => {
      const target = path === '' ? file : new URL(path, `file:///${file}`).pathname.slice(1);
      return isThere(target, anchor) ? [] : [`${file}: ${path}${anchor === undefined ? '' : `#${anchor}`}`];
    }),
  );
  expect(broken).toEqual([]);
});

function isThere(path: string, anchor: string | undefined): boolean {
  if (!existsSync(`${import.meta.dirname}/../${path}`)) return false;
  if (anchor === undefined) return true;
  const slugs = [...read(path).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  );
  return slugs.includes(anchor);
}
