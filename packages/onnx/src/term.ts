import type { GraphBuilder } from './builder.js';

/** A number that is known while the graph is written, or the name of a value. */
export type Term = number | string;

/**
 * ONNX Runtime takes a constant factor or divisor for 1 if it is 1 in float32, in float64 too, and drops it. Half of it,
 * doubled, is the same to the last bit, for infinite values too.
 */
function isDropped(g: GraphBuilder, b: Term): b is number {
  return g.dtype === 'float64' && typeof b === 'number' && Math.abs(b - 1) < 1e-6;
}

/** The value's name; a number becomes a constant. */
export function named(g: GraphBuilder, term: Term): string {
  return typeof term === 'number' ? g.scalar(term) : term;
}

/** a·b; no node where both are numbers or one of them is 0 or 1. */
export function times(g: GraphBuilder, a: Term, b: Term, name: string): Term {
  if (typeof a === 'number' && typeof b === 'number') return a * b;
  if (a === 0 || b === 0) return 0;
  if (a === 1) return b;
  if (b === 1) return a;
  if (typeof a === 'number') return times(g, b, a, name);
  if (isDropped(g, b)) return times(g, times(g, a, b / 2, `half_${name}`), 2, name);
  return g.op('Mul', [named(g, a), named(g, b)], name);
}

/** a + b; no node where both are numbers or one of them is 0. */
export function plus(g: GraphBuilder, a: Term, b: Term, name: string): Term {
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  if (a === 0) return b;
  if (b === 0) return a;
  return g.op('Add', [named(g, a), named(g, b)], name);
}

/** a − b; no node where both are numbers or b is 0. */
export function minus(g: GraphBuilder, a: Term, b: Term, name: string): Term {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (b === 0) return a;
  return g.op('Sub', [named(g, a), named(g, b)], name);
}

/** a/b; no node where both are numbers or b is 1. */
export function over(g: GraphBuilder, a: Term, b: Term, name: string): Term {
  if (typeof a === 'number' && typeof b === 'number') return a / b;
  if (b === 1) return a;
  if (isDropped(g, b)) return times(g, over(g, a, b * 2, `half_${name}`), 2, name);
  return g.op('Div', [named(g, a), named(g, b)], name);
}

/** `yes` where the condition holds, else `no`. */
export function where(g: GraphBuilder, condition: string, yes: Term, no: Term, name: string): string {
  return g.op('Where', [condition, named(g, yes), named(g, no)], name);
}

/** The same, but nothing where there is no condition. */
export function unless(g: GraphBuilder, condition: string | null, yes: Term, no: string, name: string): string {
  return condition === null ? no : where(g, condition, yes, no, name);
}

/** Whether a real value is 0. */
export function isZero(g: GraphBuilder, value: Term): string {
  return g.op('Equal', [named(g, value), g.scalar(0)], 'is_zero');
}

/** Whether a < b, as a value. */
export function below(g: GraphBuilder, a: Term, b: Term, name: string): string {
  return g.op('Less', [named(g, a), named(g, b)], name);
}

/** Whether a real value is −infinity: no IsInf, which WebGPU providers lack. */
export function isMinusInfinity(g: GraphBuilder, value: string, name: string): string {
  const lowest = g.dtype === 'float64' ? -Number.MAX_VALUE : -3.4028234663852886e38;
  return below(g, value, lowest, name);
}

/** x·log x, 0 at 0. */
export function xLogX(g: GraphBuilder, x: Term, name: string): Term {
  if (typeof x === 'number') return x > 0 ? x * Math.log(x) : 0;
  return where(g, below(g, 0, x, 'is_positive'), g.op('Mul', [x, g.op('Log', [x], 'log')], name), 0, name);
}

/** q·log q, 0 at 0, for q = 1 − lack: near 1, where q has lost the digits of `lack`, they are put back to first order. */
export function entropyTerm(g: GraphBuilder, q: Term, lack: Term): Term {
  const usual = xLogX(g, q, 'plain_entropy');
  const lost = plus(g, minus(g, q, 1, 'less_one'), lack, 'lost_digits');
  return where(g, below(g, 0.5, q, 'is_near_1'), minus(g, usual, lost, 'exact_entropy'), usual, 'own_entropy');
}
