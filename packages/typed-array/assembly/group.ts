// What is kept of a group of four short rows, one in each lane; and the terms of their losses, in float64 for two lanes at a
// time.
import { SHORT } from './constants';
import { classes, factorAt, labelOf, targets, weightAt } from './rows';
import { baseColumn, hitColumn, profileTotal, tableStep } from './state';
import { denseBase, denseKeep, others } from './terms';

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

/**
 * The terms of four lanes: their factors and weights, the columns of the table from `hit` on; what missing classes make of
 * three of them, and of what a gradient takes.
 */
export const TERMS: usize = SHORT;
export const FACTOR: usize = 0;
export const WEIGHT: usize = 32;
const HIT: usize = 64;
const BASE: usize = 96;
const MASS: usize = 128;
export const FLOOR: usize = 160;
export const HARD_HIT: usize = 192;
export const HARD_MASS: usize = 224;
export const OWN_HIT: usize = 256;
export const OWN_BASE: usize = 288;
export const OWN_MASS: usize = 320;
export const PULL: usize = 352;
export const PUSH: usize = 384;
export const PUSH_AT_LABEL: usize = 400;
/** Where they end. */
export const TERMS_END: usize = TERMS + 416;

/** Where a lane's row starts, in the logits or in the gradient. */
// @ts-ignore: decorator
@inline
export function startOf(group: usize, lane: usize, rows: usize): usize {
  return rows + <usize>load<u32>(group + (lane << 2), STARTS);
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
  }
}

/** What follows from the terms, from the number of missing classes, and from dense targets. */
export function deriveTerms(group: usize): void {
  let at = group;
  let to = TERMS;
  for (let terms = TERMS; terms < TERMS + 32; terms += 16, at += 8, to += 8) {
    let hit = v128.load(terms, HIT);
    let base = v128.load(terms, BASE);
    let mass = v128.load(terms, MASS);
    if (targets) {
      const t = f64x2.promote_low_f32x4(v128.load64_zero(at, MASSES));
      hit = f64x2.splat(denseKeep);
      base = f64x2.splat(denseBase);
      mass = f64x2.add(f64x2.mul(hit, t), f64x2.splat(denseBase * profileTotal));
      v128.store(terms, f64x2.splat(0), FLOOR);
      v128.store(terms, f64x2.splat(1), HARD_HIT);
      v128.store(terms, t, HARD_MASS);
    } else if (load<u64>(at, MISSING) != 0) {
      // What the missing classes leave of the smoothing mass is for the others.
      const all = f64x2.splat(<f64>classes);
      const present = f64x2.add(all, f64x2.convert_low_i32x4_s(v128.load64_zero(at, MISSING)));
      const o = f64x2.splat(others);
      const z = f64x2.sub(present, o);
      const before = base;
      base = v128.and(f64x2.div(f64x2.mul(base, f64x2.sub(all, o)), z), f64x2.gt(z, f64x2.splat(0)));
      hit = f64x2.add(hit, f64x2.mul(o, f64x2.sub(before, base)));
      mass = f64x2.add(hit, f64x2.mul(base, present));
    }
    v128.store(terms, hit, OWN_HIT);
    v128.store(terms, base, OWN_BASE);
    v128.store(terms, mass, OWN_MASS);
    const factor = v128.load(terms, FACTOR);
    v128.store(terms, f64x2.mul(factor, mass), PULL);
    v128.store64_lane(to, f32x4.demote_f64x2_zero(f64x2.mul(factor, f64x2.neg(base))), 0, PUSH);
    v128.store64_lane(to, f32x4.demote_f64x2_zero(f64x2.mul(factor, f64x2.neg(hit))), 0, PUSH_AT_LABEL);
  }
}
