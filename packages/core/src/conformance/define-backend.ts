import { phrase, wrongType, wrongValue } from '../errors.js';
import { bindTarget } from '../target-batch.js';
import type { BackendV1, LossRequest, LossResult } from './contract.js';
import { targetOf, unsupported } from './request.js';
import type { ArrayOf, Dtype } from './ulp.js';

const arrays = { float16: Uint16Array, float32: Float32Array, float64: Float64Array } as const;

/**
 * Wraps an implementation so that every request is checked before it and every result after it: whoever writes a
 * backend writes the computation only, and all error codes agree.
 *
 * Formula: none.
 *
 * @param implementation - a {@link BackendV1} without `contract`; its `computeLoss` may count on a request that fits
 * `supports`, on lengths that agree, and on labels in [0, K) or in `options.ignoreIndex`.
 * @returns the backend, with `supports` frozen and `dispose` idempotent. Its `computeLoss` throws LS_DTYPE, LS_SHAPE,
 * LS_LABEL, LS_TARGET, LS_SAMPLE_WEIGHT, LS_UNSUPPORTED, LS_DISPOSED, and LS_CONTRACT for a result of a wrong shape.
 *
 * Numerical note: numbers are not looked at; a NaN in a result is the kit's to judge.
 *
 * @example
 * ```ts
 * import { defineBackend } from '@label-smoothing/core/conformance';
 * const backend = defineBackend({
 *   name: 'zero', version: '1.0.0', device: 'cpu',
 *   supports: {
 *     dtypes: ['float32'], reductions: ['none'], targets: ['labels'], options: [], arithmetic: 'ieee', gradient: false,
 *   },
 *   computeLoss: ({ rows }) => ({ loss: new Float32Array(rows) }),
 * });
 * console.log(backend.contract, Object.isFrozen(backend.supports)); // 1 true
 * ```
 * Source: docs/conformance.md.
 */
export function defineBackend(implementation: Omit<BackendV1, 'contract'>): BackendV1 {
  const { name, version, device } = implementation;
  const supports = deepFrozen(implementation.supports);
  let disposed = false;
  return Object.freeze({
    contract: 1,
    name,
    version,
    device,
    supports,
    async computeLoss(request: LossRequest): Promise<LossResult> {
      if (disposed) wrongValue('LS_DISPOSED', 'computeLoss', 'a backend that is not disposed', name);
      checkRequest(request);
      const missing = unsupported(request, supports);
      if (missing !== null) wrongValue('LS_UNSUPPORTED', 'request', `what ${name} supports`, missing);
      return checkResult(request, await implementation.computeLoss(request));
    },
    async dispose(): Promise<void> {
      if (disposed) return;
      disposed = true;
      await implementation.dispose?.();
    },
  } as const);
}

function checkRequest({ dtype, logits, target, rows, classes, options, sampleWeight }: LossRequest): void {
  if (!Object.hasOwn(arrays, dtype)) wrongValue('LS_DTYPE', 'dtype', 'float16, float32 or float64', dtype);
  const type = arrays[dtype];
  if (!(logits instanceof type)) wrongType('LS_DTYPE', 'logits', type.name, logits);
  if (logits.length !== rows * classes) {
    wrongValue('LS_SHAPE', 'logits', `${rows}×${classes} values`, phrase(`${logits.length} values`));
  }
  const given: unknown = target;
  if (!(given instanceof Int32Array || given instanceof type)) {
    wrongType('LS_DTYPE', 'target', `Int32Array or ${type.name}`, target);
  }
  bindTarget(targetOf(target), rows, { ...options, sampleWeight: sampleWeight ?? null });
}

/** The kit runs this on every backend's results, whether it was made by {@link defineBackend} or not. */
export function checkResult(request: LossRequest, result: LossResult): LossResult {
  const { rows, classes, options, dtype, gradient } = request;
  if (typeof result !== 'object' || result === null) wrongType('LS_CONTRACT', 'result', '{ loss, gradient? }', result);
  const { loss } = result;
  const length = options.reduction === 'none' ? rows : 1;
  if (!(Array.isArray(loss) || (ArrayBuffer.isView(loss) && 'length' in loss))) {
    wrongType('LS_CONTRACT', 'result.loss', 'an array of numbers', loss);
  }
  if (loss.length !== length)
    wrongValue('LS_CONTRACT', 'result.loss', `${length} values`, phrase(`${loss.length} values`));
  if (gradient) checkGradient(result.gradient, dtype, rows * classes);
  return result;
}

function checkGradient(gradient: ArrayOf[Dtype] | undefined, dtype: Dtype, length: number): void {
  const type = arrays[dtype];
  if (!(gradient instanceof type)) wrongType('LS_CONTRACT', 'result.gradient', type.name, gradient);
  if (gradient.length !== length) {
    wrongValue('LS_CONTRACT', 'result.gradient', `${length} values`, phrase(`${gradient.length} values`));
  }
}

function deepFrozen<S extends BackendV1['supports']>(supports: S): S {
  const copy = Object.entries(supports).map(([name, value]) => [
    name,
    Array.isArray(value) ? Object.freeze([...value]) : value,
  ]);
  return Object.freeze(Object.fromEntries(copy)) as S;
}
