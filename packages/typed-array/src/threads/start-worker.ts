// A worker thread of Node, or a Web Worker: whichever there is. worker.ts does not import this, or it would be a part of itself.
import { type NodeThreads, nodeThreads, type Thread } from './node-threads.js';

interface WebThread extends Thread {
  onmessage: (() => void) | null;
  onerror: ((event: { readonly message?: string; preventDefault(): void }) => void) | null;
}

interface Located {
  readonly url: string;
}

// Bundlers know this form alone, and only by this name.
declare const Worker: new (url: URL, options: { readonly type: 'module' }) => WebThread;
declare class URL {
  constructor(path: string, base: string);
}

/** Starts a thread that runs worker.ts with this message. Returns what ends it. */
export function startWorker(message: unknown, started: () => void, failed: (reason: string) => void): () => void {
  const worker = nodeThreads === undefined ? startWeb(started, failed) : startNode(nodeThreads, started, failed);
  worker.postMessage(message);
  return () => void worker.terminate();
}

function startNode(threads: NodeThreads, started: () => void, failed: (reason: string) => void): Thread {
  // Not the form that bundlers know, or they would add the file twice; and without flags of the caller's own program.
  const here = (import.meta as Located).url;
  const worker = new threads.Worker(new URL('./worker.js', here), { execArgv: [] });
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
