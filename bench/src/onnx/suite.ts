import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Case, Shape } from '../case.js';
import { compareAll, type Findings } from '../compare.js';
import type { Contender } from '../contender.js';
import { nodeProgram } from '../programs.js';
import { forms } from './forms.js';
import { providers } from './open-form.js';
import type { ProbeAnswer, ProbeRequest } from './probe.js';
import { type GraphSize, graphSizes } from './sizes.js';

/** One form in a process of its own. */
export interface Cost extends ProbeAnswer {
  readonly name: string;
  readonly gradient: boolean;
}

/** What the bench found out about ONNX graphs. */
export interface OnnxFindings extends Findings {
  readonly costs: readonly Cost[];
  readonly costShape: Shape;
  readonly sizes: readonly GraphSize[];
}

const shapes: readonly Shape[] = [
  { rows: 64, classes: 1000 },
  { rows: 32, classes: 32_000 },
  { rows: 8, classes: 128_256 },
];
const probe = fileURLToPath(new URL('probe.js', import.meta.url));

/** Every form on every provider; `quick` measures one small batch. */
export async function benchOnnx(quick: boolean): Promise<OnnxFindings> {
  const some = quick ? shapes.slice(0, 1) : shapes;
  const cases = (['forward', 'gradient'] as const).flatMap((operation) =>
    some.map((shape): Case => ({ ...shape, operation, data: 'normal' })),
  );
  const findings = await compareAll(
    cases,
    contenders(),
    quick ? { passes: 1, rounds: 1, seconds: 0 } : { passes: 2, rounds: 3, seconds: 0.3 },
  );
  const costShape = some.at(-1) as Shape;
  const costs = [false, true].flatMap((gradient) => forms.map((_, form) => costOf({ form, gradient, ...costShape })));
  return { ...findings, costs, costShape, sizes: graphSizes() };
}

function contenders(): readonly Contender[] {
  const program = nodeProgram('onnxruntime');
  return providers.flatMap((provider) =>
    forms.map(({ name }) => ({
      name: `${provider}: ${name}`,
      program,
      form: `${provider} ${name}`,
      takes: () => true,
    })),
  );
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
