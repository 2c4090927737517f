import type { GraphBuilder } from './builder.js';
import { denseLoss } from './dense-loss.js';
import { isPlain, labelLoss } from './label-loss.js';
import { elementTypes } from './model.js';
import type { LossPlan } from './options.js';
import { reduceRows } from './reduction.js';
import { type LossInputs, readRows } from './rows.js';
import { unless, where } from './term.js';

/** Names of what a loss graph computes. */
export interface LossOutputs {
  readonly loss: string;
  /** null where the plan has none. */
  readonly gradient: string | null;
}

/** The same, and what a backward pass has to know. */
export interface BuiltLoss extends LossOutputs {
  /** Whether a row is not read, in the logits' rank with 1 along the axis; null where all are. */
  readonly dead: string | null;
}

/** Adds the loss, and its gradient if the plan has one, to a graph. */
export function buildLoss(g: GraphBuilder, inputs: LossInputs, plan: LossPlan): BuiltLoss {
  const half = plan.dtype === 'float16';
  const wide = (input: string, name: string): string =>
    half ? g.op('Cast', [input], name, { to: elementTypes.float32 }) : input;
  const logits = wide(inputs.logits, 'wide_logits');
  const target = plan.target === 'labels' ? inputs.target : wide(inputs.target, 'wide_targets');
  const rows = readRows(g, inputs, plan);
  const build = isPlain(plan) ? labelLoss : denseLoss;
  const row = build(g, logits, { ...inputs, target }, rows, plan);
  const { loss, factor, empty } = reduceRows(g, row.loss, row.denominator, rows, inputs, plan);
  if (!plan.options.gradient) return { loss, gradient: null, dead: rows.dead };
  // WebGPU loses a NaN on its way through sums and quotients: a row whose loss is NaN is NaN in all of its gradient.
  const isNumber = g.op('Equal', [row.loss, row.loss], 'is_number');
  const gradient = unless(
    g,
    empty,
    0,
    row.gradient(where(g, isNumber, factor, Number.NaN, 'factor_or_nan')),
    'gradient_or_empty',
  );
  const result = half ? g.op('Cast', [gradient], 'half_gradient', { to: elementTypes.float16 }) : gradient;
  return { loss, gradient: result, dead: rows.dead };
}
