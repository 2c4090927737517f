import type { GraphBuilder } from './builder.js';
import type { RowLoss } from './label-loss.js';
import type { LossPlan } from './options.js';
import { priorProfile, sharedProfile, weightedSum } from './profile.js';
import { byLabel, isOwnClass, type LossInputs, type Rows, realClassCount } from './rows.js';
import { logSum, logSumExp, maskConstant, shift } from './softmax.js';
import {
  below,
  entropyTerm,
  isMinusInfinity,
  isZero,
  minus,
  named,
  over,
  plus,
  type Term,
  times,
  unless,
  where,
} from './term.js';
import { mixture } from './terms.js';

/** The coefficients of rows, class by class. */
interface Coefficients {
  /** c_k. */
  readonly c: string;
  readonly mass: string;
  readonly floor: Term;
  readonly denominator: Term;
}

/**
 * The loss with a coefficient for every class: for dense targets, and for labels that {@link isPlain} turns down.
 * mass·ℓ − Σ c_k·d_k + zLoss·lse² − floor.
 */
export function denseLoss(g: GraphBuilder, input: string, inputs: LossInputs, rows: Rows, plan: LossPlan): RowLoss {
  const { options, axis } = plan;
  const probabilities = options.input === 'probabilities';
  const read = unless(g, rows.dead, probabilities ? 1 : 0, input, 'read_logits');
  const shifted = shift(g, probabilities ? logProbabilities(g, read) : read, plan);
  const target = targetOf(g, inputs, rows, plan);
  const present = presence(g, shifted.scores, target, plan);
  const { c, mass, floor, denominator } = coefficients(
    g,
    { target, present, index: rows.index, logits: inputs.logits },
    plan,
  );
  const { distances, max, empty } = shifted;
  const exponentials = g.op('Exp', [distances], 'exponentials');
  const isTop = isZero(g, distances);
  const rest = g.reduce('ReduceSum', where(g, isTop, 0, exponentials, 'others'), [axis], 'sum_of_others');
  const tops = g.reduce('ReduceSum', where(g, isTop, 1, 0, 'tops'), [axis], 'count_of_tops');
  const sum = logSum(g, rest, tops, empty);
  const lse = logSumExp(g, max, sum.log, rows.dead, plan);
  const skipped = where(g, isZero(g, c), 0, distances, 'distances_that_count');
  const expected = g.reduce('ReduceSum', g.op('Mul', [c, skipped], 'expected_distances'), [axis], 'expected_distance');
  const entropy = g.op('Sub', [g.op('Mul', [mass, sum.log], 'mass_term'), expected], 'cross_entropy');
  const penalty = times(g, options.zLoss, times(g, lse, lse, 'squared_lse'), 'z_loss');
  const loss = named(g, minus(g, plus(g, entropy, penalty, 'penalised'), floor, 'row_loss'));
  const gradient = (factor: Term): string => {
    const pull = times(g, plus(g, mass, times(g, 2 * options.zLoss, lse, 'z_pull'), 'mass_and_z_pull'), factor, 'pull');
    const push = times(g, c, factor, 'push');
    const all = probabilities
      ? probabilityGradient(g, { read, pull, c, factor, sum: sum.sum, empty }, plan)
      : minus(g, times(g, exponentials, over(g, pull, sum.sum, 'pull_by_sum'), 'pulled'), push, 'gradient');
    return present === 1 ? (all as string) : where(g, isZero(g, present as string), 0, all, 'present_gradient');
  };
  return { loss, denominator, gradient };
}

/** log p: a GPU may take any number for the logarithm of 0, NaN and infinity. */
function logProbabilities(g: GraphBuilder, p: string): string {
  const finite = below(g, p, Infinity, 'is_finite');
  const log = where(g, finite, g.op('Log', [p], 'log'), p, 'finite_log');
  return where(g, isZero(g, p), -Infinity, log, 'log_probabilities');
}

/** t: the dense targets, 0 in rows that are not read, or one-hot rows. */
function targetOf(g: GraphBuilder, { target, logits }: LossInputs, { index, dead }: Rows, plan: LossPlan): string {
  if (index === null) return unless(g, dead, 0, target, 'read_targets');
  return where(g, isOwnClass(g, index, logits, plan), 1, 0, 'one_hot');
}

/** 1 where a class exists, else 0; just 1 where all do. */
function presence(g: GraphBuilder, scores: string, target: string, plan: LossPlan): Term {
  const { maskedLogits, classMask } = plan.options;
  if (maskedLogits === 'propagate') return classMask === null ? 1 : where(g, maskConstant(g, plan), 1, 0, 'present');
  const targeted = where(g, below(g, 0, target, 'is_targeted'), 1, 0, 'targeted');
  return where(g, isMinusInfinity(g, scores, 'is_masked'), targeted, 1, 'present');
}

/** What coefficients are made from. */
interface Mixture {
  /** t. */
  readonly target: string;
  readonly present: Term;
  readonly index: string | null;
  readonly logits: string;
}

function coefficients(g: GraphBuilder, from: Mixture, plan: LossPlan): Coefficients {
  const { axis, options } = plan;
  const { target, index } = from;
  const { weight, weightMode, labelSmoothing, subtractEntropy } = options;
  const reduce = (x: string, name: string): string => g.reduce('ReduceSum', x, [axis], name);
  const smoothing =
    typeof labelSmoothing === 'number' ? labelSmoothing : byLabel(g, index as string, labelSmoothing, 'smoothing');
  const { q, lack } = mixed(g, from, smoothing, plan);
  const floor = subtractEntropy ? minus(g, 0, reduce(entropyTerm(g, q, lack) as string, 'entropy'), 'floor') : 0;
  if (weight === null) return { c: q, mass: reduce(q, 'mass'), floor, denominator: 1 };
  const w = sharedProfile(g, weight, null, plan, 'weight');
  const weighed = times(g, q, w.values, 'weighed') as string;
  const expected = reduce(weighed, 'expected_weight');
  const targeted = weightedSum(g, target, w, plan, 'target_weight');
  const scale = weightMode === 'target' ? targeted : expected;
  const c = weightMode === 'perClass' ? weighed : (times(g, q, scale, 'scaled') as string);
  const { denominator } = options;
  return {
    c,
    mass: weightMode === 'perClass' ? expected : reduce(c, 'mass'),
    floor,
    denominator: denominator === 'weights' ? targeted : denominator === 'expected' ? expected : 1,
  };
}

/** q = (1 − ε)·t + base·u, with t taken off u in mode 'others', and 1 − q. */
function mixed(g: GraphBuilder, from: Mixture, smoothing: Term, plan: LossPlan): { q: string; lack: Term } {
  const { target } = from;
  const unhit = minus(g, 1, target, 'target_lack');
  if (smoothing === 0) return { q: target, lack: unhit };
  const kept = minus(g, 1, smoothing, 'kept');
  // A node even for 1 − ε = 0: it is what has the logits' shape.
  const hit = kept === 0 ? g.op('Mul', [target, g.scalar(0)], 'kept_target') : times(g, target, kept, 'kept_target');
  const { u, z } = shapeOf(g, from, plan);
  const others = plan.options.smoothingMode === 'others';
  const { base } = mixture(g, z, smoothing, others);
  const spread = times(g, others ? minus(g, u, target, 'other_shape') : u, base, 'spread');
  // What the other classes get: exactly 0 for a class that gets all.
  const given = others ? minus(g, smoothing, spread, 'spread_lack') : times(g, base, minus(g, z, u, 'rest'), 'given');
  const lack = plus(g, times(g, unhit, kept, 'kept_lack'), given, 'lack');
  return { q: plus(g, hit, spread, 'smoothed') as string, lack };
}

/** u on the classes that exist, and its sum; 1 on each of them in a row where nothing is left of the prior. */
function shapeOf(g: GraphBuilder, from: Mixture, plan: LossPlan): { u: Term; z: Term } {
  const { index, logits } = from;
  const { prior, maskedLogits, classMask } = plan.options;
  if (maskedLogits === 'propagate') {
    if (prior === null && classMask === null) return { u: 1, z: realClassCount(g, logits, plan) };
    const { table, sums } = existingShape(plan);
    return {
      u: priorProfile(g, index, table, plan).values,
      z: index === null ? (sums[0] as number) : byLabel(g, index, sums, 'total_shape'),
    };
  }
  const present = from.present as string;
  const shape = priorProfile(g, index, prior, plan).values;
  const u = times(g, present, shape, 'shape') as string;
  const total = (x: string, name: string): string => g.reduce('ReduceSum', x, [plan.axis], name);
  const z = total(u, 'total_shape');
  if (prior === null || Array.from(prior).every((value) => value > 0)) return { u, z };
  const spent = isZero(g, z);
  return {
    u: where(g, spent, present, u, 'shape_left'),
    z: where(g, spent, total(present, 'count_of_present'), z, 'total_left'),
  };
}

/** The prior on the classes of the mask, [K] or [K×K], and the sum of each row: known where no logit hides a class. */
function existingShape({ options }: LossPlan): { table: Float64Array; sums: Float64Array } {
  const { classes, classMask, prior } = options;
  const exists = (k: number): number => ((classMask?.[k] ?? true) ? 1 : 0);
  const table = Float64Array.from(prior ?? new Float64Array(classes).fill(1), (u, i) => u * exists(i % classes));
  const sums = Float64Array.from({ length: table.length / classes }, (_, row) => {
    const start = row * classes;
    const own = table.subarray(start, start + classes);
    if (!own.some((u) => u > 0)) own.forEach((_, k) => own.fill(exists(k), k, k + 1));
    return own.reduce((sum, u) => sum + u, 0);
  });
  return { table, sums };
}

interface ProbabilityParts {
  readonly read: string;
  readonly pull: Term;
  readonly c: string;
  readonly factor: Term;
  readonly sum: string;
  readonly empty: string | null;
}

/** factor·((mass + 2·zLoss·lse)/Σp − c_k/p_k), where nothing is subtracted for c_k = 0. */
function probabilityGradient(g: GraphBuilder, parts: ProbabilityParts, plan: LossPlan): string {
  const { read, pull, c, factor, sum, empty } = parts;
  const { classMask } = plan.options;
  const existing = classMask === null ? read : where(g, maskConstant(g, plan), read, 0, 'existing_probabilities');
  const top = g.reduce('ReduceMax', existing, [plan.axis], 'top_probability');
  const share = over(g, pull, g.op('Mul', [top, sum], 'sum_of_probabilities'), 'common');
  const common = unless(g, empty, 0, named(g, share), 'common');
  const ratio = where(g, isZero(g, c), 0, g.op('Div', [c, read], 'ratio'), 'ratio_that_counts');
  return minus(g, common, times(g, ratio, factor, 'push'), 'gradient') as string;
}
