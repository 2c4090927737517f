import type { CrossEntropyOptions, ResolvedOptions } from '@label-smoothing/core';
import type { FloatArray } from '@label-smoothing/core/adapter';
import type { ArrayLayout } from './array-layout.js';

/** Which classes of an array exist. */
function existingClasses({ spans }: ArrayLayout): readonly number[] {
  return spans.flatMap(({ first, length }) => Array.from({ length }, (_, i) => first + i));
}

/** The place of each class among those that exist; 0 for one that does not, which is no label. */
export function placesOf({ classes, spans }: ArrayLayout): Int32Array {
  const places = new Int32Array(classes);
  for (const { first, place, length } of spans) for (let i = 0; i < length; i++) places[first + i] = place + i;
  return places;
}

/** The same loss for rows that have no other class; null where the prior of one that exists is 0. */
export function existingOptions(options: ResolvedOptions, arrays: ArrayLayout): CrossEntropyOptions | null {
  const existing = existingClasses(arrays);
  const { classes, weight, labelSmoothing } = options;
  const pick = (values: FloatArray, start = 0): readonly number[] => existing.map((k) => values[start + k] as number);
  const prior = options.prior && pickPrior(options.prior, classes, existing, pick);
  if (prior?.some((u) => !(u > 0))) return null;
  return {
    ...options,
    classes: existing.length,
    shape: undefined,
    axis: undefined,
    classMask: null,
    sampleWeight: null,
    weight: weight && pick(weight),
    labelSmoothing: typeof labelSmoothing === 'number' ? labelSmoothing : pick(labelSmoothing),
    prior,
  };
}

/** Each row of the prior that can be needed, over the classes that exist. */
function pickPrior(
  prior: FloatArray,
  classes: number,
  existing: readonly number[],
  pick: (values: FloatArray, start: number) => readonly number[],
): readonly number[] {
  const starts = prior.length > classes ? existing.map((y) => y * classes) : [0];
  return starts.flatMap((start) => {
    const row = pick(prior, start);
    const sum = row.reduce((a, b) => a + b, 0);
    return row.map((u) => u / sum);
  });
}
