import { encodeHex } from '../hex.js';
import type { ResolvedOptions } from '../options.js';
import type { LossRequest } from './contract.js';

type Floats = ArrayLike<number>;

/** Options that hold floating-point numbers; every other option is JSON as it is. */
const floats: ReadonlySet<string> = new Set<keyof ResolvedOptions>([
  'labelSmoothing',
  'prior',
  'weight',
  'sampleWeight',
  'normalizer',
  'zLoss',
]);

/** A request as one line: inputs as hex digits, options resolved, the compiled table. */
export function encodeRequest(id: string, part: number, request: LossRequest): string {
  const { dtype, rows, classes, logits, target, sampleWeight, options, table, gradient } = request;
  return JSON.stringify({
    id,
    part,
    dtype,
    rows,
    classes,
    logits: encodeHex(logits),
    target: target instanceof Int32Array ? Array.from(target) : encodeHex(target),
    sampleWeight: sampleWeight === undefined ? null : encodeHex(sampleWeight),
    options: Object.fromEntries(
      Object.entries(options).map(([name, value]) => [name, floats.has(name) ? encodeFloats(value) : value]),
    ),
    table: {
      hit: encodeHex(table.hit),
      base: encodeHex(table.base),
      mass: encodeHex(table.mass),
      floor: encodeHex(table.floor),
      denominator: encodeHex(table.denominator),
      profile: encodeFloats(table.profile),
      conditionalPrior: encodeFloats(table.conditionalPrior),
    },
    gradient,
  });
}

/** 16 digits for a number, { f64 } for an array, null for nothing. */
function encodeFloats(value: number | Floats | null): string | { readonly f64: string } | null {
  if (value === null) return null;
  return typeof value === 'number' ? encodeHex(Float64Array.of(value)) : { f64: encodeHex(Float64Array.from(value)) };
}
