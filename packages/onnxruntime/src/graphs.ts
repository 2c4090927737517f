import { nameOf, type Opened, openSession, placesOn } from './open-session.js';
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
  const first = await openSession(ort, modelOf(plan, usual), placesOn(settings.executionProviders), settings);
  const opened = new Map([[keyOf(usual), Promise.resolve(first)]]);
  return {
    executionProvider: nameOf(first.provider),
    open(variant) {
      const key = keyOf(variant);
      const known = opened.get(key);
      if (known !== undefined) return known;
      const graph = openSession(ort, modelOf(plan, variant), [first], settings);
      opened.set(key, graph);
      // What failed once, such as for want of memory, may be tried again.
      graph.catch(() => opened.delete(key));
      return graph;
    },
    async release() {
      for (const result of await Promise.allSettled(opened.values())) {
        if (result.status === 'fulfilled') await result.value.session.release();
      }
    },
  };
}

function keyOf({ sampleWeight, normalizer }: Variant): string {
  return `${sampleWeight} ${normalizer}`;
}
