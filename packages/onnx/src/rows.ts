import type { GraphBuilder } from './builder.js';
import type { LossPlan } from './options.js';
import type { Term } from './term.js';

/** Names of the values that a loss is built on. */
export interface LossInputs {
  readonly logits: string;
  /** Labels, or dense targets in the logits' layout. */
  readonly target: string;
  /** In the labels' shape. */
  readonly sampleWeight?: string | undefined;
  /** A scalar. */
  readonly normalizer?: string | undefined;
}

/** What is known of the rows before their logits are looked at; every value has the logits' rank, 1 along the axis. */
export interface Rows {
  /** A class for every row, 0 where the label is none; null for dense targets. */
  readonly index: string | null;
  /** s, and 0 for ignored rows. */
  readonly weight: Term;
  /** The same, and NaN for rows whose label is invalid. */
  readonly factor: Term;
  /** Whether the row is not read; null where all are. */
  readonly dead: string | null;
  /** 1 for rows that are not ignored, else 0. */
  readonly counted: Term;
}

/** Reads labels and sample weights: works on tensors of the labels' size only, in operators that every provider has. */
export function readRows(g: GraphBuilder, inputs: LossInputs, plan: LossPlan): Rows {
  const sampleWeight = inputs.sampleWeight === undefined ? 1 : unsqueeze(g, inputs.sampleWeight, plan, 'sample_weights');
  if (plan.target === 'probabilities') {
    const dead = sampleWeight === 1 ? null : isZero(g, sampleWeight);
    return { index: null, weight: sampleWeight, factor: sampleWeight, dead, counted: 1 };
  }
  const label = unsqueeze(g, inputs.target, plan, 'label');
  const ignored = ignoredLabels(plan).map((value) => g.op('Equal', [label, g.scalar(value, plan.labelType)], 'is_ignored'));
  const read = (rest: Term): Term => ignored.reduce((value, is) => where(g, is, 0, value, 'read'), rest);
  const weight = read(sampleWeight);
  const { index, factor } = checkedLabels(g, label, plan, ignored, sampleWeight);
  const alone = ignored.length === 1 && sampleWeight === 1 ? (ignored[0] as string) : null;
  return {
    index,
    weight,
    factor: read(factor),
    dead: alone ?? (weight === 1 ? null : isZero(g, weight as string)),
    counted: sampleWeight === 1 ? weight : read(1),
  };
}

/** The index to gather by, and the row's factor before ignored rows are taken out. */
function checkedLabels(
  g: GraphBuilder,
  label: string,
  plan: LossPlan,
  ignored: readonly string[],
  weight: Term,
): { index: string; factor: Term } {
  const zero = g.scalar(0, plan.labelType);
  if (!plan.checkLabels) {
    const index = ignored.reduce((value, is) => g.op('Where', [is, zero, value], 'class'), label);
    return { index, factor: weight };
  }
  const tooSmall = g.op('Less', [label, zero], 'is_below_classes');
  const tooLarge = g.op('Greater', [label, lastClass(g, plan)], 'is_above_classes');
  const index = g.op('Where', [tooSmall, zero, g.op('Where', [tooLarge, zero, label], 'class')], 'class');
  const within = where(g, tooSmall, Number.NaN, where(g, tooLarge, Number.NaN, weight, 'valid'), 'valid');
  const { classMask } = plan.options;
  if (classMask === null) return { index, factor: within };
  const exists = g.op('Gather', [g.constant(classMask.map(Number), [classMask.length], g.dtype, 'class_mask'), index], 'exists');
  return { index, factor: where(g, isZero(g, exists), Number.NaN, within, 'valid') };
}

function lastClass(g: GraphBuilder, plan: LossPlan): string {
  if (plan.classes === null) throw new Error('symbolic classes come next');
  return g.scalar(plan.classes - 1, plan.labelType);
}

/** Where(condition, a, b) of numbers or values. */
export function where(g: GraphBuilder, condition: string, a: Term, b: Term, name: string): string {
  const value = (term: Term): string => (typeof term === 'number' ? g.scalar(term) : term);
  return g.op('Where', [condition, value(a), value(b)], name);
}

/** Whether a real value is 0. */
export function isZero(g: GraphBuilder, value: string): string {
  return g.op('Equal', [value, g.scalar(0)], 'is_zero');
}

function unsqueeze(g: GraphBuilder, input: string, { axis }: LossPlan, name: string): string {
  return g.op('Unsqueeze', [input, g.integers([axis])], name);
}

/** Ignored labels that the labels' type can hold. */
function ignoredLabels({ options, labelType }: LossPlan): readonly number[] {
  return options.ignoreIndex.filter((value) => labelType === 'int64' || (value | 0) === value);
}
