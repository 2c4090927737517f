import { phrase, wrongValue } from '@label-smoothing/core/adapter';
import { type ExecutionProvider, inTurn, type Ort, type OrtSession, type OrtTensor } from './ort.js';

/** How sessions are opened. */
export interface SessionSettings {
  readonly executionProviders: readonly ExecutionProvider[];
  /** Passed to ONNX Runtime beside what this package sets. */
  readonly sessionOptions: object;
  readonly preferredOutputLocation: unknown;
  readonly dtype: string;
}

/** Where a graph runs, and in which of its two forms. */
export interface Place {
  readonly provider: ExecutionProvider;
  readonly scatter: boolean;
}

/** Makes the graph for one place. */
export type MakeModel = (place: Place) => Uint8Array;

/** A session and its place: the next graph of the same criterion goes to the same. */
export interface Opened<T extends OrtTensor> extends Place {
  readonly session: OrtSession<T>;
}

const hosts: readonly string[] = ['cpu', 'wasm'];
const refusal = /fallback to CPU EP has been explicitly disabled/;

/** Every place to try, in this order. Only ONNX Runtime's older WebGPU provider lacks ScatterElements. */
export function placesOn(providers: readonly ExecutionProvider[]): readonly Place[] {
  return providers.flatMap((provider) => {
    const forms = hosts.includes(nameOf(provider)) ? [true] : [true, false];
    return forms.map((scatter) => ({ provider, scatter }));
  });
}

/**
 * Opens a graph on the first provider that takes the whole of it. A provider is tried alone and with the CPU forbidden,
 * because ONNX Runtime otherwise moves what a provider lacks to the CPU without a word.
 */
export async function openSession<T extends OrtTensor>(
  ort: Ort<T>,
  model: MakeModel,
  places: readonly Place[],
  settings: SessionSettings,
): Promise<Opened<T>> {
  const faults = new Map<ExecutionProvider, string>();
  for (const place of places) {
    const { provider } = place;
    // The other form may be whole where this one was not; it does not cure anything else.
    if (faults.has(provider) && !refusal.test(faults.get(provider) as string)) continue;
    const bytes = model(place);
    try {
      await checkDevice(provider, settings);
      const options = sessionOptions(provider, settings);
      return { ...place, session: await inTurn(ort, () => ort.InferenceSession.create(bytes, options)) };
    } catch (error) {
      faults.set(provider, messageOf(error));
    }
  }
  const reasons = [...faults].map(([provider, reason]) => `${nameOf(provider)} (${reason}${hintFor(reason)})`);
  return wrongValue('LS_RUNTIME', 'executionProviders', 'one that takes the graph', phrase(reasons.join('; ')));
}

/** The older WebGPU provider computes float16 on a GPU without it to nonsense; the newer one fails when it runs. */
async function checkDevice(provider: ExecutionProvider, { dtype }: SessionSettings): Promise<void> {
  if (dtype !== 'float16' || nameOf(provider) !== 'webgpu') return;
  const { navigator } = globalThis as { navigator?: { gpu?: { requestAdapter(): Promise<GpuAdapter | null> } } };
  const adapter = await navigator?.gpu?.requestAdapter();
  if (adapter && !adapter.features.has('shader-f16'))
    throw new Error('this GPU has no shader-f16, which float16 needs');
}

interface GpuAdapter {
  readonly features: { has(name: string): boolean };
}

function sessionOptions(provider: ExecutionProvider, settings: SessionSettings): object {
  const { sessionOptions: given, preferredOutputLocation } = settings;
  const { extra } = given as { extra?: { session?: object } };
  const strict = hosts.includes(nameOf(provider)) ? {} : { disable_cpu_ep_fallback: '1' };
  return {
    // What goes wrong is thrown; it need not be on the console too.
    logSeverityLevel: 4,
    ...given,
    executionProviders: [provider],
    ...(preferredOutputLocation == null ? {} : { preferredOutputLocation }),
    extra: { ...extra, session: { ...extra?.session, ...strict } },
  };
}

/** What to do about a provider that did not open, after ONNX Runtime's own words. */
const hints: readonly (readonly [RegExp, string])[] = [
  [refusal, "; list another one behind it to fall back to; WebGPU takes all of float32 with labelType 'int32'"],
  [
    /backend not found/,
    '; this build of ONNX Runtime has no such provider; in a page, onnxruntime-web/webgpu has WebGPU',
  ],
  [
    /load shared library|load library/,
    '; its library is missing: onnxruntime-node fetches it when its install script runs',
  ],
  [/Could not find an implementation/, '; onnxruntime-web has float64 in WebAssembly, onnxruntime-web/webgpu has not'],
  [/adapter|WebGPU is not supported/i, '; there is no GPU that it can use: install a driver, on Linux a Vulkan one'],
];

function hintFor(reason: string): string {
  return hints.find(([pattern]) => pattern.test(reason))?.[1] ?? '';
}

/** The first line of what ONNX Runtime says, without the place in its source that it begins with. */
export function messageOf(error: unknown): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n', 1);
  return line.replace(/^(Can't create a session\. ERROR_CODE: \d+, ERROR_MESSAGE: )?(\/\S+:\d+ .* was false\. )?/, '');
}

/** A provider's name. */
export function nameOf(provider: ExecutionProvider): string {
  return typeof provider === 'string' ? provider : provider.name;
}
