import type { GraphBuilder } from './builder.js';

/** A number that is known while the graph is written, or the name of a value. */
export type Term = number | string;

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
