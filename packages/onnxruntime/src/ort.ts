import { wrongType } from '@label-smoothing/core/adapter';

/** A tensor of ONNX Runtime, as far as this package looks at it. */
export interface OrtTensor {
  readonly type: string;
  readonly dims: readonly number[];
  /** 'cpu', 'cpu-pinned', 'gpu-buffer', … */
  readonly location: string;
  /** Throws unless the tensor is on the CPU. */
  readonly data: unknown;
  dispose(): void;
}

/** Element types that the loss graphs take. */
export type OrtType = 'float16' | 'float32' | 'float64' | 'int32' | 'int64';
/** Arrays that hold them. */
export type OrtData = Uint16Array | Float32Array | Float64Array | Int32Array | BigInt64Array;

/** An opened graph. */
export interface OrtSession<T extends OrtTensor> {
  run(feeds: Readonly<Record<string, T>>): Promise<Readonly<Record<string, T>>>;
  release(): Promise<void>;
}

/**
 * ONNX Runtime as this package uses it: what `import * as ort` of onnxruntime-node, of any entry of onnxruntime-web, or
 * of a build of one's own gives. Described by its shape, so that no copy of its types has to be installed.
 */
export interface Ort<T extends OrtTensor = OrtTensor> {
  readonly Tensor: new (type: OrtType, data: OrtData, dims: readonly number[]) => T;
  readonly InferenceSession: { create(model: Uint8Array, options: object): Promise<OrtSession<T>> };
}

/** Checks that a value is a copy of ONNX Runtime, as far as this package uses one. */
export function anOrt(value: unknown): void {
  const { Tensor, InferenceSession } = (value ?? {}) as { Tensor?: unknown; InferenceSession?: { create?: unknown } };
  if (typeof Tensor === 'function' && typeof InferenceSession?.create === 'function') return;
  wrongType('LS_OPTION', 'ort', "ONNX Runtime, as `import * as ort from 'onnxruntime-node'` gives it", value);
}

/** An execution provider by name, or with its own options: `{ name: 'cuda', deviceId: 1 }`. */
export type ExecutionProvider = string | { readonly name: string };

/** Whether a value is a tensor rather than an array. */
export function isTensor(value: unknown): value is OrtTensor {
  return typeof value === 'object' && value !== null && 'dims' in value && 'location' in value;
}

const turns = new WeakMap<object, Promise<unknown>>();

/**
 * Does one piece of work on a copy of ONNX Runtime at a time. On WebGPU in a page a run that begins while another one
 * waits for the device fails; on the CPU runs follow one another in any case.
 */
export function inTurn<R>({ InferenceSession: copy }: Ort, work: () => Promise<R>): Promise<R> {
  const before = turns.get(copy) ?? Promise.resolve();
  const result = before.then(work);
  turns.set(
    copy,
    result.catch(() => {}),
  );
  return result;
}
