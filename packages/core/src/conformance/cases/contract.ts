import { caseId, type LiveCase, type Open } from '../case.js';
import type { BackendV1, LossRequest, LossResult, Supports } from '../contract.js';
import { requestOf } from '../request.js';
import type { ArrayOf, Dtype } from '../ulp.js';
import { exampleRequest } from './example.js';

type Check = (backend: BackendV1, request: LossRequest, open: Open) => Promise<string | null>;

interface Promised {
  readonly name: string;
  readonly comment: string;
  readonly bug: string;
  readonly check: Check;
}

/** What a backend promises beside its numbers, each once per dtype that it supports. */
export function contractCases(): readonly LiveCase[] {
  const dtypes: readonly Dtype[] = ['float16', 'float32', 'float64'];
  return promises.flatMap((promise) => dtypes.map((dtype) => contractCase(promise, dtype)));
}

function contractCase({ name, comment, bug, check }: Promised, dtype: Dtype): LiveCase {
  return {
    kind: 'live',
    id: caseId('contract', dtype, name, 1),
    family: 'contract',
    dtype,
    regime: name,
    tier: 'core',
    comment,
    spec: 'contract',
    bugs: [bug],
    check: async (backend, open) => check(backend, exampleRequest(dtype, backend.supports), open),
  };
}

const promises: readonly Promised[] = [
  {
    name: 'supports-constant',
    comment: '`supports` does not change after a call',
    bug: 'capabilities that depend on what was asked before',
    check: async (backend, request) => {
      const before = JSON.stringify(backend.supports);
      await backend.computeLoss(request);
      const after = JSON.stringify(backend.supports);
      return before === after ? null : `supports was ${before} and is ${after} after a call`;
    },
  },
  {
    name: 'inputs-untouched',
    comment: 'logits, target, weights, options and table are as they were',
    bug: 'mutated input',
    check: async (backend, request) => {
      const weighted = withWeights(request, backend.supports);
      const before = snapshot(weighted);
      await backend.computeLoss(weighted);
      const changed = Object.entries(snapshot(weighted)).find(([name, bits]) => bits !== before[name]);
      return changed === undefined ? null : `${changed[0]} was written to`;
    },
  },
  {
    name: 'result-is-fresh',
    comment: 'a result is not overwritten by the next call',
    bug: 'aliased result',
    check: async (backend, request) => {
      const first = await backend.computeLoss(request);
      const kept = bitsOf(first);
      await backend.computeLoss(negated(request));
      return bitsOf(first) === kept ? null : 'the second call wrote into the first result';
    },
  },
  {
    name: 'byte-offset',
    comment: 'arrays may begin anywhere in their buffer',
    bug: 'the buffer is read from its start',
    check: async (backend, request) => {
      const plain = bitsOf(await backend.computeLoss(request));
      const moved = await backend.computeLoss({
        ...request,
        logits: offset(request.logits),
        target: offset(request.target),
      } as LossRequest);
      return bitsOf(moved) === plain ? null : 'the same numbers at a byteOffset give another answer';
    },
  },
  {
    name: 'two-in-flight',
    comment: 'two calls that overlap do not disturb each other',
    bug: 'shared scratch memory',
    check: async (backend, request) => {
      const other = negated(request);
      const apart = [bitsOf(await backend.computeLoss(request)), bitsOf(await backend.computeLoss(other))];
      const together = (await Promise.all([backend.computeLoss(request), backend.computeLoss(other)])).map(bitsOf);
      return together.every((bits, i) => bits === apart[i]) ? null : 'overlapping calls give other answers';
    },
  },
  {
    name: 'repeatable',
    comment: 'the same input twice gives the same bits (arithmetic "ieee")',
    bug: 'sums in an order that varies, or state kept between calls',
    check: async (backend, request) => {
      if (backend.supports.arithmetic === 'relaxed') return null;
      const first = bitsOf(await backend.computeLoss(request));
      await backend.computeLoss(negated(request));
      return bitsOf(await backend.computeLoss(request)) === first ? null : 'the same request gives other bits';
    },
  },
  {
    name: 'device-probed',
    comment: '`device` says where work runs, not what was asked for',
    bug: 'lying `device`',
    check: async (backend, _request, open) => {
      const asked = 'no-such-device';
      // Whatever option the device was named in, and the usual one.
      const renamed = (value: string): string => (value === backend.device ? asked : value);
      const change: Parameters<typeof open>[0] = (options) => ({
        ...Object.fromEntries(Object.entries(options).map(([name, value]) => [name, renamed(value)])),
        device: asked,
      });
      // A backend that refuses a device which does not exist is as honest as one that runs elsewhere and says so.
      const own = await open(change).catch(() => null);
      const { device } = own ?? {};
      await own?.dispose?.();
      return device === asked ? `asked to run on ${asked}, it says that it does` : null;
    },
  },
  {
    name: 'dispose',
    comment: 'dispose may be called twice, and a call after it is refused with LS_DISPOSED',
    bug: 'use after dispose',
    check: async (backend, request, open) => {
      if (backend.dispose === undefined) return null;
      const own = await open();
      await own.dispose?.();
      await own.dispose?.();
      try {
        await own.computeLoss(request);
      } catch (error) {
        const { code } = error as { code?: unknown };
        return code === 'LS_DISPOSED' ? null : `a call after dispose throws ${String(code ?? error)}, not LS_DISPOSED`;
      }
      return 'a call after dispose is answered';
    },
  },
];

/** Another request of the same shape: a backend that keeps anything of the last one gives itself away. */
function negated(request: LossRequest): LossRequest {
  const { dtype, options, target } = request;
  const logits = request.logits.slice().reverse() as ArrayOf[Dtype];
  return requestOf({ dtype, logits, target, options }, request.gradient);
}

function offset<A extends Int32Array | ArrayOf[Dtype]>(array: A): A {
  const type = array.constructor as new (length: number) => A;
  const longer = new type(array.length + 3);
  longer.set(array, 3);
  return longer.subarray(3) as A;
}

/** With every array that the manifest lets a request have. */
function withWeights(request: LossRequest, supports: Supports): LossRequest {
  const { dtype, logits, target } = request;
  const claims = (name: string): boolean => supports.options.some((claim) => claim === name || claim === 'table');
  const options = {
    ...request.options,
    ...(claims('weight') ? { weight: Float64Array.of(0.5, 1, 2) } : {}),
    ...(claims('sampleWeight') ? { sampleWeight: Float64Array.of(1, 2) } : {}),
  };
  return requestOf({ dtype, logits, target, options }, request.gradient);
}

function snapshot({ logits, target, sampleWeight, options, table }: LossRequest): Readonly<Record<string, string>> {
  return {
    logits: hex(logits),
    target: hex(target),
    sampleWeight: sampleWeight === undefined ? '' : hex(sampleWeight),
    options: JSON.stringify(options),
    table: JSON.stringify(table),
  };
}

function bitsOf({ loss, gradient }: LossResult): string {
  return `${hex(Float64Array.from(loss))}/${gradient === undefined ? '' : hex(gradient)}`;
}

function hex(array: ArrayBufferView): string {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength).join(',');
}
