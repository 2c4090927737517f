import type { GraphBuilder } from './builder.js';
import { elementTypes } from './model.js';
import type { LossPlan } from './options.js';
import { isZero, type Term, where } from './term.js';

/** Names of the values that a loss is built on. */
export interface LossInputs {
  readonly logits: string;
  /** Labels, or dense targets in the logits' layout. */
  readonly target: string;
  /** In the labels' shape; needed where the plan says so. */
  readonly sampleWeight?: string | undefined;
  /** A scalar; needed where the plan's normalizer is an input. */
  readonly normalizer?: string | undefined;
}

/** What is known of the rows before their logits are looked at; values have the logits' rank, with 1 along the axis. */
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

/** As many classes as are written down one by one, 8 MiB at most; the numbers of more are made when the graph runs. */
const mostWritten = 2 ** 20;

/** Reads labels and sample weights: tensors of the labels' size only, in operators that every provider has. */
export function readRows(g: GraphBuilder, inputs: LossInputs, plan: LossPlan): Rows {
  const alongAxis = (input: string, name: string): string => g.op('Unsqueeze', [input, g.integers([plan.axis])], name);
  const s = plan.sampleWeight ? alongAxis(inputs.sampleWeight as string, 'row_weight') : 1;
  if (plan.target === 'probabilities') {
    return { index: null, weight: s, factor: s, dead: s === 1 ? null : isZero(g, s), counted: 1 };
  }
  const label = alongAxis(inputs.target, 'label');
  const ignored = ignoredLabels(plan).map((value) =>
    g.op('Equal', [label, g.scalar(value, plan.labelType)], 'is_ignored'),
  );
  const readOr0 = (rest: Term): Term => ignored.reduce((value: Term, is) => where(g, is, 0, value, 'weight'), rest);
  const weight = readOr0(s);
  const { index, factor } = checkLabels(g, { label, logits: inputs.logits, ignored, weight: s }, plan);
  const [only] = ignored;
  return {
    index,
    weight,
    factor: plan.checkLabels ? readOr0(factor) : weight,
    dead: weight === 1 ? null : s === 1 && ignored.length === 1 ? (only as string) : isZero(g, weight),
    counted: s === 1 ? weight : readOr0(1),
  };
}

interface Labels {
  readonly label: string;
  readonly logits: string;
  readonly ignored: readonly string[];
  readonly weight: Term;
}

/** The index to gather by, and s with NaN where the label is no class. Nested choices: not every provider has And. */
function checkLabels(g: GraphBuilder, labels: Labels, plan: LossPlan): { index: string; factor: Term } {
  const { label, logits, ignored, weight } = labels;
  const zero = g.scalar(0, plan.labelType);
  const class0 = (is: string, rest: string): string => g.op('Where', [is, zero, rest], 'class');
  if (!plan.checkLabels) return { index: ignored.reduce((rest, is) => class0(is, rest), label), factor: weight };
  const tooSmall = g.op('Less', [label, zero], 'is_below_classes');
  const tooLarge = g.op('Greater', [label, lastClass(g, logits, plan)], 'is_above_classes');
  const index = class0(tooSmall, class0(tooLarge, label));
  const nan = (is: string, rest: Term): string => where(g, is, Number.NaN, rest, 'factor');
  const within = nan(tooSmall, nan(tooLarge, weight));
  const { classMask } = plan.options;
  const exists = classMask === null ? 1 : byLabel(g, index, classMask.map(Number), 'exists');
  return { index, factor: exists === 1 ? within : nan(isZero(g, exists), within) };
}

/** The entry of a table that belongs to each row's label: a number where all are equal. */
export function byLabel(g: GraphBuilder, index: string, table: ArrayLike<number>, name: string): Term {
  const values = Array.from(table);
  const first = values[0] as number;
  if (values.every((value) => Object.is(value, first))) return first;
  return g.op('Gather', [g.constant(values, [values.length], g.dtype, `${name}_by_class`), index], name);
}

function lastClass(g: GraphBuilder, logits: string, plan: LossPlan): string {
  if (plan.classes !== null) return g.scalar(plan.classes - 1, plan.labelType);
  const last = g.op('Sub', [classCount(g, logits, plan), g.integers([1])], 'last_class');
  return plan.labelType === 'int64' ? last : g.op('Cast', [last], 'last_class', { to: elementTypes.int32 });
}

/** K as the graph finds it, int64 [1]. */
function classCount(g: GraphBuilder, logits: string, { axis }: LossPlan): string {
  return g.op('Gather', [g.op('Shape', [logits], 'logits_shape'), g.integers([axis])], 'classes');
}

/** K as a real number: a constant where it is known. */
export function realClassCount(g: GraphBuilder, logits: string, plan: LossPlan): Term {
  return plan.classes ?? g.op('Cast', [classCount(g, logits, plan)], 'class_count', { to: elementTypes[g.dtype] });
}

/** Whether a class is the row's label, in the logits' layout. */
export function isOwnClass(g: GraphBuilder, index: string, logits: string, plan: LossPlan): string {
  const { classes, shape, axis, labelType } = plan;
  const behind = shape.length - 1 - axis;
  if (classes !== null && classes <= mostWritten) {
    const numbers = Array.from({ length: classes }, (_, k) => k);
    const dims = [classes, ...Array<number>(behind).fill(1)];
    return g.op('Equal', [g.constant(numbers, dims, labelType, 'class_numbers'), index], 'is_label');
  }
  const count = g.op('Squeeze', [classCount(g, logits, plan)], 'class_count');
  const range = g.op('Range', [g.scalar(0, 'int64'), count, g.scalar(1, 'int64')], 'class_numbers');
  const typed = g.op('Cast', [range], 'class_numbers', { to: elementTypes[labelType] });
  const axes = g.integers(Array.from({ length: behind }, (_, i) => i + 1));
  return g.op('Equal', [behind === 0 ? typed : g.op('Unsqueeze', [typed, axes], 'class_numbers'), index], 'is_label');
}

/** Ignored labels that the labels' type can hold. */
function ignoredLabels({ options, labelType }: LossPlan): readonly number[] {
  return options.ignoreIndex.filter((value) => labelType === 'int64' || (value | 0) === value);
}
