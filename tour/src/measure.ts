import { type CrossEntropyOptions, compileTargetTable, type LogitsArray, resolveOptions } from '@label-smoothing/core';
import { batchDenominator, bindBatch, withoutSmoothing } from '@label-smoothing/core/adapter';
import { scalesOf, ulpError } from '@label-smoothing/core/conformance';
import type { Answer, Backend, Criterion } from './backends.js';
import type { Progress } from './progress.js';
import type { Sample } from './sample.js';

/** How one backend did on the sample. */
export interface Measurement {
  readonly name: string;
  readonly dtype: Backend['dtype'];
  readonly how: string;
  /** Worst distance to the reference, in ULP of `dtype`; of the row losses and of every element of the gradient. */
  readonly worstUlp: { readonly loss: number; readonly nll: number | null; readonly gradient: number };
  /** Least time of one call that returns the mean loss, the gradient, and the nll where there is one. */
  readonly milliseconds: number;
}

/** Every backend against the first one, which is the reference: its worst errors and its time. */
export async function measureBackends(
  backends: readonly Backend[],
  sample: Sample,
  options: CrossEntropyOptions,
  rounds: number,
  progress: Progress,
): Promise<readonly Measurement[]> {
  const judge = await createJudge(backends[0]!, sample, { ...options, reduction: 'none' });
  const milliseconds = await timeBackends(backends, sample, options, rounds, progress);
  progress.start('distance to the reference', backends.length);
  const measurements: Measurement[] = [];
  for (const [i, backend] of backends.entries()) {
    const { name, dtype, how } = backend;
    const answer = await answerOnce(backend, sample, { ...options, reduction: 'none' });
    measurements.push({ name, dtype, how, worstUlp: judge(answer, dtype), milliseconds: milliseconds[i]! });
    progress.step();
  }
  return measurements;
}

type Judge = (answer: Answer, dtype: Backend['dtype']) => Measurement['worstUlp'];

/** Judges row losses and gradients at the scale of the computation that led to them (docs/tolerances.md). */
async function createJudge(reference: Backend, sample: Sample, options: CrossEntropyOptions): Promise<Judge> {
  const resolved = resolveOptions(options, 'labels');
  const batch = bindBatch(logitsFor(reference, sample), sample.labels, resolved);
  const scalesWith = (tableOptions: typeof resolved) => {
    const table = compileTargetTable(tableOptions);
    return scalesOf(table, batch, batchDenominator(table, batch));
  };
  const smoothed = scalesWith(resolved);
  const hard = scalesWith(withoutSmoothing(resolved));
  const truth = await answerOnce(reference, sample, options);
  return (answer, dtype) => ({
    loss: worstUlp(dtype, answer.loss, truth.loss, smoothed.loss),
    nll: answer.nll === undefined ? null : worstUlp(dtype, answer.nll, truth.nll!, hard.loss),
    gradient: worstUlp(dtype, answer.gradient, truth.gradient, smoothed.gradient),
  });
}

function worstUlp(dtype: Backend['dtype'], actual: Answer['loss'], truth: Answer['loss'], scale: Float64Array): number {
  const answers = values(actual);
  return values(truth).reduce((worst, expected, i) => {
    return Math.max(worst, ulpError(dtype, answers[i] ?? Number.NaN, expected, scale[i]!));
  }, 0);
}

/** Rounds in which every backend has its turn, so that a busy moment of the machine hits all of them; the least counts. */
async function timeBackends(
  backends: readonly Backend[],
  sample: Sample,
  options: CrossEntropyOptions,
  rounds: number,
  progress: Progress,
): Promise<number[]> {
  const criteria = await Promise.all(backends.map((backend) => backend.create(options)));
  const inputs = backends.map((backend) => logitsFor(backend, sample));
  const least = backends.map(() => Number.POSITIVE_INFINITY);
  progress.start('time of each backend', rounds);
  for (let round = 0; round < rounds; round++) {
    for (const [i, criterion] of criteria.entries()) {
      const start = performance.now();
      await criterion.compute(inputs[i]!, sample.labels);
      least[i] = Math.min(least[i]!, performance.now() - start);
    }
    progress.step();
  }
  await Promise.all(criteria.map((criterion) => criterion.release?.()));
  return least;
}

async function answerOnce(backend: Backend, sample: Sample, options: CrossEntropyOptions): Promise<Answer> {
  const criterion: Criterion = await backend.create(options);
  const answer = await criterion.compute(logitsFor(backend, sample), sample.labels);
  // A released backend may take its memory back.
  const kept = { ...answer, gradient: answer.gradient.slice() };
  await criterion.release?.();
  return kept;
}

function logitsFor({ dtype }: Backend, { logits }: Sample): LogitsArray {
  return dtype === 'float32' ? logits : Float64Array.from(logits);
}

function values(answer: Answer['loss']): Float64Array {
  return typeof answer === 'number' ? Float64Array.of(answer) : Float64Array.from(answer);
}
