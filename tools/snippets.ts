import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import ts from 'typescript';

/** A piece of TypeScript that a reader may copy: where it stands and what it says. */
export interface Snippet {
  /** `packages/core/README.md:12`. */
  readonly origin: string;
  readonly code: string;
}

const sources = ['*.md', 'docs/**/*.md', 'packages/*/*.md', 'packages/*/src/**/*.ts', 'examples/*/*.md', 'tour/*.md'];

/** Every fence marked `ts` of the Markdown files, and of the docstrings of the packages. */
export function collectSnippets(root: string): readonly Snippet[] {
  const files = ts.sys.readDirectory(root, ['.md', '.ts'], ['**/CHANGELOG.md'], sources);
  return files.sort().flatMap((file) => {
    const text = readFileSync(file, 'utf8');
    return fences(relative(root, file), file.endsWith('.md') ? text : docstrings(text));
  });
}

/** Blanks out everything but the docstrings' text, so that line numbers stay. */
function docstrings(text: string): string {
  const blank = (code: string) => code.replace(/[^\n]/g, '');
  let end = 0;
  let kept = '';
  for (const { 0: comment, index } of text.matchAll(/\/\*\*[\s\S]*?\*\//g)) {
    kept += blank(text.slice(end, index)) + comment.replace(/^[ \t]*\*( |$)/gm, '');
    end = index + comment.length;
  }
  return kept;
}

/** The `ts` fences of a Markdown text, without the indentation of the list they stand in. */
export function fences(file: string, text: string): readonly Snippet[] {
  return [...text.matchAll(/^( *)```ts\n([\s\S]*?)^ *```/gm)].map(({ 1: indent = '', 2: code = '', index }) => ({
    origin: `${file}:${text.slice(0, index).split('\n').length}`,
    code: code.replaceAll(`\n${indent}`, '\n').slice(indent.length),
  }));
}

/** The snippet as JavaScript in which `console.log(x); // text` throws unless it prints `text`. */
export function checkedProgram({ code }: Snippet): string {
  const source = ts.createSourceFile('snippet.ts', code, ts.ScriptTarget.ES2022, true);
  const edits: { readonly at: number; readonly expected: string }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && node.expression.getText() === 'console.log') {
      const comment = /^[ \t]*;?[ \t]*\/\/[ \t]*(.+)/.exec(code.slice(node.end));
      if (comment?.[1]) edits.push({ at: node.expression.getStart(), expected: comment[1].trim() });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  let checked = code;
  for (const { at, expected } of edits.reverse()) {
    const call = `expectPrinted(${JSON.stringify(expected)})`;
    checked = checked.slice(0, at) + call + checked.slice(at + 'console.log'.length);
  }
  const options = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ES2022, verbatimModuleSyntax: true };
  return prelude + ts.transpileModule(checked, { compilerOptions: options }).outputText;
}

/** White space counts as one blank; a trailing … says that more follows. */
const prelude = `import { format } from 'node:util';
const folded = (text) => text.replace(/\\s+/g, ' ').trim();
const expectPrinted = (expected) => (...values) => {
  const printed = folded(format(...values));
  const isSame = expected.endsWith('…') ? printed.startsWith(folded(expected.slice(0, -1))) : printed === folded(expected);
  if (!isSame)
    throw new Error('printed: ' + printed + '\\nthe comment says: ' + expected);
};
`;
