import {
  compileTargetTable,
  convertSmoothing,
  dialects,
  type ResolvedOptions,
  type RowTerms,
  resolveOptions,
  rowCoefficients,
  rowTerms,
  type SmoothingMode,
  type TargetTable,
} from '@label-smoothing/core';
import { aLabel, type LossArguments } from './options.js';

/** A smallest and a largest value over the classes that exist, other than the label. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** Everything that `explain` prints. Losses are in nats; `null` stands for what does not exist. */
export interface Explanation {
  readonly title: string;
  readonly source: string;
  readonly label: number;
  /** How many classes exist, by `classMask`. */
  readonly present: number;
  readonly options: Readonly<Record<string, { readonly value: unknown; readonly from: Origin }>>;
  /** q, before any class weight. */
  readonly smoothedTarget: { readonly own: number; readonly others: Range | null };
  readonly table: {
    readonly hit: number;
    readonly base: number;
    readonly mass: number;
    readonly floor: number;
    readonly denominator: number;
  };
  /** Where the loss of a row with this label is smallest. */
  readonly optimum: { readonly confidence: number | null; readonly logitGap: Range | null; readonly loss: number };
  /** The ε that gives the same targets in another convention. */
  readonly equivalents: Readonly<Record<'uniform' | 'others' | 'binary' | 'flip', number | null>>;
  readonly resolved: ResolvedOptions;
  /** ε and u of this label, base and f: the numbers in the formula. */
  readonly terms: Pick<RowTerms, 'base' | 'rowScale'> & { readonly smoothing: number; readonly shape: number };
}

/** Who chose an option's value; 'example' is this command's own, so that there are numbers to show. */
export type Origin = 'default' | 'dialect' | 'caller' | 'example';

const shown = [
  'classes',
  'labelSmoothing',
  'smoothingMode',
  'prior',
  'weight',
  'weightMode',
  'denominator',
  'reduction',
  'normalizer',
  'ignoreIndex',
  'onEmpty',
  'classMask',
  'maskedLogits',
  'zLoss',
  'subtractEntropy',
] as const satisfies readonly (keyof ResolvedOptions)[];

/** Resolves the options and works out what they mean for one label. */
export function explain({ options, from, target }: LossArguments, labelArgument: unknown): Explanation {
  const resolved = resolveOptions(options, target);
  const label = aLabel(labelArgument, resolved);
  const dialect = resolved.dialect === null ? null : dialects[resolved.dialect];
  const table = compileTargetTable(resolved);
  const terms = rowTerms(table, label);
  const coefficient = rowCoefficients(table, label, terms);
  return {
    title: dialect?.title ?? 'No dialect',
    source: dialect?.source ?? "this library's defaults: PyTorch's, except that −inf logits are excluded",
    label,
    present: presentClasses(resolved).length,
    options: Object.fromEntries(
      shown.map((name) => [name, { value: resolved[name], from: originOf(name, resolved, from) }]),
    ),
    smoothedTarget: smoothedTarget(resolved, label),
    table: tableRow(table, label),
    optimum: optimumOf(resolved, label, coefficient, terms),
    equivalents: equivalentsOf(resolved),
    resolved,
    terms: { ...ownTerms(resolved, label, terms), base: terms.base, rowScale: terms.rowScale },
  };
}

function originOf(name: keyof ResolvedOptions, resolved: ResolvedOptions, from: LossArguments['from']): Origin {
  // A normalizer makes the reduction a mean, whatever the dialect says.
  const said = from.get(name === 'reduction' && resolved.normalizer !== null ? 'normalizer' : name);
  if (said !== undefined) return said;
  return resolved.dialect !== null && name in dialects[resolved.dialect].options ? 'dialect' : 'default';
}

function ownTerms(
  { labelSmoothing, prior, classes }: ResolvedOptions,
  label: number,
  { uniform }: RowTerms,
): Pick<Explanation['terms'], 'smoothing' | 'shape'> {
  const row = prior !== null && prior.length > classes ? label * classes : 0;
  return {
    smoothing: typeof labelSmoothing === 'number' ? labelSmoothing : (labelSmoothing[label] as number),
    shape: prior === null || uniform ? 1 : (prior[row + label] as number),
  };
}

function presentClasses({ classes, classMask }: ResolvedOptions): readonly number[] {
  return Array.from({ length: classes }, (_, k) => k).filter((k) => classMask?.[k] ?? true);
}

function tableRow(table: TargetTable, label: number): Explanation['table'] {
  const at = (column: Float64Array): number => column[column.length === 1 ? 0 : label] as number;
  const { hit, base, mass, floor, denominator } = table;
  return { hit: at(hit), base: at(base), mass: at(mass), floor: at(floor), denominator: at(denominator) };
}

function smoothedTarget(options: ResolvedOptions, label: number): Explanation['smoothedTarget'] {
  const table = compileTargetTable({ ...options, weight: null });
  const q = rowCoefficients(table, label, rowTerms(table, label));
  return { own: q(label), others: rangeOf(presentClasses(options), label, q) };
}

/** The loss −Σ c_k·log p_k is smallest at p = c/mass; z-loss only fixes the common shift there, at lse = 0. */
function optimumOf(
  options: ResolvedOptions,
  label: number,
  coefficient: (k: number) => number,
  { mass, floor }: { readonly mass: number; readonly floor: number },
): Explanation['optimum'] {
  const { weight, subtractEntropy } = options;
  const classes = presentClasses(options);
  const own = coefficient(label);
  const gap = (k: number): number => (own === coefficient(k) ? 0 : Math.log(own / coefficient(k)));
  let entropy = 0;
  for (const k of classes) {
    const c = coefficient(k);
    if (c > 0) entropy -= c * Math.log(c / mass);
  }
  // KL(q‖q) is 0; the difference of the two sums would be rounding noise.
  const loss = subtractEntropy && weight === null ? 0 : entropy - floor;
  if (mass === 0) return { confidence: null, logitGap: null, loss };
  return { confidence: own / mass, logitGap: rangeOf(classes, label, gap), loss };
}

function rangeOf(classes: readonly number[], label: number, value: (k: number) => number): Range | null {
  let [min, max] = [Infinity, -Infinity];
  for (const k of classes) {
    if (k === label) continue;
    min = Math.min(min, value(k));
    max = Math.max(max, value(k));
  }
  return classes.length > 1 ? { min, max } : null;
}

function equivalentsOf(options: ResolvedOptions): Explanation['equivalents'] {
  const { labelSmoothing, smoothingMode } = options;
  const classes = presentClasses(options).length;
  const none = { uniform: null, others: null, binary: null, flip: null };
  if (typeof labelSmoothing !== 'number' || smoothingMode === 'prior' || classes < 2) return none;
  const to = (mode: SmoothingMode): number | null =>
    mode === 'uniform' && smoothingMode === 'others' && labelSmoothing > (classes - 1) / classes
      ? null
      : convertSmoothing({ labelSmoothing, from: smoothingMode, to: mode, classes });
  const conventions = { uniform: to('uniform'), others: to('others') };
  // Softmax over two classes is a sigmoid of the logits' difference, and 'others' then moves ε to the other side.
  return {
    ...conventions,
    binary: classes === 2 ? conventions.uniform : null,
    flip: classes === 2 ? conventions.others : null,
  };
}
