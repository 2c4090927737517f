import { crossEntropy, optimalConfidence, optimalLogitGap } from '@label-smoothing/core';
import { languageName, type Sample } from './sample.js';

/** What the model believes, row by row and language by language. */
export interface ConfidencePicture {
  readonly accuracy: number;
  /** Mean probability of the most probable class. */
  readonly meanConfidence: number;
  /** Probability of the true class. */
  readonly probability: Distribution;
  /** Logit of the true class less the mean of the others. */
  readonly gap: Distribution;
  /** Largest loss first; languages without a window are left out. */
  readonly languages: readonly LanguageLoss[];
  /** Windows from the smallest loss to the largest. */
  readonly examples: readonly ExampleWindow[];
}

/** A quantity over the rows, and its value at the minimum of the smoothed loss. */
export interface Distribution {
  readonly optimum: number;
  /** Part of the rows above the optimum. */
  readonly above: number;
  readonly histogram: Histogram;
}

/** Rows by a quantity, in bins of one width from `start` on. */
export interface Histogram {
  readonly start: number;
  readonly width: number;
  readonly counts: readonly number[];
}

export interface LanguageLoss {
  readonly name: string;
  readonly loss: number;
  readonly nll: number;
}

export interface ExampleWindow {
  readonly text: string;
  readonly language: string;
  readonly answer: string;
  /** Of the true class. */
  readonly probability: number;
  readonly loss: number;
  readonly nll: number;
}

interface Row extends Omit<ExampleWindow, 'language' | 'answer'> {
  readonly label: number;
  readonly answer: number;
  readonly confidence: number;
  readonly gap: number;
}

/** Confidence and losses of the sample, from the reference's row losses. */
export function describeConfidence(sample: Sample, labelSmoothing: number): ConfidencePicture {
  const { languages } = sample;
  const rows = readRows(sample, labelSmoothing);
  const choice = { labelSmoothing, classes: languages.length };
  const byLoss = [...rows].sort((a, b) => a.loss - b.loss);
  const examples = [0, 0.25, 0.5, 0.75, 1].map((part) => byLoss[Math.round(part * (rows.length - 1))]!);
  const probabilities = rows.map(({ probability }) => probability);
  const gaps = rows.map(({ gap }) => gap);
  return {
    accuracy: mean(rows.map(({ answer, label }) => (answer === label ? 1 : 0))),
    meanConfidence: mean(rows.map(({ confidence }) => confidence)),
    probability: distribution(probabilities, optimalConfidence(choice), 0, 1, 20),
    gap: distribution(gaps, optimalLogitGap(choice), ...wholeRange(gaps, 4)),
    languages: languageLosses(languages, rows),
    examples: examples.map(({ text, label, answer, probability, loss, nll }) => {
      const names = { language: languageName(languages[label]!), answer: languageName(languages[answer]!) };
      return { text, ...names, probability, loss, nll };
    }),
  };
}

function readRows({ logits, labels, languages, windows }: Sample, labelSmoothing: number): readonly Row[] {
  const classes = languages.length;
  const options = { classes, labelSmoothing, reduction: 'none' } as const;
  const { loss, nll } = crossEntropy(logits, labels, options) as { loss: Float64Array; nll: Float64Array };
  return windows.map(({ text, label }, row) => {
    const scores = Float64Array.from(logits.subarray(row * classes, (row + 1) * classes));
    const max = Math.max(...scores);
    const others = (sum(scores) - scores[label]!) / (classes - 1);
    return {
      text,
      label,
      answer: scores.indexOf(max),
      confidence: 1 / sum(scores.map((score) => Math.exp(score - max))),
      probability: Math.exp(-nll[row]!),
      gap: scores[label]! - others,
      loss: loss[row]!,
      nll: nll[row]!,
    };
  });
}

function languageLosses(languages: readonly string[], rows: readonly Row[]): readonly LanguageLoss[] {
  const losses = languages.map((code, index) => {
    const own = rows.filter(({ label }) => label === index);
    return { name: languageName(code), loss: mean(own.map(({ loss }) => loss)), nll: mean(own.map(({ nll }) => nll)) };
  });
  return losses.filter(({ loss }) => !Number.isNaN(loss)).sort((a, b) => b.loss - a.loss);
}

function distribution(
  values: readonly number[],
  optimum: number,
  start: number,
  end: number,
  bins: number,
): Distribution {
  const counts = new Array<number>(bins).fill(0);
  const width = (end - start) / bins;
  for (const value of values) counts[Math.min(bins - 1, Math.floor((value - start) / width))]! += 1;
  return {
    optimum,
    above: mean(values.map((value) => (value > optimum ? 1 : 0))),
    histogram: { start, width, counts },
  };
}

/** Start, end and number of the bins of a width that hold every value. */
function wholeRange(values: readonly number[], width: number): [start: number, end: number, bins: number] {
  const first = Math.floor(Math.min(...values) / width);
  const last = Math.floor(Math.max(...values) / width) + 1;
  return [first * width, last * width, last - first];
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

function sum(values: readonly number[] | Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
