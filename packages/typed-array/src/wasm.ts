import { phrase, wrongValue } from '@label-smoothing/core/adapter';
import { relaxedSimd, simd } from './wasm.generated.js';

/** What a kernel can be: JavaScript, or one of the two builds of the WebAssembly kernel. */
export type KernelName = 'js' | WasmName;
/** The builds: 128-bit SIMD, and the same with a fused multiply-add. */
export type WasmName = 'simd' | 'relaxed-simd';

/** The functions of assembly/index.ts. Pointers are byte offsets. */
export interface WasmExports {
  fuses(): number;
  bindTables(columns: number, length: number, profile: number, total: number, zLoss: number, references: number): void;
  bindRows(
    x: number,
    out: number,
    classes: number,
    labels: number,
    weights: number,
    weightStep: number,
    factors: number,
    factorStep: number,
    losses: number,
    nll: number,
  ): void;
  labelledRows(first: number, end: number): number;
  sumRow(x: number, classes: number, out: number): void;
  rowSum(): number;
  rowReference(): number;
  rowDot(): number;
  rowPresent(): number;
  rowState(): number;
  rowLabelLogit(): number;
  sweepAny(
    out: number,
    classes: number,
    share: number,
    reference: number,
    even: number,
    keep: number,
    t: number,
    w: number,
    isWide: number,
    propagate: number,
    exact: number,
  ): void;
  clear(out: number, classes: number): void;
  storeAgain(x: number, classes: number, reference: number): void;
  dotTargets(x: number, t: number, w: number, classes: number): void;
  targetMass(): number;
  targetDot(): number;
  targetPresent(): number;
  targetPeak(): number;
}

/** A memory of fixed size, so that views of it stay what they are. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

/** What is used of the engine's own object, which not every environment has or allows. */
interface Engine {
  validate(bytes: Uint8Array): boolean;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
  readonly Memory: new (size: { readonly initial: number; readonly maximum: number }) => WasmMemory;
}

/** The size of a page of memory. */
export const pageBytes = 65536;

const { WebAssembly: engine, atob } = globalThis as unknown as {
  readonly WebAssembly?: Engine;
  readonly atob: (text: string) => string;
};
const texts: Readonly<Record<WasmName, string>> = { simd, 'relaxed-simd': relaxedSimd };
const modules = new Map<WasmName, object | string>();

/** The build as a module, compiled once; or why there is none. */
export function wasmModule(name: WasmName): object | string {
  const known = modules.get(name) ?? probe(name);
  modules.set(name, known);
  return known;
}

function probe(name: WasmName): object | string {
  if (engine === undefined) return 'an environment without WebAssembly';
  const bytes = decode(texts[name]);
  if (!engine.validate(bytes)) return `an engine without ${name === 'simd' ? 'SIMD' : 'relaxed SIMD'}`;
  try {
    const module = new engine.Module(bytes);
    const { exports } = instantiate(module, 1, pageBytes / 2);
    // The standard lets an engine round twice, and the kernel's accuracy rests on it rounding once.
    if (name === 'relaxed-simd' && !exports.fuses()) return 'a machine without fused multiply-add';
    return module;
  } catch (error) {
    return `an environment that forbids WebAssembly: ${(error as Error).message}`;
  }
}

function decode(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** A module from its text, where one of {@link wasmModule} of the same build runs. */
export function compileModule(text: string): object {
  return new (engine as Engine).Module(decode(text));
}

/** The best build that runs here; null for none. */
export function bestWasm(): WasmName | null {
  return (['relaxed-simd', 'simd'] as const).find((name) => typeof wasmModule(name) === 'object') ?? null;
}

/** A new instance with a memory of its own, in which `scratch` is where it keeps what it needs again. */
export function instantiate(
  module: object,
  pages: number,
  scratch: number,
): { memory: WasmMemory; exports: WasmExports } {
  const memory = newMemory(pages);
  return { memory, exports: newInstance(module, { memory, scratch, exp: Math.exp }) as WasmExports };
}

/** A memory of so many pages for good. */
export function newMemory(pages: number): WasmMemory {
  try {
    return new (engine as Engine).Memory({ initial: pages, maximum: pages });
  } catch {
    const bytes = phrase(`${pages * pageBytes} bytes`);
    wrongValue('LS_MEMORY', 'length', 'room that this machine and WebAssembly have', bytes);
  }
}

/** What a new instance of a module exports. */
export function newInstance(module: object, env: object): unknown {
  return new (engine as Engine).Instance(module, { env }).exports;
}
