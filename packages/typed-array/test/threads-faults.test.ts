import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import type { Worker, WorkerOptions } from 'node:worker_threads';
import { type CrossEntropyCriterion, createCrossEntropy } from '@label-smoothing/typed-array';
import { afterEach, describe, expect, test, vi } from 'vitest';

const code = (expected: string, message = ''): unknown =>
  expect.objectContaining({ code: expected, message: expect.stringContaining(message) });
const options = { classes: 1000, labelSmoothing: 0.1 } as const;
const rows = 2000;
const logits = Float32Array.from({ length: rows * options.classes }, (_, i) => 4 * Math.sin(i * i));
const labels = Int32Array.from({ length: rows }, (_, i) => (i * 7) % options.classes);
const expected = createCrossEntropy(options).lossAndGradient(logits, labels);

type NodeWorker = new (source: string | URL, options?: WorkerOptions) => Worker;
const workerThreads = process.getBuiltinModule('node:worker_threads') as { Worker: NodeWorker };
const NodeWorker = workerThreads.Worker;
/** Every worker that a criterion has started. */
let started: Worker[] = [];

/** From now on each worker runs this instead, if it is given. */
function intercept(source?: string | URL): void {
  workerThreads.Worker = class extends NodeWorker {
    constructor(url: string | URL) {
      super(source ?? url, { eval: typeof source === 'string' });
      started.push(this);
    }
  };
}

afterEach(() => {
  workerThreads.Worker = NodeWorker;
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  started = [];
});

/** A worker that answers, and does this when it is in the middle of a call. */
const doing = (what: string): string => `
  const { parentPort } = require('node:worker_threads');
  parentPort.once('message', async ({ control }) => {
    const { serveJobs } = await import(${JSON.stringify(new URL('../dist/threads/control.js', import.meta.url).href)});
    parentPort.postMessage('started');
    serveJobs(control, () => { ${what} });
  });`;

/** Calls until the worker is there before all is done. */
function callUntilFault(criterion: CrossEntropyCriterion): void {
  for (let call = 0; call < 1000; call++) criterion.forward(logits, labels);
}

describe('a worker', () => {
  test('takes its part of the rows', async () => {
    const criterion = createCrossEntropy({ ...options, threads: 2 });
    await criterion.ready;
    const own = criterion.alloc(logits.length);
    own.set(logits);
    const add = vi.spyOn(Atomics, 'add');
    const calls = 20;
    for (let call = 0; call < calls; call++) criterion.forward(own, labels);
    // Once to open, once to close, once in vain at each share; and once for each 8 rows that the caller took.
    const mine = add.mock.calls.length - 4 * calls;
    expect(mine).toBeGreaterThan(0);
    expect(mine).toBeLessThan((calls * rows) / 8);
    criterion.dispose();
  });

  test('that dies in the middle of a call: an error, soon', async () => {
    intercept(doing('process.exit(1)'));
    const criterion = createCrossEntropy({ ...options, threads: 2 });
    await criterion.ready;
    expect(() => callUntilFault(criterion)).toThrow(code('LS_THREADS', 'in the middle of a call'));
    expect(() => criterion.forward(logits, labels)).toThrow(code('LS_THREADS'));
    criterion.dispose();
    expect(() => criterion.forward(logits, labels)).toThrow(code('LS_DISPOSED'));
  });

  test('that fails in the middle of a call', async () => {
    intercept(doing("throw new Error('no')"));
    const criterion = createCrossEntropy({ ...options, threads: 2 });
    await criterion.ready;
    expect(() => callUntilFault(criterion)).toThrow(code('LS_THREADS', 'in the middle of a call'));
    criterion.dispose();
  });

  test('that ends between two calls', async () => {
    intercept();
    const criterion = createCrossEntropy({ ...options, threads: 3 });
    await criterion.ready;
    await started[1]?.terminate();
    expect(() => criterion.forward(logits, labels)).toThrow(code('LS_THREADS', 'one that ended'));
    await vi.waitFor(() => expect(started[0]?.threadId).toBe(-1));
  });

  test('that is ended while a call waits for it', async () => {
    intercept();
    const classes = 2 ** 22;
    const criterion = createCrossEntropy({ classes, threads: 2 });
    await criterion.ready;
    const own = criterion.alloc(2 * classes);
    const { wait } = Atomics;
    // It is called where the caller has done its own row, which does not count, and the worker is still at the other.
    vi.spyOn(Atomics, 'wait').mockImplementation((...call) => {
      void started.pop()?.terminate();
      return wait(...call);
    });
    const call = (): void => {
      for (let i = 0; i < 1000; i++) criterion.lossAndGradient(own, [-100, 1], { out: own });
    };
    expect(call).toThrow(code('LS_THREADS', 'in the middle of a call'));
  });

  test('that does not load', async () => {
    intercept(new URL('./nowhere.js', import.meta.url));
    const criterion = createCrossEntropy({ ...options, threads: 2 });
    await expect(criterion.ready).rejects.toThrow(code('LS_THREADS', 'nowhere.js'));
    expect(() => criterion.forward(logits, labels)).toThrow(code('LS_THREADS', 'nowhere.js'));
  });

  test('that may not be started', async () => {
    workerThreads.Worker = class {
      constructor() {
        throw new Error('not allowed');
      }
    } as unknown as NodeWorker;
    const criterion = createCrossEntropy({ ...options, threads: 2 });
    expect(() => criterion.forward(logits, labels)).toThrow(code('LS_THREADS', 'not allowed'));
    await expect(criterion.ready).rejects.toThrow(code('LS_THREADS', 'not allowed'));
  });
});

describe('dispose', () => {
  test('ends the workers', async () => {
    intercept();
    const criterion = createCrossEntropy({ ...options, threads: 3 });
    await criterion.ready;
    const ends = started.map((worker) => once(worker, 'exit'));
    criterion.dispose();
    await Promise.all(ends);
    expect(ends).toHaveLength(2);
    expect(() => criterion.alloc(1)).toThrow(code('LS_DISPOSED'));
  });

  test('before they run', async () => {
    const criterion = createCrossEntropy({ ...options, threads: 2 });
    criterion.dispose();
    await expect(criterion.ready).rejects.toThrow(code('LS_DISPOSED'));
  });

  test('in the middle of a call: that call is right', async () => {
    const criterion = createCrossEntropy({ ...options, threads: 2 });
    await criterion.ready;
    const call = {
      get sampleWeight(): undefined {
        criterion.dispose();
        return undefined;
      },
    };
    const result = criterion.lossAndGradient(logits, labels, call);
    expect(result.loss).toBe(expected.loss);
    expect(Buffer.from(result.gradient.buffer).equals(Buffer.from(expected.gradient.buffer))).toBe(true);
  });

  test.each(['await criterion.ready;', ''])('may be forgotten: the process ends (%s)', async (wait) => {
    const source = `
      import { createCrossEntropy } from '@label-smoothing/typed-array';
      const criterion = createCrossEntropy({ classes: 1000, threads: 3 });
      ${wait}
      console.log(criterion.forward(new Float32Array(200_000), new Int32Array(200)).loss.toFixed(3));`;
    const run = promisify(execFile)(process.execPath, ['--input-type=module', '-e', source], {
      cwd: new URL('..', import.meta.url),
      timeout: 30_000,
    });
    expect((await run).stdout).toBe('6.908\n');
  });
});

describe('arrays', () => {
  const onShared = <A extends Float32Array | Int32Array | Float64Array>(array: A): A => {
    const Kind = array.constructor as new (buffer: SharedArrayBuffer) => A;
    const copy = new Kind(new SharedArrayBuffer(array.byteLength));
    copy.set(array);
    return copy;
  };

  test.each([1, 2])('on a SharedArrayBuffer of the caller, %i threads', async (threads) => {
    const sampleWeight = Float64Array.from(labels, (y) => y % 3);
    const wanted = createCrossEntropy(options).lossAndGradient(logits, labels, { sampleWeight });
    const criterion = createCrossEntropy({ ...options, threads });
    await criterion.ready;
    const out = onShared(new Float32Array(logits.length));
    const call = { sampleWeight: onShared(sampleWeight), out };
    const { loss, nll, gradient } = criterion.lossAndGradient(onShared(logits), onShared(labels), call);
    expect([loss, nll]).toEqual([wanted.loss, wanted.nll]);
    expect(gradient).toBe(out);
    expect(out.every((g, i) => g === wanted.gradient[i])).toBe(true);
    criterion.dispose();
  });

  test('of two criterions are apart, and either takes those of the other', async () => {
    const [one, two] = [2, 3].map((threads) => createCrossEntropy({ ...options, threads }));
    if (one === undefined || two === undefined) throw new Error('two');
    await Promise.all([one.ready, two.ready]);
    const [a, b] = [one.alloc(logits.length), two.alloc(logits.length)];
    a.set(logits);
    b.set(logits);
    expect(one.lossAndGradient(b, labels, { out: a }).loss).toBe(expected.loss);
    expect(two.forward(b, labels).loss).toBe(expected.loss);
    expect(two.lossAndGradient(b, labels, { out: b }).gradient.every((g, i) => g === a[i])).toBe(true);
    one.dispose();
    two.dispose();
  });

  test('that no memory has room for', async () => {
    const criterion = createCrossEntropy({ ...options, threads: 2 });
    for (const length of [2 ** 31, 2 ** 52]) expect(() => criterion.alloc(length)).toThrow(code('LS_MEMORY', 'length'));
    expect(criterion.alloc(10)).toEqual(new Float32Array(10));
    expect(criterion.forward(logits, labels).loss).toBe(expected.loss);
    criterion.dispose();
  });
});

describe('threads are not to be had', () => {
  test('without shared memory', () => {
    vi.stubGlobal('SharedArrayBuffer', undefined);
    expect(() => createCrossEntropy({ ...options, threads: 2 })).toThrow(code('LS_THREADS', 'cross-origin isolated'));
    expect(createCrossEntropy(options).forward(logits, labels).loss).toBe(expected.loss);
  });

  test('where nothing may wait', () => {
    vi.spyOn(Atomics, 'wait').mockImplementation(() => {
      throw new TypeError('Atomics.wait cannot be called in this context');
    });
    expect(() => createCrossEntropy({ ...options, threads: 2 })).toThrow(code('LS_THREADS', 'in a worker'));
  });
});
