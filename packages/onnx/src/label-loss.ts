import type { TargetTable } from '@label-smoothing/core';
import type { GraphBuilder } from './builder.js';
import type { LossPlan } from './options.js';
import {
  conditionalProfile,
  type Profile,
  priorProfile,
  productProfile,
  sharedProfile,
  weightedSum,
} from './profile.js';
import { byLabel, isOwnClass, type LossInputs, type Rows, realClassCount } from './rows.js';
import { type LogSum, logSum, logSumExp, maskConstant, type Shifted, shift } from './softmax.js';
import { isMinusInfinity, isZero, minus, named, over, plus, type Term, times, unless, where } from './term.js';
import { type LabelTerms, summedTerms, tableTerms } from './terms.js';

/** A row loss, what the row adds to the denominator, and the gradient once the reduction is known. */
export interface RowLoss {
  readonly loss: string;
  readonly denominator: Term;
  readonly gradient: (factor: Term) => string;
}

/** Everything the loss and the gradient of a label's row share. */
interface LabelRow {
  readonly index: string;
  readonly terms: LabelTerms;
  /** v. */
  readonly profile: Profile;
  /** e^d with the label's own taken out, and the label's own. */
  readonly rest: string;
  readonly own: string;
  readonly ownDistance: string;
  readonly isOwn: string | null;
  /** Classes that do not exist, where a gradient or a sum has to be kept from them. */
  readonly absent: string | null;
  readonly sum: LogSum;
  readonly lse: Term;
}

/**
 * Whether labels can go the short way, where only the label's own class is told apart from the others. The long way is
 * for what needs c_k class by class: 'others' with ε so large that the label has less than its share, priors of which a
 * row's masked classes may take all, and probabilities as input.
 */
export function isPlain({ target, options, table }: LossPlan): boolean {
  if (target !== 'labels' || options.input !== 'logits') return false;
  if (options.labelSmoothing === 0) return true;
  if (table === null) return options.smoothingMode !== 'others' || (options.labelSmoothing as number) <= 0.5;
  if (table.hit.some((hit) => hit < 0)) return false;
  return (
    options.prior === null || options.maskedLogits === 'propagate' || Array.from(options.prior).every((u) => u > 0)
  );
}

/**
 * The loss of labelled rows:
 * mass·ℓ − base·Σ v_k·d_k − hit·d_y + zLoss·lse² − floor, with d = x − m and ℓ = log(e^{d_y} + Σ_{k≠y} e^{d_k}).
 */
export function labelLoss(g: GraphBuilder, logits: string, inputs: LossInputs, rows: Rows, plan: LossPlan): RowLoss {
  const index = rows.index as string;
  const shifted = shift(g, logits, plan);
  const distances = plan.options.gradient
    ? unless(g, rows.dead, 0, shifted.distances, 'read_distances')
    : shifted.distances;
  const ownDistance = g.op('GatherElements', [distances, index], 'own_distance', { axis: plan.axis });
  const absent = absentClasses(g, shifted, plan);
  const profile = profileOf(g, index, plan);
  const terms = termsOf(g, { index, ownDistance, absent, inputs, rows }, plan);
  const spread = terms.base === 0 ? 0 : spreadTerm(g, distances, absent, profile, terms, plan);
  const exponentials = g.op('Exp', [distances], 'exponentials');
  const own = g.op('Exp', [ownDistance], 'own_exponential');
  const isOwn = plan.scatter ? null : isOwnClass(g, index, inputs.logits, plan);
  const rest = replaceOwn(g, exponentials, index, g.op('Mul', [own, g.scalar(0)], 'nothing'), isOwn, plan, 'others');
  const sum = logSum(g, g.reduce('ReduceSum', rest, [plan.axis], 'sum_of_others'), own, shifted.empty);
  const lse = logSumExp(g, shifted.max, sum.log, rows.dead, plan);
  const row: LabelRow = { index, terms, profile, rest, own, ownDistance, isOwn, absent, sum, lse };
  // The spread comes first: runtimes then have done with the distances when they take their exponentials.
  const expected = plus(g, spread, ownTerm(g, row, plan), 'expected_distance');
  // A node even for mass 0: NaN logits make their row NaN through it.
  const pulled =
    terms.mass === 0 ? g.op('Mul', [sum.log, g.scalar(0)], 'mass_term') : times(g, terms.mass, sum.log, 'mass_term');
  const entropy = minus(g, pulled, expected, 'cross_entropy');
  const penalty = times(g, plan.options.zLoss, times(g, lse, lse, 'squared_lse'), 'z_loss');
  const loss = named(g, minus(g, plus(g, entropy, penalty, 'penalised'), terms.floor, 'row_loss'));
  return { loss, denominator: terms.denominator, gradient: (factor) => labelGradient(g, row, factor, plan) };
}

/** [.., K, ..] booleans; null where every class exists, or nothing asks. */
function absentClasses(g: GraphBuilder, { scores }: Shifted, plan: LossPlan): string | null {
  const { maskedLogits, classMask, labelSmoothing, gradient } = plan.options;
  if (maskedLogits === 'propagate') {
    return classMask === null ? null : g.op('Not', [maskConstant(g, plan)], 'is_absent');
  }
  return labelSmoothing === 0 && !gradient ? null : isMinusInfinity(g, scores, 'is_absent');
}

function profileOf(g: GraphBuilder, index: string, plan: LossPlan): Profile {
  const { table } = plan;
  const shared = sharedProfile(g, table?.profile ?? null, index, plan, 'profile');
  if (table === null || table.conditionalPrior === null) return shared;
  return productProfile(g, shared, conditionalProfile(g, table.conditionalPrior, index, plan), plan);
}

interface TermInputs {
  readonly index: string;
  readonly ownDistance: string;
  readonly absent: string | null;
  readonly inputs: LossInputs;
  readonly rows: Rows;
}

/** From core's table, unless the classes of a row, or their number, are only known when the graph runs. */
function termsOf(g: GraphBuilder, from: TermInputs, plan: LossPlan): LabelTerms {
  const { options, table } = plan;
  const { labelSmoothing: smoothing, maskedLogits } = options;
  if (table !== null && (maskedLogits === 'propagate' || smoothing === 0)) return tableTerms(g, table, from.index);
  if (smoothing === 0) return { hit: 1, base: 0, mass: 1, floor: 0, denominator: 1 };
  const perLabel = typeof smoothing === 'number' ? smoothing : byLabel(g, from.index, smoothing, 'smoothing');
  if (maskedLogits === 'propagate') {
    const z = realClassCount(g, from.inputs.logits, plan);
    return summedTerms(g, { z, weighted: z, uLogU: 0, smoothing: perLabel, ownWeight: 1, ownShape: 1 }, plan);
  }
  const { weight, subtractEntropy } = options;
  const u = priorProfile(g, from.index, options.prior, plan);
  const w = sharedProfile(g, weight, from.index, plan, 'weight');
  const total = (x: Profile, name: string): Term => presentSum(g, x, from, plan, name);
  const z = total(u, 'present_shape');
  const sums = {
    z,
    weighted: weight === null ? z : total(productProfile(g, u, w, plan), 'present_weight'),
    uLogU: subtractEntropy && u.values !== 1 ? total(logProfile(g, u), 'present_shape_entropy') : 0,
    smoothing: perLabel,
    ownWeight: w.own,
    ownShape: u.own,
  };
  return summedTerms(g, sums, plan);
}

function logProfile(g: GraphBuilder, { values, own }: Profile): Profile {
  const log = (x: Term): Term => times(g, x, g.op('Log', [named(g, x)], 'log_shape'), 'shape_entropy');
  return { values: log(values), own: log(own), shared: null };
}

/** Σ of a profile over the classes that exist; the label's own always does. */
function presentSum(g: GraphBuilder, x: Profile, from: TermInputs, { axis }: LossPlan, name: string): string {
  const others = g.reduce('ReduceSum', where(g, from.absent as string, 0, x.values, `${name}s`), [axis], name);
  const missing = isMinusInfinity(g, from.ownDistance, 'is_own_absent');
  const sum = plus(g, others, where(g, missing, x.own, 0, `own_${name}`), name) as string;
  return unless(g, from.rows.dead, 1, sum, name);
}

/** base·Σ v_k·d_k; a class of v_k = 0, or of base 0, is skipped: 0·∞ is 0 here. */
function spreadTerm(
  g: GraphBuilder,
  distances: string,
  absent: string | null,
  profile: Profile,
  { base }: LabelTerms,
  plan: LossPlan,
): Term {
  const { values, shared } = profile;
  const zeros = shared === null ? typeof values === 'string' : Array.from(shared).includes(0);
  // Where −inf is excluded, every −inf is absent; where it is not, classes that exist can have v_k = 0 beside it.
  const empty = zeros && plan.options.maskedLogits === 'propagate' ? isZero(g, values) : null;
  const kept = unless(g, absent, 0, unless(g, empty, 0, distances, 'spread_distances'), 'spread_distances');
  // A known base goes into the constants: ONNX Runtime would make it a float32 attribute of the MatMul.
  if (typeof base === 'number' && shared !== null) {
    return weightedSum(g, kept, { ...profile, shared: Float64Array.from(shared, (v) => v * base) }, plan, 'base_term');
  }
  const sum = weightedSum(g, kept, profile, plan, 'sum_of_distances');
  const someZero = typeof base === 'string' && plan.table?.base.includes(0);
  return times(g, base, someZero ? where(g, isZero(g, base), 0, sum, 'sum_of_distances') : sum, 'base_term');
}

/** hit·d_y, and where d_y is −inf: −inf if c_y > 0, else 0. */
function ownTerm(g: GraphBuilder, { terms, index, ownDistance }: LabelRow, plan: LossPlan): Term {
  const product = times(g, terms.hit, ownDistance, 'own_term');
  const { table } = plan;
  const sureHit = table === null ? (plan.options.labelSmoothing as number) < 1 : table.hit.every((hit) => hit > 0);
  if (sureHit) return product;
  const coefficient = table === null ? 1 : byLabel(g, index, ownCoefficients(table), 'own_coefficient');
  const infinite =
    coefficient === 0
      ? 0
      : typeof coefficient === 'number'
        ? -Infinity
        : where(g, isZero(g, coefficient), 0, -Infinity, 'own_infinity');
  return where(g, isMinusInfinity(g, ownDistance, 'is_own_absent'), infinite, product, 'own_term');
}

/** c_y for every label. */
function ownCoefficients({ options, hit, base, profile, conditionalPrior }: TargetTable): Float64Array {
  const { classes } = options;
  return Float64Array.from({ length: classes }, (_, y) => {
    const at = (column: Float64Array): number => column[column.length === 1 ? 0 : y] as number;
    return at(hit) + at(base) * (profile?.[y] ?? 1) * (conditionalPrior?.[y * classes + y] ?? 1);
  });
}

/** factor·((mass + 2·zLoss·lse)·p_j − c_j). */
function labelGradient(g: GraphBuilder, row: LabelRow, factor: Term, plan: LossPlan): string {
  const { terms, profile, sum, own, index, isOwn } = row;
  const pull = plus(g, terms.mass, times(g, 2 * plan.options.zLoss, row.lse, 'z_pull'), 'mass_and_z_pull');
  // A node even where nothing pulls: NaN factors make their row NaN through it.
  const pulling = pull === 0 ? g.op('Mul', [named(g, factor), g.scalar(0)], 'pull') : times(g, pull, factor, 'pull');
  const scaled = over(g, pulling, sum.sum, 'pull_by_sum');
  const pulled = times(g, row.rest, scaled, 'pulled') as string;
  const hit = times(g, terms.hit, factor, 'own_push');
  const ownGradient = minus(g, times(g, own, scaled, 'own_pull'), hit, 'own_gradient') as string;
  const push = times(g, terms.base, factor, 'push');
  const set = (to: string, value: string): string => replaceOwn(g, to, index, value, isOwn, plan, 'pulled_to_target');
  if (row.absent === null) {
    // The last node writes the output; before it, runtimes can put the label's entry in place.
    const spread = times(g, push, profile.values, 'spread_push');
    return minus(g, set(pulled, ownGradient), spread, 'gradient') as string;
  }
  const spread = times(g, push, profile.values, 'spread_push');
  const kept = where(g, row.absent, 0, minus(g, pulled, spread, 'pulled_and_pushed'), 'present_gradient');
  const ownSpread = times(g, push, profile.own, 'own_spread_push');
  return set(kept, minus(g, ownGradient, ownSpread, 'own_gradient') as string);
}

/** `to` with another value at each row's label. */
function replaceOwn(
  g: GraphBuilder,
  to: string,
  index: string,
  value: string,
  isOwn: string | null,
  { axis }: LossPlan,
  name: string,
): string {
  return isOwn === null
    ? g.op('ScatterElements', [to, index, value], name, { axis })
    : where(g, isOwn, value, to, name);
}
