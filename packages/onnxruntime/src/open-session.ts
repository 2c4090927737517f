import { phrase, wrongValue } from '@label-smoothing/core';
import { type ExecutionProvider, inTurn, type Ort, type OrtSession, type OrtTensor } from './ort.js';

/** How sessions are opened. */
export interface SessionSettings {
  readonly executionProviders: readonly ExecutionProvider[];
  /** Passed to ONNX Runtime beside what this package sets. */
  readonly sessionOptions: object;
  readonly preferredOutputLocation: unknown;
}

/** Makes the graph; without ScatterElements where a provider lacks that. */
export type MakeModel = (scatter: boolean) => Uint8Array;

/** One way to open a session. */
interface Attempt {
  /** What `executionProvider` says if it works. */
  readonly label: string;
  readonly providers: readonly ExecutionProvider[];
  /** Refuses a graph of which a part would run on the CPU. */
  readonly strict: boolean;
  readonly scatter: boolean;
  /** Of use only where the attempt before it was refused for a part on the CPU. */
  readonly afterRefusal: boolean;
}

/** A session, and the way that opened it: the next graph of the same criterion goes no other. */
export interface Opened<T extends OrtTensor> {
  readonly session: OrtSession<T>;
  readonly attempt: Attempt;
}

const hosts: readonly string[] = ['cpu', 'wasm'];
const refusal = /fallback to CPU EP has been explicitly disabled/;

/** Every way to open a session with these providers, in the order in which they are tried. */
export function attemptsFor(providers: readonly ExecutionProvider[]): readonly Attempt[] {
  return providers.flatMap((provider, i) => {
    const label = nameOf(provider);
    const base = { label, providers: [provider], scatter: true, afterRefusal: false };
    if (hosts.includes(label)) return [{ ...base, strict: false }];
    const whole = { ...base, strict: true };
    const host = providers.slice(i + 1).find((other) => hosts.includes(nameOf(other)));
    const attempts = [whole, { ...whole, scatter: false, afterRefusal: true }];
    if (host === undefined) return attempts;
    const split = { label: `${label}+${nameOf(host)}`, providers: [provider, host], strict: false };
    return [...attempts, { ...split, scatter: true, afterRefusal: true }];
  });
}

/**
 * Opens a graph on the first provider that takes the whole of it. A provider is tried alone and with the CPU forbidden,
 * because ONNX Runtime otherwise moves what a provider lacks to the CPU without a word.
 */
export async function openSession<T extends OrtTensor>(
  ort: Ort<T>,
  model: MakeModel,
  attempts: readonly Attempt[],
  settings: SessionSettings,
): Promise<Opened<T>> {
  const faults: string[] = [];
  let refused = false;
  for (const attempt of attempts) {
    if (attempt.afterRefusal && !refused) continue;
    const bytes = model(attempt.scatter);
    try {
      const options = sessionOptions(attempt, settings);
      const session = await inTurn(ort, () => ort.InferenceSession.create(bytes, options));
      return { session, attempt: { ...attempt, afterRefusal: false } };
    } catch (error) {
      const reason = messageOf(error);
      const again = refused && attempt.afterRefusal;
      refused = refusal.test(reason);
      if (!again) faults.push(`${attempt.label} (${reason}${hintFor(reason)})`);
    }
  }
  return wrongValue('LS_RUNTIME', 'executionProviders', 'a provider that takes the graph', phrase(faults.join('; ')));
}

function sessionOptions({ providers, strict }: Attempt, settings: SessionSettings): object {
  const { sessionOptions: given, preferredOutputLocation } = settings;
  const { extra = {} } = given as { extra?: { session?: object } };
  return {
    ...given,
    executionProviders: providers,
    ...(preferredOutputLocation == null ? {} : { preferredOutputLocation }),
    extra: { ...extra, session: { ...(strict ? { disable_cpu_ep_fallback: '1' } : {}), ...extra.session } },
  };
}

/** What to do about a provider that did not open, after ONNX Runtime's own words. */
const hints: readonly (readonly [RegExp, string])[] = [
  [refusal, "; list 'cpu' or 'wasm' behind it to accept that; on WebGPU, float32 with labelType 'int32' needs no CPU"],
  [
    /backend not found/,
    '; this build of ONNX Runtime has no such provider: WebGPU in a page is onnxruntime-web/webgpu',
  ],
  [/load shared library|load library/, '; its library is not installed: see the install options of onnxruntime-node'],
  [/adapter|WebGPU is not supported/i, '; there is no GPU that it can use: install a driver (on Linux a Vulkan one)'],
];

function hintFor(reason: string): string {
  return hints.find(([pattern]) => pattern.test(reason))?.[1] ?? '';
}

/** The first line of what ONNX Runtime says, without the place in its source that it begins with. */
export function messageOf(error: unknown): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n', 1);
  return line.replace(/^\/\S+:\d+ .* was false\. /, '');
}

function nameOf(provider: ExecutionProvider): string {
  return typeof provider === 'string' ? provider : provider.name;
}
