import type { GraphBuilder } from './builder.js';
import type { LossPlan } from './options.js';
import { type LossInputs, type Rows, readRows, where } from './rows.js';
import { minus, named, plus, type Term, times } from './term.js';

/** Names of what a loss graph computes. */
export interface LossOutputs {
  readonly loss: string;
  readonly gradient: string | null;
}

/** Adds the loss, and its gradient if the plan has one, to a graph. */
export function buildLoss(g: GraphBuilder, inputs: LossInputs, plan: LossPlan): LossOutputs {
  const { options, table, axis } = plan;
  if (table === null) throw new Error('symbolic classes come next');
  const rows = readRows(g, inputs, plan);
  const index = rows.index as string;
  const z = rows.dead === null || !options.gradient ? inputs.logits : where(g, rows.dead, 0, inputs.logits, 'read_logits');
  const p = g.op('Softmax', [z], 'probabilities', { axis });
  const max = g.reduce('ReduceMax', z, [axis], 'max');
  const logTop = g.op('Log', [g.reduce('ReduceMax', p, [axis], 'top_probability')], 'log_top_probability');
  const own = g.op('Sub', [g.op('GatherElements', [z, index], 'own_logit', { axis }), max], 'own_distance');
  const [hit, base, mass] = [table.hit[0] as number, table.base[0] as number, table.mass[0] as number];
  const spread =
    base === 0 ? 0 : g.reduce('ReduceSum', g.op('Sub', [z, max], 'distances'), [axis], 'sum_of_distances');
  const total = plus(
    g,
    plus(g, times(g, mass, logTop, 'mass_term'), times(g, hit, own, 'own_term'), 'terms'),
    times(g, base, spread, 'base_term'),
    'terms',
  );
  const rowLoss = g.op('Sub', [g.scalar(0), named(g, total)], 'row_loss');
  const weighted = times(g, rows.dead === null ? rowLoss : where(g, rows.dead, 0, rowLoss, 'row_loss'), rows.factor, 'row_losses');
  const denominator = g.reduce('ReduceSum', named(g, rows.weight), null, 'denominator', false);
  const sum = g.reduce('ReduceSum', weighted as string, null, 'sum', false);
  const loss = g.op('Div', [sum, denominator], 'mean');
  if (!options.gradient) return { loss, gradient: null };
  const scale = g.op('Div', [named(g, rows.factor), denominator], 'scale');
  return { loss, gradient: gradientOf(g, { p, scale, hit, base, mass, index, axis }, rows) };
}

interface GradientParts {
  readonly p: string;
  readonly scale: string;
  readonly hit: Term;
  readonly base: Term;
  readonly mass: Term;
  readonly index: string;
  readonly axis: number;
}

function gradientOf(g: GraphBuilder, { p, scale, hit, base, mass, index, axis }: GradientParts, _rows: Rows): string {
  const pull = times(g, p, times(g, mass, scale, 'pull'), 'pulled') as string;
  const spread = minus(g, pull, times(g, base, scale, 'push'), 'pushed') as string;
  const own = g.op('GatherElements', [spread, index], 'own_gradient', { axis });
  const corrected = minus(g, own, times(g, hit, scale, 'own_push'), 'own_gradient') as string;
  return g.op('ScatterElements', [spread, index, corrected], 'gradient', { axis });
}
