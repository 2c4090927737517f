import type { LossRequest, Supports } from '../contract.js';
import { fromFloat64, requestOf } from '../request.js';
import type { Dtype } from '../ulp.js';

const scores = Float64Array.of(2, -1, 0.5, 0.25, 3, -2);

/** A small request that any backend must answer: two rows of three classes, in what the manifest claims. */
export function exampleRequest(dtype: Dtype, { reductions, targets, gradient }: Supports): LossRequest {
  const dense = !targets.includes('labels');
  const target = dense ? fromFloat64(Float64Array.of(1, 0, 0, 0, 1, 0), dtype) : Int32Array.of(0, 1);
  const reduction = reductions.includes('mean') ? 'mean' : (reductions[0] ?? 'none');
  const options = { classes: 3, labelSmoothing: 0.125, reduction };
  return requestOf({ dtype, logits: fromFloat64(scores.slice(), dtype), target, options }, gradient);
}
