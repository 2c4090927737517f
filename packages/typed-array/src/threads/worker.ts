import type { CrossEntropyOptions, TargetKind } from '@label-smoothing/core';
import { compile } from '../evaluate.js';
import { KernelMemory, type KernelSize } from '../kernel-memory.js';
import { type RowRules, rulesOf } from '../rules.js';
import type { WasmMemory } from '../wasm.js';
import { computeRows } from '../wasm-rows.js';
import { serveJobs, takeChunks } from './control.js';
import { nodeThreads, type Port } from './node-threads.js';

/** What a worker needs to know to compute rows as the criterion's own thread does. */
export interface WorkerStart {
  readonly module: object;
  readonly memory: WasmMemory;
  readonly control: Int32Array;
  readonly size: KernelSize;
  /** Its number, from 1. */
  readonly thread: number;
  readonly options: CrossEntropyOptions;
}

const port = nodeThreads?.parentPort ?? (globalThis as unknown as Port);

port.onmessage = ({ data }) => {
  const { module, memory: shared, control, size, thread, options } = data as WorkerStart;
  const memory = new KernelMemory(module, size, shared, thread);
  const rules: Partial<Record<TargetKind, RowRules>> = {};
  const rulesFor = (kind: TargetKind): RowRules => {
    rules[kind] ??= rulesOf(compile(options, kind), kind);
    return rules[kind];
  };
  rulesFor('labels');
  port.postMessage('started');
  serveJobs(control, (job) => {
    if (job.bytes > memory.buffer.byteLength) memory.look(job.bytes);
    const block = { ...job, memory, rules: rulesFor(job.targets === 0 ? 'labels' : 'probabilities') };
    takeChunks(control, job, thread, size.threads, (first, end) => computeRows(block, first, end));
  });
};
