import { phrase, wrongValue } from '@label-smoothing/core/adapter';
import type { StageFunctions } from './staging.js';
import { relaxedSimd, simd } from './wasm.generated.js';

/** What a kernel can be: JavaScript, or one of the two builds of the WebAssembly kernel. */
export type KernelName = 'js' | WasmName;
/** The builds: 128-bit SIMD, and the same with a fused multiply-add. */
export type WasmName = 'simd' | 'relaxed-simd';

/** The functions of assembly/index.ts. Pointers are byte offsets. */
export interface WasmExports extends StageFunctions {
  bindTables(columns: number, length: number, profile: number, total: number, zLoss: number, exact: number): void;
  bindTerms(rule: number, others: number, base: number, keep: number): void;
  bindLists(
    classes: number,
    labels: number,
    weights: number,
    factors: number,
    losses: number,
    nll: number,
    sums: number,
    sumRows: number,
  ): void;
  bindRows(x: number, out: number, targets: number, targetWeights: number, step: number): void;
  computeRows(first: number, end: number): number;
  sumLosses(first: number, end: number): void;
  allWithin(at: number, count: number, most: number): number;
  rowSum(): number;
  rowReference(): number;
  rowDot(): number;
  rowPresent(): number;
  rowTargetMass(): number;
  rowTargetDot(): number;
  rowPeak(): number;
  preciseLse(x: number, out: number, classes: number, label: number, logit: number): number;
  sweepAny(
    out: number,
    classes: number,
    share: number,
    even: number,
    hits: number,
    t: number,
    w: number,
    propagate: number,
    exact: number,
  ): void;
}

/** A memory of fixed size, so that views of it stay what they are; or a shared one, which does not detach them. */
export interface WasmMemory {
  readonly buffer: ArrayBufferLike;
  grow(pages: number): number;
}

/** What is used of the engine's own object, which not every environment has or allows. */
interface Engine {
  validate(bytes: Uint8Array): boolean;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
  readonly Memory: new (size: {
    readonly initial: number;
    readonly maximum: number;
    readonly shared: boolean;
  }) => WasmMemory;
}

/** The size of a page of memory, and the most pages that there can be. */
export const pageBytes = 65536;
const mostPages = 65536;

const {
  WebAssembly: engine,
  Buffer,
  atob,
} = globalThis as unknown as {
  readonly WebAssembly?: Engine;
  readonly Buffer?: { from(text: string, encoding: 'base64'): Uint8Array };
  readonly atob: (text: string) => string;
};
/** Engines of 2025. */
const { fromBase64 } = Uint8Array as { readonly fromBase64?: (text: string) => Uint8Array };
const texts: Readonly<Record<WasmName, string>> = { simd, 'relaxed-simd': relaxedSimd };
const modules = new Map<string, object | string>();

/** The build as a module for one thread or for several, compiled once; or why there is none. */
export function wasmModule(name: WasmName, shared: boolean): object | string {
  const key = `${name} ${shared}`;
  const known = modules.get(key) ?? probe(name, shared);
  modules.set(key, known);
  return known;
}

function probe(name: WasmName, shared: boolean): object | string {
  if (engine === undefined) return 'an environment without WebAssembly';
  const bytes = decode(texts[name]);
  if (shared) share(bytes);
  try {
    // The standard lets an engine round twice, and the kernel's accuracy rests on it rounding once.
    if (name === 'relaxed-simd' && !fuses()) return 'a machine without fused multiply-add';
    return new engine.Module(bytes);
  } catch (error) {
    if (!engine.validate(bytes)) return `an engine without ${name === 'simd' ? 'SIMD' : 'relaxed SIMD'}`;
    return `an environment that forbids WebAssembly: ${(error as Error).message}`;
  }
}

/**
 * What x² has beyond its float32, where a multiply-add rounds once; else 0:
 *
 * ```wat
 * (module
 *   (func (export "rest") (param $x f32) (result f32) (local $v v128)
 *     (local.set $v (f32x4.splat (local.get $x)))
 *     (f32x4.extract_lane 0
 *       (f32x4.relaxed_madd (local.get $v) (local.get $v) (f32x4.neg (f32x4.mul (local.get $v) (local.get $v)))))))
 * ```
 */
const restOfSquare = 'AGFzbQEAAAABBgFgAX0BfQMCAQAHCAEEcmVzdAAACiABHgEBeyAA/RMhASABIAEgASAB/eYB/eEB/YUC/R8ACw==';

/** Whether relaxed SIMD's multiply-add rounds once: what an engine makes of it is up to the machine. */
function fuses(): boolean {
  const { rest } = newInstance(compileModule(restOfSquare), {}) as { rest(x: number): number };
  return rest(Math.LOG2E) !== 0;
}

function decode(text: string): Uint8Array {
  if (fromBase64) return fromBase64.call(Uint8Array, text);
  if (Buffer) return Buffer.from(text, 'base64');
  // Before it is compiled, such a loop takes longer than all else that starts a kernel.
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** Whether the memory that a module imports is shared is one bit of the byte before its limits. */
function share(bytes: Uint8Array): void {
  const imports = String.fromCharCode(...bytes.subarray(0, 1024));
  bytes[imports.indexOf('\x06memory\x02') + 8] = 3;
}

/** A module from its text, where one of {@link wasmModule} of the same build runs. */
export function compileModule(text: string): object {
  return new (engine as Engine).Module(decode(text));
}

/** The best build that runs here; null for none. */
export function bestWasm(): WasmName | null {
  return (['relaxed-simd', 'simd'] as const).find((name) => typeof wasmModule(name, false) === 'object') ?? null;
}

/** A memory of that size; shared, it can grow. */
export function newMemory(pages: number, shared: boolean): WasmMemory {
  const { Memory } = engine as Engine;
  return withRoom(pages, () => new Memory({ initial: pages, maximum: shared ? mostPages : pages, shared }));
}

/** Makes a shared memory larger by at least so many bytes, and a little more: each time costs a call of the system. */
export function growMemory(memory: WasmMemory, bytes: number): void {
  const pages = Math.ceil(bytes / pageBytes) + 16;
  withRoom(pages, () => memory.grow(pages));
}

function withRoom<T>(pages: number, make: () => T): T {
  try {
    return make();
  } catch {
    const bytes = phrase(`${pages * pageBytes} bytes`);
    return wrongValue('LS_MEMORY', 'length', 'room that this machine and WebAssembly have', bytes);
  }
}

/** A new instance of the kernels, which keeps what it needs again at `scratch`. */
export function instantiate(module: object, memory: WasmMemory, scratch: number): WasmExports {
  return newInstance(module, { memory, scratch, exp: Math.exp }) as WasmExports;
}

/** What a new instance of a module exports. */
export function newInstance(module: object, env: object): unknown {
  return new (engine as Engine).Instance(module, { env }).exports;
}
