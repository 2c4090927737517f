import { GraphBuilder } from './builder.js';
import { describeLoss, lossMetadata } from './describe.js';
import { buildLoss, type LossOutputs } from './loss-graph.js';
import { encodeModel, type ValueParts } from './model.js';
import { computeType, type ExportOptions, type LossPlan, planLoss } from './options.js';
import { version } from './version.js';

/** Names of a loss model's inputs and outputs. */
export const lossNames = {
  logits: 'logits',
  labels: 'labels',
  targets: 'targets',
  sampleWeight: 'sample_weight',
  normalizer: 'normalizer',
  loss: 'loss',
  gradient: 'gradient',
} as const;

/**
 * Writes label-smoothed cross-entropy, and its gradient if asked for, as an ONNX model of standard operators.
 *
 * Formula: with m the row's maximum, d = x − m and ℓ = log Σ e^d,
 * loss row = mass·ℓ − base·Σ v_k·d_k − hit·d_y + zLoss·(m + ℓ)² − floor; gradient = ((mass + 2·zLoss·(m + ℓ))·e^{d − ℓ} − c)·s/denominator.
 * mass, base, hit, v and floor are what core compiles from the same options.
 *
 * @param options - see {@link ExportOptions}. Inputs of the graph: `logits`; `labels` (the logits' shape without the
 * class axis) or `targets` (the logits' shape and type); `sample_weight` (the labels' shape) and `normalizer` (a scalar)
 * where asked for. Outputs: `loss` in nats, and `gradient` in the logits' shape and type.
 * @returns the bytes of an .onnx file. Where logits are float16 everything in between, `loss`, `sample_weight` and
 * `normalizer` are float32.
 * @throws LS_OPTION, LS_DTYPE, LS_SHAPE, LS_UNSUPPORTED and the codes of core's `resolveOptions`.
 *
 * Numerical note: ℓ is as exact as log1p where the label has the maximum; on ONNX Runtime's CPU provider within 4 ULP, and
 * the gradient within 8. Infinite where distances summed over the classes leave the type's range (logits around 1e38). A
 * label that is neither a class nor ignored makes its row NaN. Dense targets are used as they come: a graph cannot refuse
 * them.
 *
 * @example
 * ```ts
 * import { lossModel } from '@label-smoothing/onnx';
 * const bytes = lossModel({ classes: 1000, labelSmoothing: 0.1, gradient: true });
 * console.log(bytes.length < 5000); // true
 * ```
 * Source: docs/onnx.md.
 */
export function lossModel(options: ExportOptions): Uint8Array {
  const plan = planLoss(options);
  const g = new GraphBuilder({ opset: plan.opset, dtype: computeType(plan), open: Object.values(lossNames) });
  const values = lossInputs(plan);
  const inputs = {
    logits: lossNames.logits,
    target: plan.target === 'labels' ? lossNames.labels : lossNames.targets,
    sampleWeight: lossNames.sampleWeight,
    normalizer: lossNames.normalizer,
  };
  const { loss, gradient } = buildLoss(g, inputs, plan);
  g.rename(loss, lossNames.loss);
  if (gradient !== null) g.rename(gradient, lossNames.gradient);
  const outputs = lossOutputs(plan, { loss: lossNames.loss, gradient: gradient === null ? null : lossNames.gradient });
  g.prune(outputs.map(({ name }) => name));
  const doc = describeLoss(plan, plan.options.gradient);
  return encodeModel({
    opset: plan.opset,
    producer: { name: '@label-smoothing/onnx', version },
    doc,
    metadata: lossMetadata(options),
    graph: {
      name: 'label_smoothed_cross_entropy',
      doc,
      nodes: g.nodes,
      initializers: g.initializers,
      inputs: values,
      outputs,
    },
  });
}

/** The inputs of a loss graph beside and including its logits. */
export function lossInputs(plan: LossPlan): readonly ValueParts[] {
  const { shape, dtype, labelType, target, sampleWeight, normalizer } = plan;
  const rows = rowShape(plan);
  const real = computeType(plan);
  return [
    { name: lossNames.logits, type: dtype, shape },
    target === 'labels'
      ? { name: lossNames.labels, type: labelType, shape: rows }
      : { name: lossNames.targets, type: dtype, shape },
    ...(sampleWeight ? [{ name: lossNames.sampleWeight, type: real, shape: rows }] : []),
    ...(normalizer === 'input' ? [{ name: lossNames.normalizer, type: real, shape: [] }] : []),
  ];
}

/** The outputs of a loss graph; `doc` is what the loss says of itself. */
export function lossOutputs(plan: LossPlan, { loss, gradient }: LossOutputs, doc?: string): readonly ValueParts[] {
  const { shape, dtype, options } = plan;
  return [
    { name: loss, type: computeType(plan), shape: options.reduction === 'none' ? rowShape(plan) : [], doc },
    ...(gradient === null ? [] : [{ name: gradient, type: dtype, shape }]),
  ];
}

/** The labels' shape: the logits' without the class axis. */
function rowShape({ shape, axis }: Pick<LossPlan, 'shape' | 'axis'>): LossPlan['shape'] {
  return shape.filter((_, i) => i !== axis);
}
