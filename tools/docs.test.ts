// What the documentation shows is what happens: every TypeScript fence type-checks, runs, and prints what it says.
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { checkedProgram, collectSnippets } from './snippets.ts';

const root = `${import.meta.dirname}/..`;
const folder = `${root}/out/snippets`;
const run = promisify(execFile);

const snippets = collectSnippets(root).map((snippet, i) => ({ ...snippet, path: `${folder}/${i}` }));

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
// The model that pages about models read.
for (const name of ['mlp.onnx', 'mlp.onnx.data']) {
  copyFileSync(`${root}/packages/onnx/test/models/${name}`, `${folder}/${name}`);
}
for (const snippet of snippets) {
  writeFileSync(`${snippet.path}.ts`, snippet.code);
  writeFileSync(`${snippet.path}.mjs`, checkedProgram(snippet));
}
const program = ts.createProgram(
  snippets.map(({ path }) => `${path}.ts`),
  { ...compilerOptions(), noEmit: true, moduleDetection: ts.ModuleDetectionKind.Force },
);

function compilerOptions(): ts.CompilerOptions {
  const path = `${root}/tsconfig.private.json`;
  return ts.parseJsonConfigFileContent(ts.readConfigFile(path, ts.sys.readFile).config, ts.sys, root).options;
}

function typeErrors(path: string): readonly string[] {
  const file = program.getSourceFile(path);
  const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
  return found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

describe.concurrent('documentation', () => {
  for (const { origin, path } of snippets) {
    test(origin, async () => {
      expect(typeErrors(`${path}.ts`)).toEqual([]);
      await run(process.execPath, [`${path}.mjs`], { cwd: folder });
    });
  }
});
