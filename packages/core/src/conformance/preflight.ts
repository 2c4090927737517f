import { describe, wrongType, wrongValue } from '../errors.js';
import { exampleRequest } from './cases/example.js';
import type { BackendV1, CreateBackend } from './contract.js';
import { checkResult } from './define-backend.js';
import { messageOf } from './run-case.js';
import { TimeLimitExceeded, withTimeLimit } from './time-limit.js';

/**
 * The first things that go wrong, so that they are one message and not four hundred: the factory, the contract version,
 * the manifest, the device, and one trivial computation. Throws LS_CONTRACT.
 */
export async function openBackend(
  createBackend: CreateBackend,
  options: Readonly<Record<string, string>>,
  limit: number,
): Promise<BackendV1> {
  if (typeof createBackend !== 'function') {
    wrongType('LS_CONTRACT', 'createBackend', 'a function, exported by the module', createBackend);
  }
  const backend: unknown = await attempt('createBackend', () => createBackend(options), limit);
  return checkShape(backend);
}

/** Refuses a backend on another device than the one that is required. */
export function checkDevice({ device, name }: BackendV1, requireDevice: string | undefined): void {
  if (requireDevice !== undefined && device !== requireDevice) {
    wrongValue('LS_CONTRACT', 'device', `${JSON.stringify(requireDevice)}, as required, from ${name}`, device);
  }
}

/** One trivial computation per supported dtype. */
export async function checkTrivialCase(backend: BackendV1, limit: number): Promise<void> {
  for (const dtype of backend.supports.dtypes) {
    const request = exampleRequest(dtype, backend.supports);
    const what = `the trivial case in ${dtype}`;
    const result = await attempt(what, async () => checkResult(request, await backend.computeLoss(request)), limit);
    const odd = Array.from(result.loss).find((loss) => !Number.isFinite(loss));
    if (odd !== undefined) wrongValue('LS_CONTRACT', what, 'a finite loss', odd);
  }
}

/** The answer of a first call. Whatever it throws is LS_CONTRACT: the kit cannot run, whosever fault it is. */
async function attempt<T>(what: string, call: () => T | Promise<T>, limit: number): Promise<T> {
  try {
    return await withTimeLimit(call, limit, what);
  } catch (cause) {
    const message = cause instanceof TimeLimitExceeded ? cause.message : `${what}: ${messageOf(cause)}`;
    throw Object.assign(new TypeError(message, { cause }), { code: 'LS_CONTRACT' });
  }
}

function checkShape(value: unknown): BackendV1 {
  if (typeof value !== 'object' || value === null) wrongType('LS_CONTRACT', 'createBackend()', 'a backend', value);
  const backend = value as Partial<BackendV1>;
  if (backend.contract !== 1) {
    wrongValue('LS_CONTRACT', 'backend.contract', '1, the version that this kit speaks', backend.contract);
  }
  for (const name of ['name', 'version', 'device'] as const) {
    if (typeof backend[name] !== 'string' || backend[name] === '') {
      wrongType('LS_CONTRACT', `backend.${name}`, 'a text', backend[name]);
    }
  }
  if (typeof backend.computeLoss !== 'function') {
    wrongType('LS_CONTRACT', 'backend.computeLoss', 'a function', backend.computeLoss);
  }
  checkManifest(backend.supports);
  return backend as BackendV1;
}

function checkManifest(supports: unknown): void {
  if (typeof supports !== 'object' || supports === null) {
    wrongType('LS_CONTRACT', 'backend.supports', 'an object', supports);
  }
  const manifest = supports as Readonly<Record<string, unknown>>;
  const lists = {
    dtypes: ['float16', 'float32', 'float64'],
    reductions: ['none', 'sum', 'mean'],
    targets: ['labels', 'probabilities'],
  };
  for (const [name, known] of Object.entries(lists)) {
    const list = manifest[name];
    const fits = Array.isArray(list) && list.length > 0 && list.every((entry) => known.includes(entry));
    if (!fits) wrongValue('LS_CONTRACT', `supports.${name}`, `some of ${known.join(', ')}`, list);
  }
  const { options, arithmetic, gradient } = manifest;
  if (!Array.isArray(options)) wrongType('LS_CONTRACT', 'supports.options', 'an array of option names', options);
  if (arithmetic !== 'ieee' && arithmetic !== 'relaxed') {
    wrongValue('LS_CONTRACT', 'supports.arithmetic', "'ieee' or 'relaxed'", describe(arithmetic));
  }
  if (typeof gradient !== 'boolean') wrongType('LS_CONTRACT', 'supports.gradient', 'true or false', gradient);
}
