import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { refuse } from '../refuse.js';

/** What a module exports. */
export type Exports = Readonly<Record<string, unknown>>;
/** `import()` from a file in the current folder: what it resolves against is where it stands. */
export type ImportHere = (specifier: string) => Promise<Exports>;

/** What a module exports: a path, or a package specifier as a file in the current folder would resolve it. */
export async function loadModule(module: string, importHere: ImportHere): Promise<Exports> {
  if (/^\.{0,2}[/\\]/.test(module) && !existsSync(module)) {
    refuse('LS_CONTRACT', `${module}: there is no such file, seen from ${process.cwd()}`);
  }
  try {
    return await importHere(specifierOf(module));
  } catch (error) {
    return refuse('LS_CONTRACT', `${module}: ${whyNot(error)}`);
  }
}

/** `backend.mjs` is a path where there is such a file, as in `node backend.mjs`; else it is the name of a package. */
function specifierOf(module: string): string {
  return existsSync(module) ? pathToFileURL(resolve(module)).href : module;
}

function whyNot(error: unknown): string {
  if (!(error instanceof Error)) return `threw ${String(error)} while it was loaded`;
  const { code } = error as { readonly code?: unknown };
  switch (code) {
    case 'ERR_UNKNOWN_FILE_EXTENSION':
      return `Node ${process.version} does not run this kind of file; compile it, or set NODE_OPTIONS="--import tsx"`;
    case 'ERR_MODULE_NOT_FOUND':
    case 'ERR_PACKAGE_PATH_NOT_EXPORTED':
      return error.message.replace(/ imported from \S*\[eval1\]$/, `, seen from ${process.cwd()}`);
    default: {
      const at = /file:\/\/\S+?:\d+/.exec(error.stack ?? '')?.[0];
      return `failed while it was loaded: ${error.name}: ${error.message}${at === undefined ? '' : ` (${at})`}`;
    }
  }
}
