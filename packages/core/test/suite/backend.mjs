// The reference in float32, without class weights, and wrong by one part in ten thousand where rows are not reduced.
import { createBackend as reference } from '@label-smoothing/core/backend';
import { defineBackend } from '@label-smoothing/core/conformance';

export function createBackend({ wrong = 'yes' }) {
  const { supports, computeLoss } = reference();
  return defineBackend({
    name: 'wrong without reduction',
    version: '1.0.0',
    device: 'cpu',
    supports: { ...supports, dtypes: ['float32'], options: ['smoothingMode=others', 'labelSmoothing=perClass'] },
    async computeLoss(request) {
      const { loss, gradient } = await computeLoss(request);
      const factor = wrong === 'yes' && request.options.reduction === 'none' ? 1.0001 : 1;
      return { loss: Float64Array.from(loss, (x) => x * factor), gradient };
    },
  });
}

/** Passing, failing, unsupported and excused cases, few enough to start a runner for. */
export const selection = { filter: 'loss/float32/nd-axis#*' };
export const knownFailures = { 'loss/float32/nd-axis#20': 'rows are scaled' };
