import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Batch } from '../entry.js';
import { measure, type Timing } from '../measure.js';
import { forms } from './forms.js';
import type { ProbeAnswer, ProbeRequest } from './probe.js';
import { formsOn } from './runtimes.js';
import { type GraphSize, graphSizes } from './sizes.js';

/** One form in a process of its own. */
export interface Cost extends ProbeAnswer {
  readonly name: string;
  readonly gradient: boolean;
}

/** What the bench found out about ONNX graphs. */
export interface OnnxResults {
  readonly timings: readonly Timing[];
  readonly costs: readonly Cost[];
  readonly costBatch: Batch;
  readonly sizes: readonly GraphSize[];
}

const batches: readonly Batch[] = [
  { rows: 64, classes: 1000 },
  { rows: 32, classes: 32_000 },
  { rows: 8, classes: 128_256 },
];
const probe = fileURLToPath(new URL('probe.js', import.meta.url));

/** Every form on every provider; `quick` measures one small batch. */
export async function benchOnnx(quick: boolean): Promise<OnnxResults> {
  const timings: Timing[] = [];
  for (const provider of ['cpu', 'wasm'] as const) {
    for (const gradient of [false, true]) {
      for (const batch of quick ? batches.slice(0, 1) : batches) {
        timings.push(await measure(formsOn(provider, gradient), batch, quick ? 0.2 : 8));
      }
    }
  }
  const costBatch = batches[quick ? 0 : 1] as Batch;
  const costs = [false, true].flatMap((gradient) => forms.map((_, form) => costOf({ form, gradient, ...costBatch })));
  return { timings, costs, costBatch, sizes: graphSizes() };
}

/** The least of three processes. */
function costOf(request: ProbeRequest): Cost {
  const answers = [1, 2, 3].map(() => askProbe(request));
  const [name, gradient] = [forms[request.form]?.name ?? '', request.gradient];
  const startMilliseconds = Math.min(...answers.map((answer) => answer.startMilliseconds));
  const peaks = answers.flatMap(({ peakMiB }) => peakMiB ?? []);
  return { name, gradient, startMilliseconds, peakMiB: peaks.length === 0 ? null : Math.min(...peaks) };
}

function askProbe(request: ProbeRequest): ProbeAnswer {
  const printed = execFileSync(process.execPath, ['--expose-gc', probe, JSON.stringify(request)], { encoding: 'utf8' });
  return JSON.parse(printed) as ProbeAnswer;
}
