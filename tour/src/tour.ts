import { crossEntropy } from '@label-smoothing/core';
import { type Absent, findAvailable } from './available.js';
import { backends } from './backends.js';
import { type ConfidencePicture, describeConfidence } from './confidence.js';
import { compareDialects, type DialectAnswer } from './dialects.js';
import { type Graph, tryGraph } from './graph.js';
import { type Measurement, measureBackends } from './measure.js';
import type { Progress } from './progress.js';
import { drawSample } from './sample.js';
import { fastestKernel } from './typed-array.js';
import { judgeBackends, type Verdict } from './verdicts.js';

/** Everything the tour found out: what the summary and the report show. */
export interface Tour {
  readonly labelSmoothing: number;
  readonly classes: number;
  readonly rows: number;
  readonly windowLength: number;
  readonly seed: number;
  /** Means over the rows, in nats. */
  readonly loss: number;
  readonly nll: number;
  readonly measurements: readonly Measurement[];
  readonly absent: readonly Absent[];
  /** What typed-array computes float32 logits with if nothing is asked for. */
  readonly kernel: string;
  readonly graph: Graph;
  readonly dialects: readonly DialectAnswer[];
  readonly confidence: ConfidencePicture;
  readonly verdicts: readonly Verdict[];
  readonly node: string;
  readonly seconds: number;
}

const labelSmoothing = 0.1;
const windowLength = 24;
const seed = 2015;

/** Runs every stage; `quick` takes a tenth of the windows and few rounds. */
export async function runTour(quick: boolean, progress: Progress): Promise<Tour> {
  const start = performance.now();
  const sample = await drawSample({ windowsPerLanguage: quick ? 6 : 60, windowLength, seed }, progress);
  const classes = sample.languages.length;
  const options = { classes, labelSmoothing };
  const { available, absent } = await findAvailable(backends);
  const measurements = await measureBackends(available, sample, options, quick ? 5 : 25, progress);
  const { loss, nll } = crossEntropy(sample.logits, sample.labels, options);
  const dialects = compareDialects(sample, labelSmoothing);
  const confidence = describeConfidence(sample, labelSmoothing);
  const verdicts = await judgeBackends(quick, progress);
  progress.stop();
  return {
    labelSmoothing,
    classes,
    rows: sample.windows.length,
    windowLength,
    seed,
    loss: Number(loss),
    nll: Number(nll),
    measurements,
    absent,
    kernel: fastestKernel,
    graph: await tryGraph(sample, options),
    dialects,
    confidence,
    verdicts,
    node: process.version,
    seconds: (performance.now() - start) / 1000,
  };
}
