import { wrongType, wrongValue } from '@label-smoothing/core/adapter';
import type { SessionSettings } from './open-session.js';
import type { ExecutionProvider } from './ort.js';
import type { CriterionOptions } from './plan.js';

/** The providers to try; checked before anything else is, because an entry may choose its ONNX Runtime by them. */
export function providersOf(options: CriterionOptions, usual: string): readonly ExecutionProvider[] {
  if (typeof options !== 'object' || options === null) wrongType('LS_OPTION', 'options', 'an object', options);
  const { executionProviders = [usual] } = options;
  const fits = (provider: unknown): boolean =>
    typeof (typeof provider === 'object' ? (provider as { name?: unknown } | null)?.name : provider) === 'string';
  if (!Array.isArray(executionProviders) || executionProviders.length === 0 || !executionProviders.every(fits)) {
    wrongType('LS_OPTION', 'executionProviders', 'a list of names of providers', executionProviders);
  }
  return executionProviders;
}

/** How a criterion's sessions are opened. */
export function settingsOf(options: CriterionOptions): SessionSettings {
  const executionProviders = providersOf(options, 'cpu');
  const { sessionOptions = {}, preferredOutputLocation, dtype = 'float32' } = options;
  checkSessionOptions(sessionOptions);
  return { executionProviders, sessionOptions, preferredOutputLocation, dtype };
}

/** Refuses session options that would make `executionProvider` untrue. */
function checkSessionOptions(sessionOptions: object): void {
  const { extra = {}, ...rest } = anObject(sessionOptions, 'sessionOptions') as { extra?: unknown };
  if ('executionProviders' in rest) {
    wrongValue('LS_OPTION', 'sessionOptions', 'executionProviders beside it, not in it', sessionOptions);
  }
  const { session = {}, ...flat } = anObject(extra, 'sessionOptions.extra') as { session?: unknown };
  const nested = anObject(session, 'sessionOptions.extra.session');
  // ONNX Runtime joins names by dots: both spellings are one option.
  if ('disable_cpu_ep_fallback' in nested || 'session.disable_cpu_ep_fallback' in flat) {
    const expected = "no disable_cpu_ep_fallback, which is always on; list 'cpu' in executionProviders to fall back";
    wrongValue('LS_OPTION', 'sessionOptions.extra', expected, extra);
  }
}

function anObject(value: unknown, argument: string): object {
  if (typeof value === 'object' && value !== null) return value;
  return wrongType('LS_OPTION', argument, 'an object', value);
}
