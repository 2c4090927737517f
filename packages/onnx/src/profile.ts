import type { FloatArray } from '@label-smoothing/core/adapter';
import type { GraphBuilder } from './builder.js';
import type { LossPlan } from './options.js';
import { byLabel } from './rows.js';
import { alongClasses } from './softmax.js';
import { type Term, times } from './term.js';

/** A factor on every class: 1, K numbers, or a row of a K×K table picked by the label. */
export interface Profile {
  /** Broadcasts over the logits. */
  readonly values: Term;
  /** At each row's label; 1 for dense targets. */
  readonly own: Term;
  /** [K] where the same numbers serve every row. */
  readonly shared: FloatArray | null;
}

/** A [K] factor as a profile; null is 1 on every class. */
export function sharedProfile(
  g: GraphBuilder,
  shared: FloatArray | null,
  index: string | null,
  plan: LossPlan,
  name: string,
): Profile {
  if (shared === null) return { values: 1, own: 1, shared };
  const own = index === null ? 1 : byLabel(g, index, shared, `own_${name}`);
  // A class alone: a number, whose products times() guards; but 0 would leave no node.
  if (shared.length === 1 && shared[0] !== 0) return { values: shared[0] as number, own, shared };
  return { values: g.constant(shared, alongClasses(plan), g.dtype, name), own, shared };
}

/** A prior as a profile: [K] for every row, or the [K×K] table's row of each label. */
export function priorProfile(g: GraphBuilder, index: string | null, prior: FloatArray | null, plan: LossPlan): Profile {
  if (prior === null || prior.length === plan.classes) return sharedProfile(g, prior, index, plan, 'prior');
  return conditionalProfile(g, prior, index as string, plan);
}

/** The row of a K×K table that belongs to each row's label, along the class axis. */
export function conditionalProfile(g: GraphBuilder, table: FloatArray, index: string, plan: LossPlan): Profile {
  const { axis, shape, options } = plan;
  const { classes } = options;
  const rank = shape.length;
  const gathered = g.op('Gather', [g.constant(table, [classes, classes], g.dtype, 'prior_by_label'), index], 'priors');
  // The label's axis goes after the gather: WebGPU squeezes floats, not labels.
  const rows = g.op('Squeeze', [gathered, g.integers([axis])], 'prior_rows');
  const order = Array.from({ length: rank }, (_, i) => (i < axis ? i : i === axis ? rank - 1 : i - 1));
  const values = axis === rank - 1 ? rows : g.op('Transpose', [rows], 'priors_by_axis', { perm: order });
  const diagonal = Float64Array.from({ length: classes }, (_, y) => table[y * classes + y] as number);
  return { values, own: byLabel(g, index, diagonal, 'own_prior'), shared: null };
}

/** The product of two profiles. */
export function productProfile(g: GraphBuilder, a: Profile, b: Profile, plan: LossPlan): Profile {
  if (a.values === 1) return b;
  if (b.values === 1) return a;
  const own = times(g, a.own, b.own, 'own_profile');
  if (a.shared === null || b.shared === null) {
    return { values: times(g, a.values, b.values, 'profile'), own, shared: null };
  }
  const shared = Float64Array.from(a.shared, (value, k) => value * ((b.shared as FloatArray)[k] as number));
  return { values: g.constant(shared, alongClasses(plan), g.dtype, 'profile'), own, shared };
}

/** Σ_k v_k·x_k along the class axis. */
export function weightedSum(
  g: GraphBuilder,
  x: string,
  { values, shared }: Profile,
  plan: LossPlan,
  name: string,
): string {
  const { axis, shape } = plan;
  if (values === 1) return g.reduce('ReduceSum', x, [axis], name);
  if (shared !== null && axis === shape.length - 1) {
    return g.op('MatMul', [x, g.constant(shared, [shared.length, 1], g.dtype, `${name}_weights`)], name);
  }
  const factors = shared === null ? values : g.constant(shared, alongClasses(plan), g.dtype, `${name}_factors`);
  return g.reduce('ReduceSum', times(g, factors, x, `${name}_terms`) as string, [axis], name);
}
