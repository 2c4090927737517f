import { phrase, wrongValue } from '@label-smoothing/core/adapter';
import type { Block } from '../wasm-row.js';
import { computeRows } from '../wasm-rows.js';
import { closeJob, newControl, openJob, takeChunks } from './control.js';
import { startWorker } from './start-worker.js';
import type { WorkerStart } from './worker.js';

/** Elements below which waking others takes longer than their help saves. */
const leastElements = 2 ** 15;
/** At most so many elements a thread takes at a time, where a row has fewer. */
const chunkElements = 2 ** 13;

/** Workers that help one thread with its calls. They hold no state of a call, so it does not matter who is there when. */
export class ThreadPool {
  /** Resolves when all workers run. */
  readonly ready: Promise<void>;
  private readonly threads: number;
  private readonly control: Int32Array;
  private readonly ends: (() => void)[] = [];
  private fault: string | null = null;
  private ended = false;
  private settle: () => void = () => {};

  constructor(threads: number, start: Omit<WorkerStart, 'control' | 'thread'>) {
    this.threads = threads;
    this.control = newControl(threads);
    this.ready = this.start(start);
    // Who does not wait for it hears of a fault from the next call.
    this.ready.catch(() => {});
  }

  private async start(start: Omit<WorkerStart, 'control' | 'thread'>): Promise<void> {
    let missing = this.threads - 1;
    const settled = new Promise<void>((resolve) => {
      this.settle = resolve;
    });
    const started = (): void => {
      missing--;
      if (missing === 0) this.settle();
    };
    try {
      for (let thread = 1; thread < this.threads; thread++) {
        const message = { ...start, control: this.control, thread };
        this.ends.push(startWorker(message, started, (reason) => this.fail(reason)));
      }
    } catch (error) {
      this.fail((error as Error).message);
    }
    await settled;
    this.check();
    if (missing > 0) wrongValue('LS_DISPOSED', 'criterion', 'one that is in use', phrase('one after dispose()'));
  }

  private fail(reason: string): void {
    if (this.ended) return;
    this.fault = reason;
    this.end();
  }

  private check(): void {
    if (this.fault === null) return;
    wrongValue('LS_THREADS', 'threads', 'workers that start and stay', phrase(`a fault: ${this.fault}`));
  }

  /** Computes the first rows of a block, with whoever is there to help. */
  run(block: Block, rows: number): void {
    this.check();
    const { classes, layout } = block.memory;
    if (this.ended || rows * classes < leastElements) {
      computeRows(block, 0, rows);
      return;
    }
    const bytes = block.memory.buffer.byteLength;
    const unit = layout.sumRows;
    const chunk = unit * Math.max(1, Math.floor(chunkElements / (unit * classes)));
    const job = { ...block, rows, unit, chunk, bytes };
    openJob(this.control, job, this.threads);
    takeChunks(this.control, job, 0, this.threads, (first, end) => computeRows(block, first, end));
    if (closeJob(this.control)) return;
    this.fail('one that stopped in the middle of a call');
    this.check();
  }

  /** Ends all workers. */
  end(): void {
    this.ended = true;
    for (const end of this.ends) end();
    this.settle();
  }
}
