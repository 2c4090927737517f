// What is kept of a group of four short rows, one in each lane; and the terms of their losses, in float64 for two lanes at a
// time.
import { SHORT } from './constants';
import { factorAt, labelOf, targets, weightAt } from './rows';
import { baseColumn, hitColumn, tableStep } from './state';
import { denseBase, denseKeep } from './terms';

/**
 * By lane: Σ e^{x − top} and what rounding took from it, Σ v·(x − top), top, and minus the number of missing classes; the
 * rows, where they and their labels' logits are from the first row on, and what their gradients are made of.
 */
export const SUMS: usize = 0;
export const LOST: usize = 16;
export const DOTS: usize = 32;
export const TOPS: usize = 48;
export const MISSING: usize = 64;
export const ROWS: usize = 80;
export const STARTS: usize = 96;
export const PLACES: usize = 112;
export const SHARES: usize = 128;
export const PUSHES: usize = 144;
export const HITS: usize = 160;
export const DISTANCES: usize = 176;
/** log Σ e^{x − top} as a multiple of ln(2) and what is left. */
export const EXPONENTS: usize = 192;
export const FRACTIONS: usize = 208;
/** Of dense targets: Σ t. */
export const MASSES: usize = 224;
/** Bytes from one group to the next. */
export const GROUP: usize = 240;

/** The terms of four lanes: their factors and weights, the columns of the table from `hit` on. */
export const TERMS: usize = SHORT;
export const FACTOR: usize = 0;
export const WEIGHT: usize = 32;
export const HIT: usize = 64;
export const BASE: usize = 96;
export const MASS: usize = 128;
export const FLOOR: usize = 160;
export const HARD_HIT: usize = 192;
export const HARD_MASS: usize = 224;
/** Where they end. */
export const TERMS_END: usize = TERMS + 256;

/** Where a lane's row of logits starts. */
// @ts-ignore: decorator
@inline
export function startOf(group: usize, lane: usize): usize {
  return <usize>load<u32>(group + (lane << 2), STARTS);
}

/** The terms of the lanes' rows. */
export function setTerms(group: usize): void {
  const size = baseColumn - hitColumn;
  for (let lane: usize = 0; lane < 4; lane++) {
    const row = load<i32>(group + (lane << 2), ROWS);
    const to = TERMS + (lane << 3);
    store<f64>(to, load<f64>(factorAt(row)), FACTOR);
    store<f64>(to, load<f64>(weightAt(row)), WEIGHT);
    let from = hitColumn + <usize>labelOf(row) * tableStep;
    for (let column = HIT; column <= HARD_MASS; column += 32, from += size) store<f64>(to + column, load<f64>(from));
    if (!targets) continue;
    store<f64>(to, denseKeep, HIT);
    store<f64>(to, denseBase, BASE);
    store<f64>(to, 0, FLOOR);
    store<f64>(to, 1, HARD_HIT);
  }
}
