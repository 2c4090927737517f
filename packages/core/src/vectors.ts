import type { BinaryCrossEntropyOptions } from './binary.js';
import type { ArrayOf, Dtype } from './conformance/ulp.js';
import { toFloat16 } from './float16.js';
import { decodeHex } from './hex.js';
import type { CrossEntropyOptions, DialectName } from './options.js';

/** `vectors/index.json`: the set's version and its files. */
export interface VectorIndex {
  readonly version: string;
  /** Of all files together: the sha256 of their own, in the order of `files`. */
  readonly sha256: string;
  readonly files: readonly { readonly file: string; readonly sha256: string; readonly cases: number }[];
}

/** Expected numbers as 16 hex digits each; `at` says which elements where not all are stored. */
export interface EncodedAnswer {
  readonly f64: readonly string[];
  readonly scale: readonly string[];
  readonly at?: readonly number[];
  readonly near?: readonly string[];
}

/** Numbers by an integer generator, for arrays too long to store. */
export interface SeededArray {
  readonly seed: number;
  readonly length: number;
  readonly step: string;
}

/** What the cases of both kinds of file have in common, as stored. */
export interface EncodedInputs {
  readonly id: number;
  readonly comment: string;
  readonly dtype: Dtype;
  readonly rows: number;
  readonly classes: number;
  readonly shape?: readonly number[];
  readonly axis?: number;
  readonly logits: string | SeededArray;
  readonly target: readonly number[] | string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** One case of a regime, as stored; docs/vectors.md describes every field. */
export interface VectorCase extends EncodedInputs {
  readonly tier: 'core' | 'full';
  readonly flags: readonly string[];
  readonly loss: EncodedAnswer;
  readonly nll?: EncodedAnswer;
  readonly denominator: EncodedAnswer;
  readonly gradient: EncodedAnswer;
  readonly relativeTolerance?: string;
}

/** A file of golden vectors. */
export interface VectorFile {
  readonly schema: 'vectors-v1';
  readonly family: 'loss' | 'binary';
  readonly regime: string;
  readonly notes: Readonly<Record<string, { readonly bug: string; readonly spec: string }>>;
  readonly cases: readonly VectorCase[];
}

/** One recorded answer of a framework, as stored. */
export interface FrameworkCase extends EncodedInputs {
  readonly loss: EncodedAnswer;
  readonly gradient?: EncodedAnswer;
  readonly precision?: string;
  /** Why the framework's answer is not the row formula's, where it is not. */
  readonly deviation?: string;
}

/** What one framework answered. */
export interface FrameworkFile {
  readonly schema: 'frameworks-v1';
  readonly dialect: DialectName;
  readonly framework: string;
  readonly version: string;
  readonly precision: string;
  readonly cases: readonly FrameworkCase[];
}

/** A case's inputs as arrays and options. */
export interface DecodedInputs {
  /** In the case's dtype; float16 as bits. */
  readonly logits: ArrayOf[Dtype];
  /** Labels, or t in the case's dtype. */
  readonly target: Int32Array | ArrayOf[Dtype];
  /** As a caller would write them; `classes` or `shape` included. */
  readonly options: CrossEntropyOptions & BinaryCrossEntropyOptions;
}

/** Expected numbers with the scale each is judged at. */
export interface DecodedAnswer {
  readonly expected: Float64Array;
  readonly scale: Float64Array;
  /** Which elements these are; null for all. */
  readonly at: readonly number[] | null;
}

/** Reads `vectors/index.json`. */
export async function readVectorIndex(): Promise<VectorIndex> {
  return JSON.parse(await readText('index.json')) as VectorIndex;
}

/**
 * Reads one file of the golden vectors that are part of this package.
 *
 * Formula: none; the file as stored.
 *
 * @param file - a name from {@link readVectorIndex}, such as `weighted.json` or `frameworks/keras.json`.
 * @returns the parsed file. Rejects where there is no such file.
 *
 * Numerical note: numbers stay hex until {@link decodeInputs} and {@link decodeAnswer}.
 *
 * @example
 * ```ts
 * import { readVectors } from '@label-smoothing/core/vectors';
 * const { regime, cases } = await readVectors('one-class.json');
 * console.log(regime, cases.every(({ classes }) => classes === 1)); // one-class true
 * ```
 * Source: docs/vectors.md.
 */
export async function readVectors(file: string): Promise<VectorFile> {
  return JSON.parse(await readText(file)) as VectorFile;
}

/** Reads what one framework answered; see {@link readVectors}. */
export async function readFrameworkAnswers(dialect: DialectName): Promise<FrameworkFile> {
  return JSON.parse(await readText(`frameworks/${dialect}.json`)) as FrameworkFile;
}

/**
 * A case's inputs as typed arrays and options, bit-exact.
 *
 * Formula: hex digits are big-endian IEEE bits; seeded arrays are xorshift32 (docs/vectors.md).
 *
 * @param encoded - a case as stored. @returns fresh arrays.
 *
 * Numerical note: nothing is rounded.
 *
 * @example
 * ```ts
 * import { decodeInputs, readVectors } from '@label-smoothing/core/vectors';
 * const { cases } = await readVectors('ordinary.json');
 * console.log(decodeInputs(cases[0]!).logits.length === cases[0]!.rows * cases[0]!.classes); // true
 * ```
 * Source: docs/vectors.md.
 */
export function decodeInputs(encoded: EncodedInputs): DecodedInputs {
  const { dtype, classes, shape, axis, logits, target } = encoded;
  const options = Object.entries(encoded.options).map(([name, value]) => [name, decodeOption(name, value)]);
  return {
    logits: typeof logits === 'string' ? decodeHex(logits, dtype) : generate(logits, dtype),
    target: typeof target === 'string' ? decodeHex(target, dtype) : Int32Array.from(target),
    options: { ...(shape === undefined ? { classes } : { shape, axis }), ...Object.fromEntries(options) },
  };
}

/** Expected numbers of a case as float64; see {@link decodeInputs}. */
export function decodeAnswer({ f64, scale, at }: EncodedAnswer): DecodedAnswer {
  return { expected: decodeFloat64(f64.join('')), scale: decodeFloat64(scale.join('')), at: at ?? null };
}

/** Hex digits, 16 per number, to float64. */
export function decodeFloat64(hex: string): Float64Array {
  return decodeHex(hex, 'float64') as Float64Array;
}

const words = new Set([
  'smoothingMode',
  'weightMode',
  'maskedLogits',
  'reduction',
  'denominator',
  'onEmpty',
  'input',
  'dialect',
]);

function decodeOption(name: string, value: unknown): unknown {
  if (typeof value === 'string' && !words.has(name)) return decodeFloat64(value)[0];
  const many = typeof value === 'object' && value !== null && 'f64' in value;
  return many ? decodeFloat64(value.f64 as string) : value;
}

function generate({ seed, length, step }: SeededArray, dtype: Dtype): ArrayOf[Dtype] {
  const size = decodeFloat64(step)[0] as number;
  let state = seed;
  const next = (kept: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return ((state >>> (32 - kept)) - 2 ** (kept - 1)) * size;
  };
  // As many bits as the dtype holds exactly with room to spare.
  if (dtype === 'float16') return Uint16Array.from({ length }, () => toFloat16(next(11)));
  return dtype === 'float32'
    ? Float32Array.from({ length }, () => next(16))
    : Float64Array.from({ length }, () => next(16));
}

/** Only Node has `process`; the call keeps bundlers from looking for `node:` modules. */
interface NodeProcess {
  getBuiltinModule?(name: 'node:fs/promises'): { readFile(path: URL, encoding: 'utf8'): Promise<string> };
}

async function readText(file: string): Promise<string> {
  // Through a variable, so that bundlers leave it alone: they would look for an asset of that name.
  const here = import.meta.url;
  const url = new URL(`../vectors/${file}`, here);
  if (url.protocol === 'file:') {
    const { process } = globalThis as { process?: NodeProcess };
    const files = process?.getBuiltinModule?.('node:fs/promises');
    if (files !== undefined) return files.readFile(url, 'utf8');
  }
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url.href}: ${response.status} ${response.statusText}`);
  return response.text();
}
