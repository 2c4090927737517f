// From a labelled row's sums to its losses and to what its gradient is made of, in float64.
import { BLOCK, SAVED } from './constants';
import { storeUniform } from './fast';
import { log, log1p } from './log';
import {
  baseColumn,
  floorColumn,
  hardHitColumn,
  hardMassColumn,
  hitColumn,
  massColumn,
  profile,
  profileTotal,
  tableStep,
  zLoss,
} from './state';

/** What pulls each class down, times its exponential. */
export let share: f64 = 0;
/** What every class is pushed up by, times v. */
export let even: f64 = 0;
/** The gradient at the label. */
export let atLabel: f64 = 0;

/** The factors of a row that float32 can take through the kernel without overflow or lost digits. */
export const smallest: f64 = 9.094947017729282e-13; // 2^-40
export const largest: f64 = 1152921504606846976; // 2^60

/** Whether a row's gradient factor is one that this kernel takes; true where no gradient is wanted. */
export function takesFactor(label: i32, factor: f64): bool {
  const mass = load<f64>(massColumn + <usize>label * tableStep);
  const pull = abs(factor) * mass;
  return pull >= smallest && abs(factor) * (mass + 122 * zLoss) <= largest;
}

/** The largest exponential of a row, and the sum of all others. */
let peak: f64 = 0;
let peakAt: i32 = 0;
let rest: f64 = 0;

/** The exponentials from `first` on: stored ones, or computed again from x where there are none. */
function exponentials(x: usize, e: usize, first: i32, count: i32): usize {
  const at = <usize>first << 2;
  if (e) return e + at;
  storeUniform(x + at, count, SAVED);
  return SAVED;
}

/** Finds {@link peak} and {@link rest} of a row whose exponentials are at `e`, or, where that is 0, made from x. */
function splitSum(x: usize, e: usize, n: i32): void {
  peak = -1;
  for (let first = 0; first < n; first += BLOCK) {
    const count = min(BLOCK, n - first);
    const at = exponentials(x, e, first, count);
    for (let i = 0; i < count; i++) {
      const value = <f64>load<f32>(at + (<usize>i << 2));
      if (value > peak) {
        peak = value;
        peakAt = first + i;
      }
    }
  }
  rest = 0;
  for (let first = 0; first < n; first += BLOCK) {
    const count = min(BLOCK, n - first);
    const at = exponentials(x, e, first, count);
    for (let i = 0; i < count; i++) {
      if (first + i != peakAt) rest += <f64>load<f32>(at + (<usize>i << 2));
    }
  }
}

/**
 * Losses and gradient terms of a row in which every class is present. `sum`, `reference` and `dot` are the row's, `logit`
 * and `own` the label's logit and exponential; x and e lead to its exponentials as in {@link splitSum}.
 */
export function finishRow(
  label: i32,
  factor: f64,
  weight: f64,
  sum: f64,
  reference: f64,
  dot: f64,
  logSum: f64,
  logit: f64,
  own: f64,
  loss: usize,
  nll: usize,
  x: usize,
  e: usize,
  n: i32,
): void {
  const entry = <usize>label * tableStep;
  const hit = load<f64>(hitColumn + entry);
  const base = load<f64>(baseColumn + entry);
  const mass = load<f64>(massColumn + entry);
  const hardMass = load<f64>(hardMassColumn + entry);
  const hardHit = load<f64>(hardHitColumn + entry);
  let lse = reference + logSum;
  let top = reference;
  let relative = logSum;
  if (abs(lse) < 0.5 && reference == 0) {
    // All terms of the loss may be small: then the largest exponential must not drown the others.
    if (abs(logit) < 0.5 || abs(base * dot + hit * logit) < 0.5 * mass) {
      splitSum(x, e, n);
      relative = log1p(rest / peak);
      top = peakAt == label ? logit : log(peak);
      lse = top + relative;
    }
  }
  const distance = logit - top;
  const row = mass * relative - base * (dot - top * profileTotal) - hit * distance + zLoss * lse * lse;
  store<f64>(loss, weight * (row - load<f64>(floorColumn + entry)));
  store<f64>(nll, weight * (hardMass * relative - hardHit * distance));
  const pull = factor * (mass + 2 * zLoss * lse);
  const v = profile ? <f64>load<f32>(profile + (<usize>label << 2)) : 1;
  share = pull / sum;
  even = factor * base;
  atLabel = share * own - factor * (base * v + hit);
}
