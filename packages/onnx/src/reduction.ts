import type { GraphBuilder } from './builder.js';
import type { LossPlan } from './options.js';
import type { LossInputs, Rows } from './rows.js';
import { isZero, named, over, type Term, times, where } from './term.js';

/** How rows become the result. */
export interface Reduced {
  readonly loss: string;
  /** What every row's gradient is multiplied by: factor/denominator, 0 where the denominator is. */
  readonly factor: Term;
  /** Whether the mean is over nothing although rows were read; null where that cannot be. */
  readonly empty: string | null;
}

/** Weighs the rows' losses, adds them up and divides by the denominator, as the plan says. */
export function reduceRows(
  g: GraphBuilder,
  rowLoss: string,
  rowDenominator: Term,
  rows: Rows,
  inputs: LossInputs,
  plan: LossPlan,
): Reduced {
  const { reduction, onEmpty, weight } = plan.options;
  const read = rows.dead === null ? rowLoss : where(g, rows.dead, 0, rowLoss, 'read_loss');
  const losses = times(g, read, rows.factor, 'weighted_loss') as string;
  if (reduction === 'none') {
    return { loss: g.op('Squeeze', [losses, g.integers([plan.axis])], 'losses'), factor: rows.factor, empty: null };
  }
  const sum = g.reduce('ReduceSum', losses, null, 'sum_of_losses', false);
  if (reduction === 'sum') return { loss: sum, factor: rows.factor, empty: null };
  const denominator = denominatorOf(g, rowLoss, rowDenominator, rows, inputs, plan);
  const mean = named(g, over(g, sum, denominator, 'mean_loss'));
  const factor = over(g, rows.factor, denominator, 'mean_factor');
  if (typeof denominator === 'number' && denominator > 0) return { loss: mean, factor, empty: null };
  const isEmpty = isZero(g, denominator);
  // Class weights and normalizers can leave rows over a denominator of 0; without them 0/0 is NaN by itself.
  const rowsLeft = weight !== null || plan.normalizer !== null;
  const loss =
    onEmpty === 'nan' && !rowsLeft
      ? mean
      : where(g, isEmpty, onEmpty === 'zero' ? 0 : Number.NaN, mean, 'mean_loss_or_empty');
  return { loss, factor: where(g, isEmpty, 0, factor, 'factor_or_empty'), empty: rowsLeft ? isEmpty : null };
}

function denominatorOf(
  g: GraphBuilder,
  rowLoss: string,
  rowDenominator: Term,
  rows: Rows,
  inputs: LossInputs,
  plan: LossPlan,
): Term {
  if (plan.normalizer !== null) return plan.normalizer === 'input' ? (inputs.normalizer as string) : plan.normalizer;
  const { denominator } = plan.options;
  const perRow =
    denominator === 'rows'
      ? 1
      : denominator === 'valid'
        ? rows.counted
        : denominator === 'nonzeroWeights'
          ? nonzero(g, rows)
          : times(g, rows.weight, rowDenominator, 'row_denominator');
  if (typeof perRow === 'string') return g.reduce('ReduceSum', perRow, null, 'denominator', false);
  return times(g, rowCount(g, rowLoss, plan), perRow, 'denominator');
}

function nonzero(g: GraphBuilder, { weight, dead }: Rows): Term {
  return weight === 1 ? 1 : where(g, dead as string, 0, 1, 'counts');
}

/** The number of rows: from the shape, or counted with operators that stay on the device. */
function rowCount(g: GraphBuilder, rowLoss: string, { shape, axis }: LossPlan): Term {
  const sizes = shape.filter((_, i) => i !== axis);
  if (sizes.every((size) => typeof size === 'number')) return sizes.reduce((a, b) => a * b, 1);
  const ones = where(g, g.op('Equal', [rowLoss, rowLoss], 'is_row'), 1, 1, 'row');
  return g.reduce('ReduceSum', ones, null, 'rows', false);
}
