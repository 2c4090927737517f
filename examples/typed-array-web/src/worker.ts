import { type Machine, type Progress, type Training, train } from './train.js';

/** What the worker tells the page. */
export type News =
  | { readonly kind: 'start'; readonly machine: Machine }
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'failure'; readonly message: string };

/** The part of a worker's global scope that this uses; DOM's types describe a page's. */
const scope = globalThis as unknown as {
  onmessage: (event: { readonly data: Training }) => void;
  postMessage(news: News): void;
};

scope.onmessage = async ({ data }) => {
  try {
    for await (const progress of train(data, (machine) => scope.postMessage({ kind: 'start', machine }))) {
      scope.postMessage({ kind: 'progress', progress });
    }
  } catch (error) {
    const { code, message } = error as Error & { readonly code?: string };
    scope.postMessage({ kind: 'failure', message: code === undefined ? message : `${code}: ${message}` });
  }
};
