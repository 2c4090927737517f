import type { ErrorCode } from '../../errors.js';
import { caseId, type LiveCase } from '../case.js';
import type { LossRequest, Supports } from '../contract.js';
import type { Dtype } from '../ulp.js';
import { exampleRequest } from './example.js';

interface Fault {
  readonly name: string;
  readonly comment: string;
  readonly code: ErrorCode;
  readonly spec: string;
  /** The faulty request, or null where the manifest makes it impossible. */
  readonly make: (request: LossRequest, supports: Supports) => LossRequest | null;
}

/** Requests that must be refused, with the code that every backend gives. */
export function errorCases(): readonly LiveCase[] {
  const dtypes: readonly Dtype[] = ['float16', 'float32', 'float64'];
  return faults.flatMap((fault) => dtypes.map((dtype) => errorCase(fault, dtype)));
}

function errorCase({ name, comment, code, spec, make }: Fault, dtype: Dtype): LiveCase {
  return {
    kind: 'live',
    id: caseId('errors', dtype, name, 1),
    family: 'errors',
    dtype,
    regime: name,
    tier: 'core',
    comment,
    spec,
    bugs: ['bad input yields a number'],
    check: async (backend) => {
      const request = make(exampleRequest(dtype, backend.supports), backend.supports);
      if (request === null) return null;
      try {
        await backend.computeLoss(request);
      } catch (error) {
        const got = (error as { code?: unknown } | null)?.code;
        return got === code ? null : `expected an error with code ${code}, got ${String(got ?? error)}`;
      }
      return `expected an error with code ${code}, got an answer`;
    },
  };
}

const withLabels =
  (labels: readonly number[]) =>
  (request: LossRequest, { targets }: Supports): LossRequest | null =>
    targets.includes('labels') ? { ...request, target: Int32Array.from(labels) } : null;

const faults: readonly Fault[] = [
  {
    name: 'label-negative',
    comment: 'a label below 0 wraps around',
    code: 'LS_LABEL',
    spec: 'S6',
    make: withLabels([0, -1]),
  },
  { name: 'label-too-large', comment: 'a label of K', code: 'LS_LABEL', spec: 'S6', make: withLabels([0, 3]) },
  { name: 'labels-missing', comment: 'fewer labels than rows', code: 'LS_SHAPE', spec: 'S11', make: withLabels([0]) },
  {
    name: 'logits-length',
    comment: 'logits that are not rows × classes',
    code: 'LS_SHAPE',
    spec: 'S11',
    make: (request) => ({ ...request, logits: request.logits.slice(1) }) as LossRequest,
  },
  {
    name: 'logits-type',
    comment: 'logits of another type than the dtype says',
    code: 'LS_DTYPE',
    spec: 'S11',
    make: (request) => ({ ...request, logits: Int32Array.from(request.logits) }) as unknown as LossRequest,
  },
  {
    name: 'target-negative',
    comment: 'a dense target below 0',
    code: 'LS_TARGET',
    spec: 'S9',
    make: (request, { targets }) => {
      if (!targets.includes('probabilities')) return null;
      const target = request.logits.slice().fill(0);
      // The sign bit and one: −1, whatever the dtype.
      target[0] = request.dtype === 'float16' ? 0xbc00 : -1;
      return { ...request, target } as LossRequest;
    },
  },
];
