// From a row's sums to its losses and to what its gradient is made of, in float64.
import { BLOCK, COLUMNS, LEAST_WIDE } from './constants';
import { storeUniform } from './fast';
import { log, log1p } from './log';
import { targets } from './rows';
import { broken, dot, exact, fastEnd, massColumn, reference, sum, tableStep, wide, wideReference, zLoss } from './state';
import { base, floor, hardHit, hardMass, hit, mass, ownShare, spread, targetDot, targetMass } from './terms';
import { storeAgain } from './wide';

// @ts-ignore: decorator
@external('env', 'exp')
declare function exp(x: f64): f64;

/** What pulls each class down, times its exponential. */
export let share: f64 = 0;
/** What every class is pushed up by, times v; and, times t. */
export let even: f64 = 0;
export let pushed: f64 = 0;
/** The gradient at a label. */
export let atLabel: f64 = 0;
/** Whether what is far below the row's maximum has digits in its gradient. */
export let isExact: bool = false;

/** The factors of a row that float32 can take through the kernel without overflow or lost digits. */
export const smallest: f64 = 9.094947017729282e-13; // 2^-40
export const largest: f64 = 1152921504606846976; // 2^60

/** Whether a gradient factor is one that this kernel takes in a row of this mass; true where no gradient is wanted. */
export function fits(factor: f64, rowMass: f64): bool {
  return abs(factor) * rowMass >= smallest && abs(factor) * (rowMass + 122 * zLoss) <= largest;
}

/** The same for a label's row; true for dense targets, of which every row has a mass of its own. */
export function takesFactor(label: i32, factor: f64): bool {
  return targets != 0 || fits(factor, load<f64>(massColumn + <usize>label * tableStep));
}

/** The largest exponential of a row, and the sum of all others. */
let peak: f64 = 0;
let peakAt: i32 = 0;
let rest: f64 = 0;

/** What the block of `count` classes from `first` on stored at `e`, or, where that is 0, would store. */
function stored(x: usize, e: usize, first: i32, count: i32): usize {
  const at = <usize>first << 2;
  if (e) return e + at;
  if (first < fastEnd) storeUniform(x + at, count, COLUMNS);
  else storeAgain(x + at, count);
  return COLUMNS;
}

/** Finds {@link peak} and {@link rest}, relative to the row's reference; x and e as in {@link stored}. */
function splitSum(x: usize, e: usize, n: i32): void {
  peak = 0;
  rest = 0;
  for (let first = 0; first < n; first += BLOCK) {
    const count = min(BLOCK, n - first);
    const at = stored(x, e, first, count);
    const scale = wide ? exp((first < fastEnd ? 0 : <f64>wideReference) - reference) : 1;
    for (let i = 0; i < count; i++) {
      const number = <f64>load<f32>(at + (<usize>i << 2));
      const value = scale * (number < 0 ? exp(number + <f64>load<f32>(LEAST_WIDE)) : number);
      rest += min(value, peak);
      if (value > peak) {
        peak = value;
        peakAt = first + i;
      }
    }
  }
}

/** log Σ e^x as what it is above `top`, where the largest exponential must not drown the others. */
let top: f64 = 0;
let relative: f64 = 0;

/** Sets them; `label` is the class whose logit is known, −1 if that is the largest. */
export function preciseLse(x: usize, e: usize, n: i32, label: i32, logit: f64): f64 {
  splitSum(x, e, n);
  relative = log1p(rest / peak);
  top = label < 0 || label == peakAt ? logit : reference + log(peak);
  return top + relative;
}

/**
 * Losses and gradient terms of a row from its sums and its terms. `own` is the label's exponential; `label` and `logit`
 * as in {@link preciseLse}; x and e as in {@link stored}.
 */
export function finishRow(
  x: usize,
  e: usize,
  n: i32,
  label: i32,
  logit: f64,
  own: f64,
  factor: f64,
  weight: f64,
  loss: usize,
  nll: usize,
): void {
  top = reference;
  relative = log(sum);
  let lse = top + relative;
  // All terms of a loss may be small.
  if (abs(lse) < 0.5 && !broken) {
    const small = abs(base * dot + hit * targetDot) < 0.5 * mass;
    if (small || abs(hardHit * targetDot) < 0.5 * hardMass) lse = preciseLse(x, e, n, label, logit);
  }
  // Not a product with 0, for which the gradient would wait until there is a logarithm.
  const z = zLoss == 0 ? 0 : zLoss * lse;
  const distance = targetDot - top * targetMass;
  const row = mass * relative - base * (dot - top * spread) - hit * distance + z * lse - floor;
  store<f64>(loss, broken ? NaN : weight * row);
  store<f64>(nll, broken ? NaN : weight * (hardMass * relative - hardHit * distance));
  share = broken ? NaN : (factor * (mass + 2 * z)) / sum;
  even = broken ? NaN : factor * base;
  pushed = factor * hit;
  isExact = exact || abs(z) > 4096 * mass;
  atLabel = share * own - factor * (base * ownShare + hit);
}
