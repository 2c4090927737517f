import { type RowTerms, rowTerms, type TargetKind, type TargetTable } from '@label-smoothing/core';
import { labelTerms } from '@label-smoothing/core/adapter';

/** What rows are computed by: two tables, and what follows from them alone. */
export interface RowRules {
  /** What the loss and the gradient follow. */
  readonly table: TargetTable;
  /** What the nll follows. */
  readonly hard: TargetTable;
  readonly terms: PresentTerms;
  /** Whether what is far below a row's maximum still has digits in its gradient. */
  readonly exact: boolean;
  /** How a row's terms follow from which classes are there: a rule of assembly/terms.ts. */
  readonly masked: number;
  /** `base` and `keep` of rows with dense targets in which every class is there; 0 where rows have labels. */
  readonly dense: Pick<RowTerms, 'base' | 'keep'>;
}

/** Below this no coefficient of a class is small enough for a probability near the end of float32 to show beside it. */
const visible = 2 ** -60;

export function rulesOf({ table, hard }: Pick<RowRules, 'table' | 'hard'>, kind: TargetKind): RowRules {
  const { base, mass, profile, conditionalPrior } = table;
  const least = profile === null ? 1 : (profile as Float64Array).reduce((a, b) => Math.min(a, b), Infinity);
  const smallest = base.reduce((a, b) => Math.min(a, b)) * least;
  const largest = mass.reduce((a, b) => Math.max(a, b));
  const exact = conditionalPrior !== null || !(smallest >= visible * largest);
  const terms = new PresentTerms(table);
  const dense = kind === 'labels' ? { base: 0, keep: 0 } : terms.of(null, table.options.classes, () => true);
  return { table, hard, terms, exact, masked: maskedRule(table), dense };
}

function maskedRule({ options }: TargetTable): number {
  const { weight, weightMode, prior, maskedLogits, subtractEntropy } = options;
  if (maskedLogits === 'propagate') return 2;
  if (subtractEntropy || (weight !== null && weightMode === 'expected')) return 0;
  if (prior === null) return 1;
  return weight !== null && weightMode === 'perClass' ? 0 : 3;
}

/** The terms of rows in which classes are missing. */
export class PresentTerms {
  private readonly table: TargetTable;
  private readonly alike: boolean;

  constructor(table: TargetTable) {
    const { weight, prior, labelSmoothing } = table.options;
    this.table = table;
    this.alike = weight === null && prior === null && typeof labelSmoothing === 'number';
  }

  /** Terms of a label, or of a dense row's smoothing mass alone, where `count` classes are there. */
  of(label: number | null, count: number, present: (k: number) => boolean): RowTerms {
    if (!this.alike) return rowTerms(this.table, label ?? noTarget, present);
    // All classes are alike: their number says it all.
    const rest = count - 1;
    const terms = labelTerms(this.table.options, 0, { z: rest, weighted: rest, uLogU: 0, uniform: false });
    return label === null ? { ...terms, mass: terms.base * count } : terms;
  }
}

const noTarget = (): number => 0;
