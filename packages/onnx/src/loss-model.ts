import { GraphBuilder } from './builder.js';
import { buildLoss } from './loss-graph.js';
import { encodeModel } from './model.js';
import { type ExportOptions, type LossPlan, planLoss } from './options.js';
import { version } from './version.js';

export function lossModel(options: ExportOptions): Uint8Array {
  const plan = planLoss(options);
  const { shape, axis, dtype, labelType, opset } = plan;
  const g = new GraphBuilder({ opset, dtype: computeType(plan) });
  const { loss, gradient } = buildLoss(g, { logits: 'logits', target: 'labels' }, plan);
  g.rename(loss, 'loss');
  if (gradient !== null) g.rename(gradient, 'gradient');
  const rowShape = shape.filter((_, i) => i !== axis);
  return encodeModel({
    opset,
    producer: { name: '@label-smoothing/onnx', version },
    graph: {
      name: 'label_smoothed_cross_entropy',
      nodes: g.nodes,
      initializers: g.initializers,
      inputs: [
        { name: 'logits', type: dtype, shape },
        { name: 'labels', type: labelType, shape: rowShape },
      ],
      outputs: [
        { name: 'loss', type: computeType(plan), shape: plan.options.reduction === 'none' ? rowShape : [] },
        ...(gradient === null ? [] : [{ name: 'gradient', type: dtype, shape }]),
      ],
    },
  });
}

/** float16 logits are computed in float32. */
export function computeType({ dtype }: Pick<LossPlan, 'dtype'>): 'float32' | 'float64' {
  return dtype === 'float64' ? dtype : 'float32';
}
