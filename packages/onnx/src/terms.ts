import type { TargetTable } from '@label-smoothing/core';
import type { GraphBuilder } from './builder.js';
import type { LossPlan } from './options.js';
import { byLabel } from './rows.js';
import { below, entropyTerm, minus, over, plus, type Term, times, where, xLogX } from './term.js';

/** What core's rowTerms gives, for a label's row: c_k = base·v_k + hit·[k = y]. */
export interface LabelTerms {
  readonly hit: Term;
  readonly base: Term;
  readonly mass: Term;
  readonly floor: Term;
  readonly denominator: Term;
}

/** Σ over the classes that exist in a row, its own included, and what the label itself brings. */
export interface RowSums {
  /** Σ u. */
  readonly z: Term;
  /** Σ u·weight. */
  readonly weighted: Term;
  /** Σ u·log u. */
  readonly uLogU: Term;
  readonly smoothing: Term;
  readonly ownWeight: Term;
  readonly ownShape: Term;
}

/** The terms of rows in which every class of `classMask` exists: columns of core's table, gathered by label. */
export function tableTerms(g: GraphBuilder, table: TargetTable, index: string): LabelTerms {
  const column = (name: keyof LabelTerms): Term => byLabel(g, index, table[name], name);
  return {
    hit: column('hit'),
    base: column('base'),
    mass: column('mass'),
    floor: column('floor'),
    denominator: column('denominator'),
  };
}

/** The terms of rows of which only the graph knows the classes: core's formulas on tensors of the labels' size. */
export function summedTerms(g: GraphBuilder, sums: RowSums, { options }: LossPlan): LabelTerms {
  const { weight, weightMode, smoothingMode, denominator } = options;
  const others = smoothingMode === 'others';
  const { base, keep } = mixture(g, sums.z, sums.smoothing, others);
  const total = others ? plus(g, keep, times(g, base, sums.z, 'spread_mass'), 'total') : 1;
  const expected = plus(
    g,
    times(g, keep, sums.ownWeight, 'kept_weight'),
    times(g, base, sums.weighted, 'spread_weight'),
    'expected_weight',
  );
  const perClass = weightMode === 'perClass';
  const f = weight === null || perClass ? 1 : weightMode === 'target' ? sums.ownWeight : expected;
  const own = weight !== null && perClass ? sums.ownWeight : 1;
  return {
    hit: times(g, times(g, f, own, 'hit_scale'), keep, 'hit'),
    base: times(g, f, base, 'base'),
    mass: weight !== null && perClass ? expected : times(g, f, total, 'mass'),
    floor: options.subtractEntropy ? entropy(g, sums, { base, keep }, others) : 0,
    denominator:
      weight === null ? 1 : denominator === 'weights' ? sums.ownWeight : denominator === 'expected' ? expected : 1,
  };
}

/** base = ε/(Z − o), 0 where Z ≤ o; keep = 1 − ε − o·base. */
export function mixture(g: GraphBuilder, z: Term, smoothing: Term, others: boolean): { base: Term; keep: Term } {
  const o = others ? 1 : 0;
  const share = over(g, smoothing, minus(g, z, o, 'other_classes'), 'share');
  const base = smoothing === 0 ? 0 : where(g, below(g, o, z, 'has_classes'), share, 0, 'base');
  const rest = minus(g, 1, smoothing, 'kept');
  return { base, keep: others ? minus(g, rest, base, 'keep') : rest };
}

/** H(q) of a label's row from the sums; what the label's own class lacks to 1 is known better than its share. */
function entropy(
  g: GraphBuilder,
  { z, uLogU, ownShape, smoothing }: RowSums,
  { base, keep }: { readonly base: Term; readonly keep: Term },
  others: boolean,
): Term {
  const otherShape = minus(g, z, ownShape, 'other_shape');
  const rest = times(g, xLogX(g, base, 'base_entropy'), otherShape, 'rest_entropy');
  const otherLogs = minus(g, uLogU, xLogX(g, ownShape, 'own_shape_entropy'), 'other_shape_entropy');
  const spread = plus(g, rest, times(g, base, otherLogs, 'shape_entropy'), 'spread_entropy');
  const own = plus(g, keep, times(g, base, ownShape, 'own_share'), 'own_probability');
  const lack = others ? smoothing : times(g, base, otherShape, 'own_lack');
  return minus(g, 0, plus(g, spread, entropyTerm(g, own, lack), 'entropy'), 'floor');
}
