// A worker thread of Node, or a Web Worker: whichever there is.

/** What is used of both. */
interface Thread {
  postMessage(message: unknown): void;
  terminate(): unknown;
}

interface NodeThread extends Thread {
  on(event: 'message' | 'error' | 'exit', listener: (what: unknown) => void): void;
  unref(): void;
}

interface WebThread extends Thread {
  onmessage: (() => void) | null;
  onerror: ((event: { readonly message?: string; preventDefault(): void }) => void) | null;
}

interface NodeThreads {
  readonly Worker: new (url: URL) => NodeThread;
  readonly parentPort: Port | null;
}

/** The worker's end of the line to who started it. */
interface Port {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  postMessage(message: unknown): void;
}

// Bundlers know this form alone, and only by this name.
declare const Worker: new (url: URL, options: { readonly type: 'module' }) => WebThread;
interface Located {
  readonly url: string;
}
declare class URL {
  constructor(path: string, base: string);
}

const { process } = globalThis as { readonly process?: { getBuiltinModule?(name: string): unknown } };
// No import: a page has no such module, and a bundler would look for it.
const node = process?.getBuiltinModule?.('node:worker_threads') as NodeThreads | undefined;

/** Starts a thread that runs worker.ts with this message. Returns what ends it. */
export function startWorker(message: unknown, started: () => void, failed: (reason: string) => void): () => void {
  const worker = node === undefined ? startWeb(started, failed) : startNode(node, started, failed);
  worker.postMessage(message);
  return () => void worker.terminate();
}

function startNode(threads: NodeThreads, started: () => void, failed: (reason: string) => void): Thread {
  // Not the form that bundlers know, or they would add the file twice.
  const here = (import.meta as Located).url;
  const worker = new threads.Worker(new URL('./worker.js', here));
  worker.on('message', () => {
    // From now on it keeps no process alive.
    worker.unref();
    started();
  });
  worker.on('error', (error) => failed((error as Error).message));
  worker.on('exit', () => failed('one that ended'));
  return worker;
}

function startWeb(started: () => void, failed: (reason: string) => void): Thread {
  const worker = new Worker(new URL('./worker.js', (import.meta as Located).url), { type: 'module' });
  worker.onmessage = started;
  worker.onerror = (event) => {
    event.preventDefault();
    failed(event.message ?? 'one that did not load');
  };
  return worker;
}

/** In a worker: calls back with the message that it was started with; what is returned is done after the answer. */
export function onStart(begin: (message: unknown) => () => void): void {
  const port = node?.parentPort ?? (globalThis as unknown as Port);
  port.onmessage = ({ data }) => {
    const run = begin(data);
    port.postMessage('started');
    run();
  };
}
