import { attemptsFor, type Opened, openSession } from './open-session.js';
import type { Ort, OrtTensor } from './ort.js';
import { modelOf, type Plan, type Variant } from './plan.js';

/** The opened graphs of one criterion: calls with sample weights or a normalizer of their own have graphs of their own. */
export interface Graphs<T extends OrtTensor> {
  /** What the graphs run on: all of them on the same. */
  readonly executionProvider: string;
  /** The graph for calls of one kind, opened when the first one comes. */
  open(variant: Variant): Promise<Opened<T>>;
  release(): Promise<void>;
}

/** Opens the first graph, which settles the execution provider. */
export async function openGraphs<T extends OrtTensor>(ort: Ort<T>, plan: Plan): Promise<Graphs<T>> {
  const { settings, options } = plan;
  const usual = { sampleWeight: options.sampleWeight !== null, normalizer: false };
  const first = await openSession(ort, modelOf(plan, usual), attemptsFor(settings.executionProviders), settings);
  const opened = new Map([[keyOf(usual), Promise.resolve(first)]]);
  return {
    executionProvider: first.attempt.label,
    open(variant) {
      const known = opened.get(keyOf(variant));
      if (known !== undefined) return known;
      const fresh = openSession(ort, modelOf(plan, variant), [first.attempt], settings);
      opened.set(keyOf(variant), fresh);
      return fresh;
    },
    async release() {
      for (const { status, ...result } of await Promise.allSettled(opened.values())) {
        if (status === 'fulfilled') await (result as { value: Opened<T> }).value.session.release();
      }
    },
  };
}

function keyOf({ sampleWeight, normalizer }: Variant): string {
  return `${sampleWeight} ${normalizer}`;
}
