import { type BinaryExportOptions, type BinaryPlan, planBinary } from './binary-options.js';
import { GraphBuilder } from './builder.js';
import { lossMetadata } from './describe.js';
import { lossNames } from './loss-model.js';
import { elementTypes, encodeModel, type ValueParts } from './model.js';
import { computeType } from './options.js';
import { isZero, minus, named, over, plus, type Term, times, unless, where } from './term.js';
import { version } from './version.js';

/**
 * Writes the label-smoothed binary (multi-label) cross-entropy, and its gradient if asked for, as an ONNX model.
 *
 * Formula: t' = t·(1 − ε) + ε/2; loss = s·(posWeight·t'·softplus(−x) + (1 − t')·softplus(x)), element by element.
 *
 * @param options - see {@link BinaryExportOptions}. Inputs of the graph: `logits`, `targets` in [0, 1], and
 * `sample_weight` where asked for, all of one shape. Outputs: `loss` in nats, and `gradient`.
 * @returns the bytes of an .onnx file. Where logits are float16, `loss` and `sample_weight` are float32.
 * @throws LS_OPTION, LS_DTYPE, LS_SHAPE, LS_SMOOTHING, LS_WEIGHT, LS_UNSUPPORTED.
 *
 * Numerical note: softplus(x) = max(x, 0) + log1p(e^−|x|), with log1p exact to first order; a term of coefficient 0 is
 * skipped, so infinite logits stay right. Targets are used as they come.
 *
 * @example
 * ```ts
 * import { binaryLossModel } from '@label-smoothing/onnx';
 * const bytes = binaryLossModel({ shape: ['N', 80], labelSmoothing: 0.1, gradient: true });
 * console.log(bytes.length < 5000); // true
 * ```
 * Source: Keras binary_crossentropy and TensorFlow sigmoid_cross_entropy; docs/spec.md S12.
 */
export function binaryLossModel(options: BinaryExportOptions = {}): Uint8Array {
  const plan = planBinary(options);
  const { shape, dtype, opset, labelSmoothing, gradient, sampleWeight, reduction } = plan;
  const real = computeType(plan);
  const g = new GraphBuilder({ opset, dtype: real, open: Object.values(lossNames) });
  const built = buildBinary(g, plan);
  g.rename(built.loss, lossNames.loss);
  if (gradient) g.rename(built.gradient, lossNames.gradient);
  const outputs: readonly ValueParts[] = [
    { name: lossNames.loss, type: real, shape: reduction === 'none' ? shape : [] },
    ...(gradient ? [{ name: lossNames.gradient, type: dtype, shape }] : []),
  ];
  g.prune(outputs.map(({ name }) => name));
  const doc = `Label-smoothed binary cross-entropy (labelSmoothing ${labelSmoothing}).`;
  return encodeModel({
    opset,
    producer: { name: '@label-smoothing/onnx', version },
    doc,
    metadata: lossMetadata(options),
    graph: {
      name: 'label_smoothed_binary_cross_entropy',
      doc,
      nodes: g.nodes,
      initializers: g.initializers,
      inputs: [
        { name: lossNames.logits, type: dtype, shape },
        { name: lossNames.targets, type: dtype, shape },
        ...(sampleWeight ? [{ name: lossNames.sampleWeight, type: real, shape }] : []),
      ],
      outputs,
    },
  });
}

interface Element {
  readonly x: string;
  /** e^−|x| and 1 + e^−|x|. */
  readonly small: string;
  readonly sum: string;
  /** The coefficients of softplus(−x) and softplus(x). */
  readonly positive: Term;
  readonly negative: Term;
}

function buildBinary(g: GraphBuilder, plan: BinaryPlan): { loss: string; gradient: string } {
  const half = plan.dtype === 'float16';
  const wide = (input: string): string =>
    half ? g.op('Cast', [input], `wide_${input}`, { to: elementTypes.float32 }) : input;
  const s: Term = plan.sampleWeight ? lossNames.sampleWeight : 1;
  const dead = s === 1 ? null : isZero(g, s);
  const x = unless(g, dead, 0, wide(lossNames.logits), 'read_logits');
  const target = unless(g, dead, 0, wide(lossNames.targets), 'read_targets');
  const small = g.op('Exp', [g.op('Neg', [g.op('Abs', [x], 'size')], 'minus_size')], 'small_exponential');
  const sum = g.op('Add', [small, g.scalar(1)], 'sum_of_exponentials');
  const element: Element = { x, small, sum, ...coefficients(g, target, plan) };
  const losses = times(g, elementLoss(g, element), s, 'weighted_loss') as string;
  const { loss, factor } = reduceElements(g, losses, s, dead, plan);
  const gradient = named(g, times(g, elementGradient(g, element), factor, 'gradient'));
  return { loss, gradient: half ? g.op('Cast', [gradient], 'half_gradient', { to: elementTypes.float16 }) : gradient };
}

/** posWeight·t' and 1 − t', each from what it is a sum of: a difference would lose small ones. */
function coefficients(g: GraphBuilder, t: string, plan: BinaryPlan): Pick<Element, 'positive' | 'negative'> {
  const { labelSmoothing, posWeight } = plan;
  const smoothed = (hard: string, name: string): Term =>
    plus(g, times(g, hard, 1 - labelSmoothing, `kept_${name}`), labelSmoothing / 2, name);
  const weight =
    typeof posWeight === 'number' ? posWeight : g.constant(posWeight, [posWeight.length], g.dtype, 'pos_weight');
  const complement = g.op('Sub', [g.scalar(1), t], 'target_lack');
  return {
    positive: times(g, smoothed(t, 'positive'), weight, 'weighted_positive'),
    negative: smoothed(complement, 'negative'),
  };
}

function elementLoss(g: GraphBuilder, { x, small, sum, positive, negative }: Element): string {
  const lost = g.op('Sub', [small, g.op('Sub', [sum, g.scalar(1)], 'small_in_sum')], 'lost_in_sum');
  const log = g.op('Add', [g.op('Log', [sum], 'log_of_sum'), g.op('Div', [lost, sum], 'log_correction')], 'log1p');
  const softplus = (of: string): string => g.op('Add', [g.op('Relu', [of], 'positive_part'), log], 'softplus');
  const term = (coefficient: Term, of: string): Term =>
    typeof coefficient === 'number'
      ? times(g, coefficient, softplus(of), 'term')
      : where(g, isZero(g, coefficient), 0, times(g, coefficient, softplus(of), 'term'), 'term');
  return named(g, plus(g, term(positive, g.op('Neg', [x], 'minus_logits')), term(negative, x), 'element_loss'));
}

/** negative·σ(x) − positive·σ(−x). */
function elementGradient(g: GraphBuilder, { x, small, sum, positive, negative }: Element): Term {
  const large = over(g, 1, sum, 'larger_share');
  const lesser = over(g, small, sum, 'smaller_share');
  const isNegative = g.op('Less', [x, g.scalar(0)], 'is_negative');
  const up = times(g, negative, where(g, isNegative, lesser, large, 'sigmoid'), 'pull');
  const down = times(g, positive, where(g, isNegative, large, lesser, 'sigmoid_of_minus'), 'push');
  return minus(g, up, down, 'element_gradient');
}

function reduceElements(
  g: GraphBuilder,
  losses: string,
  s: Term,
  dead: string | null,
  { reduction, shape, onlyNonzero, zeroIfEmpty }: BinaryPlan,
): { loss: string; factor: Term } {
  if (reduction === 'none') return { loss: losses, factor: s };
  const sum = g.reduce('ReduceSum', losses, null, 'sum_of_losses', false);
  if (reduction === 'sum') return { loss: sum, factor: s };
  const count = onlyNonzero && dead !== null ? where(g, dead, 0, 1, 'counts') : null;
  const fixed = shape.every((size) => typeof size === 'number') ? shape.reduce((a, b) => a * (b as number), 1) : null;
  const ones =
    count ?? (fixed === null ? where(g, g.op('Equal', [losses, losses], 'is_element'), 1, 1, 'element') : null);
  const denominator = ones === null ? (fixed as number) : g.reduce('ReduceSum', ones, null, 'elements', false);
  const mean = named(g, over(g, sum, denominator, 'mean_loss'));
  const factor = over(g, s, denominator, 'mean_factor');
  if (typeof denominator === 'number' && denominator > 0) return { loss: mean, factor };
  const isEmpty = isZero(g, denominator);
  const loss = zeroIfEmpty ? where(g, isEmpty, 0, mean, 'mean_loss_or_zero') : mean;
  return { loss, factor: where(g, isEmpty, 0, factor, 'factor_or_empty') };
}
