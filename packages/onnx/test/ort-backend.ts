import { type BackendV1, defineBackend, type LossRequest, type LossResult } from '@label-smoothing/core/conformance';
import { type ExportOptions, lossModel } from '@label-smoothing/onnx';
import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { openStrictly } from './run-graph.js';

/** Sessions by option set: a graph is written and opened once. */
const sessions = new Map<string, Promise<InferenceSession>>();

/** Options of the graph that answers a request, in which `change` may set what a request does not know. */
export function exportOptions(
  { options, dtype, target, gradient }: LossRequest,
  change: Partial<ExportOptions> = {},
): ExportOptions {
  const { shape: _, axis: __, sampleWeight, dialect: ___, ...loss } = options;
  return {
    ...loss,
    gradient,
    dtype,
    target: target instanceof Int32Array ? 'labels' : 'probabilities',
    sampleWeight: sampleWeight !== null,
    ...change,
  };
}

/** The graphs on ONNX Runtime's CPU provider as a backend of the kit. */
export function ortBackend(change: Partial<ExportOptions> = {}): BackendV1 {
  return defineBackend({
    name: 'onnx graphs on onnxruntime-node',
    version: '0.0.0',
    device: 'cpu',
    supports: {
      dtypes: ['float16', 'float32', 'float64'],
      reductions: ['none', 'sum', 'mean'],
      targets: ['labels', 'probabilities'],
      options: ['table'],
      arithmetic: 'ieee',
      gradient: true,
    },
    computeLoss: (request) => run(request, exportOptions(request, change)),
  });
}

async function run(request: LossRequest, options: ExportOptions): Promise<LossResult> {
  const { rows, classes, dtype, logits, target, sampleWeight } = request;
  const key = JSON.stringify(options, (_, value) =>
    ArrayBuffer.isView(value) ? Array.from(value as Float64Array) : value,
  );
  const session = sessions.get(key) ?? openStrictly(lossModel(options));
  sessions.set(key, session);
  const feeds: Record<string, Tensor> = {
    logits: new Tensor(dtype as 'float32', logits as Float32Array, [rows, classes]),
  };
  if (!(target instanceof Int32Array))
    feeds.targets = new Tensor(dtype as 'float32', target as Float32Array, [rows, classes]);
  else if (options.labelType === 'int32') feeds.labels = new Tensor('int32', target, [rows]);
  else feeds.labels = new Tensor('int64', BigInt64Array.from(target, BigInt), [rows]);
  if (sampleWeight !== undefined) {
    const real = dtype === 'float64' ? sampleWeight : Float32Array.from(sampleWeight);
    feeds.sample_weight = new Tensor(dtype === 'float64' ? 'float64' : 'float32', real as Float32Array, [rows]);
  }
  const { loss, gradient } = await (await session).run(feeds);
  const result = { loss: Float64Array.from(loss?.data as Float32Array) };
  return gradient === undefined ? result : { ...result, gradient: gradient.data as Float32Array };
}
