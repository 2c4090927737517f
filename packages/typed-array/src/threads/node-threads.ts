// Where worker threads are, in Node. No import: a page has no such module, and a bundler would look for it.

/** What is used of a worker by who started it. */
export interface Thread {
  postMessage(message: unknown): void;
  terminate(): unknown;
}

/** The worker's end of the line. */
export interface Port {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  postMessage(message: unknown): void;
}

interface NodeThread extends Thread {
  on(event: 'message' | 'error' | 'exit', listener: (what: unknown) => void): void;
  unref(): void;
}

/** The part of node:worker_threads that is used. */
export interface NodeThreads {
  readonly Worker: new (url: object, options: { readonly execArgv: readonly string[] }) => NodeThread;
  readonly parentPort: Port | null;
}

const { process } = globalThis as { readonly process?: { getBuiltinModule?(name: string): unknown } };

/** undefined in a browser, which has Web Workers. */
export const nodeThreads = process?.getBuiltinModule?.('node:worker_threads') as NodeThreads | undefined;
