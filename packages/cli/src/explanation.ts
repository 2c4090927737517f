import {
  compileTargetTable,
  convertSmoothing,
  dialects,
  type ResolvedOptions,
  resolveOptions,
  rowCoefficients,
  rowTerms,
  type SmoothingMode,
  type TargetTable,
} from '@label-smoothing/core';
import { aLabel, type LossArguments } from './options.js';

/** A smallest and a largest value over the classes other than the label. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** Everything that `explain` prints. Losses are in nats; `null` stands for what does not exist. */
export interface Explanation {
  readonly title: string;
  readonly source: string;
  readonly label: number;
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
  /** ε of this label, base and f: the numbers in the formula. */
  readonly terms: { readonly smoothing: number; readonly base: number; readonly rowScale: number };
}

/** Who chose an option's value. */
export type Origin = 'default' | 'dialect' | 'caller';

const shown = [
  'classes',
  'labelSmoothing',
  'smoothingMode',
  'prior',
  'weight',
  'weightMode',
  'denominator',
  'reduction',
  'ignoreIndex',
  'onEmpty',
  'maskedLogits',
  'zLoss',
  'subtractEntropy',
] as const satisfies readonly (keyof ResolvedOptions)[];

/** Resolves the options and works out what they mean for one label. */
export function explain({ options, written, target }: LossArguments, labelArgument: unknown): Explanation {
  const resolved = resolveOptions(options, target);
  const label = aLabel(labelArgument, resolved.classes);
  const dialect = resolved.dialect === null ? null : dialects[resolved.dialect];
  const table = compileTargetTable(resolved);
  const terms = rowTerms(table, label);
  const coefficient = rowCoefficients(table, label, terms);
  const { labelSmoothing } = resolved;
  return {
    title: dialect?.title ?? 'No dialect',
    source: dialect?.source ?? "this library's defaults: PyTorch's, except that −inf logits are excluded",
    label,
    options: Object.fromEntries(
      shown.map((name) => {
        const preset = dialect !== null && name in dialect.options;
        return [name, { value: resolved[name], from: written.has(name) ? 'caller' : preset ? 'dialect' : 'default' }];
      }),
    ),
    smoothedTarget: smoothedTarget(resolved, label),
    table: tableRow(table, label),
    optimum: optimumOf(resolved, label, coefficient, terms),
    equivalents: equivalentsOf(resolved),
    resolved,
    terms: {
      smoothing: typeof labelSmoothing === 'number' ? labelSmoothing : (labelSmoothing[label] as number),
      base: terms.base,
      rowScale: terms.rowScale,
    },
  };
}

function tableRow(table: TargetTable, label: number): Explanation['table'] {
  const at = (column: Float64Array): number => column[column.length === 1 ? 0 : label] as number;
  const { hit, base, mass, floor, denominator } = table;
  return { hit: at(hit), base: at(base), mass: at(mass), floor: at(floor), denominator: at(denominator) };
}

function smoothedTarget(options: ResolvedOptions, label: number): Explanation['smoothedTarget'] {
  const table = compileTargetTable({ ...options, weight: null });
  const q = rowCoefficients(table, label, rowTerms(table, label));
  return { own: q(label), others: rangeOf(options.classes, label, q) };
}

/** The loss −Σ c_k·log p_k is smallest at p = c/mass; z-loss only fixes the common shift there, at lse = 0. */
function optimumOf(
  { classes, weight, subtractEntropy }: ResolvedOptions,
  label: number,
  coefficient: (k: number) => number,
  { mass, floor }: { readonly mass: number; readonly floor: number },
): Explanation['optimum'] {
  const own = coefficient(label);
  const gap = (k: number): number => (own === coefficient(k) ? 0 : Math.log(own / coefficient(k)));
  let entropy = 0;
  for (let k = 0; k < classes; k++) {
    const c = coefficient(k);
    if (c > 0) entropy -= c * Math.log(c / mass);
  }
  // KL(q‖q) is 0; the difference of the two sums would be rounding noise.
  const loss = subtractEntropy && weight === null ? 0 : entropy - floor;
  if (mass === 0) return { confidence: null, logitGap: null, loss };
  return { confidence: own / mass, logitGap: rangeOf(classes, label, gap), loss };
}

function rangeOf(classes: number, label: number, value: (k: number) => number): Range | null {
  let [min, max] = [Infinity, -Infinity];
  for (let k = 0; k < classes; k++) {
    if (k === label) continue;
    min = Math.min(min, value(k));
    max = Math.max(max, value(k));
  }
  return classes > 1 ? { min, max } : null;
}

function equivalentsOf({ labelSmoothing, smoothingMode, classes }: ResolvedOptions): Explanation['equivalents'] {
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
