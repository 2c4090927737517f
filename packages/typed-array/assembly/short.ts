// Short labelled rows, four at a time: what finish.ts does for one row, in float64 for two lanes at a time.
import { COLUMNS } from './constants';
import { largest, smallest, takesFactor } from './finish';
import { log2 } from './log';
import { allRead, classes, factorAt, isRead, labelOf, losses, nlls, out, rowBytes, skipRow, weightAt, x } from './rows';
import { laneDots, laneSums, sumFour, sweepFour } from './small';
import {
  baseColumn,
  floorColumn,
  hardHitColumn,
  hardMassColumn,
  hitColumn,
  massColumn,
  profile,
  tableStep,
  zLoss,
} from './state';

// @ts-ignore: decorator
@inline
function pair(a: usize, b: usize): v128 {
  return v128.load64_lane(b, v128.load64_zero(a), 1);
}

// @ts-ignore: decorator
@inline
function promotePair(a: usize, b: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load32_lane(b, v128.load32_zero(a), 1));
}

// @ts-ignore: decorator
@inline
function bothInRange(factor: v128, mass: v128): bool {
  const size = f64x2.abs(factor);
  const pull = f64x2.mul(size, mass);
  const most = f64x2.mul(size, f64x2.add(mass, f64x2.splat(122 * zLoss)));
  const fits = v128.and(f64x2.ge(pull, f64x2.splat(smallest)), f64x2.le(most, f64x2.splat(largest)));
  return i64x2.all_true(fits);
}

/** Whether all rows have the factor and the terms of the first, which was looked at once. */
let alike: bool = false;
let loss: v128 = f64x2.splat(0);
let nll: v128 = f64x2.splat(0);
let share: v128 = f64x2.splat(0);
let even: v128 = f64x2.splat(0);
let atLabel: v128 = f64x2.splat(0);

/** Rows a and b, whose exponentials are the columns at `columns` and behind. false where one of them needs more than this. */
// @ts-ignore: decorator
@inline
function finishPair(
  a: i32,
  b: i32,
  atA: usize,
  atB: usize,
  labelA: usize,
  labelB: usize,
  columns: usize,
  sums: v128,
  dots: v128,
): bool {
  const entryA = labelA * tableStep;
  const entryB = labelB * tableStep;
  const factor = pair(factorAt(a), factorAt(b));
  const weight = pair(weightAt(a), weightAt(b));
  const hit = pair(hitColumn + entryA, hitColumn + entryB);
  const base = pair(baseColumn + entryA, baseColumn + entryB);
  const mass = pair(massColumn + entryA, massColumn + entryB);
  if (!alike && !bothInRange(factor, mass)) return false;
  const logit = promotePair(x + atA + (labelA << 2), x + atB + (labelB << 2));
  const own = promotePair(columns + (labelA << 4), columns + (labelB << 4) + 4);
  const lse = log2(sums);
  const pulled = f64x2.add(f64x2.mul(base, dots), f64x2.mul(hit, logit));
  // All terms of a loss may be small: then the largest exponential must not drown the others.
  const half = f64x2.splat(0.5);
  const small = v128.or(f64x2.lt(f64x2.abs(logit), half), f64x2.lt(f64x2.abs(pulled), f64x2.mul(half, mass)));
  if (v128.any_true(v128.and(small, f64x2.lt(f64x2.abs(lse), half)))) return false;
  const floor = pair(floorColumn + entryA, floorColumn + entryB);
  const hardMass = pair(hardMassColumn + entryA, hardMassColumn + entryB);
  const hardHit = pair(hardHitColumn + entryA, hardHitColumn + entryB);
  const z = f64x2.mul(f64x2.splat(zLoss), lse);
  const row = f64x2.sub(f64x2.add(f64x2.mul(f64x2.add(mass, z), lse), f64x2.neg(pulled)), floor);
  loss = f64x2.mul(weight, row);
  nll = f64x2.mul(weight, f64x2.sub(f64x2.mul(hardMass, lse), f64x2.mul(hardHit, logit)));
  share = f64x2.div(f64x2.mul(factor, f64x2.add(mass, f64x2.add(z, z))), sums);
  even = f64x2.mul(factor, base);
  const v = profile
    ? f64x2.mul(base, promotePair(profile + (labelA << 2), profile + (labelB << 2)))
    : base;
  atLabel = f64x2.sub(f64x2.mul(share, own), f64x2.mul(factor, f64x2.add(v, hit)));
  return true;
}

// @ts-ignore: decorator
@inline
function narrow(low: v128, high: v128): v128 {
  return v128.shuffle<f64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
}

/** One float64 per row. */
// @ts-ignore: decorator
@inline
function storeFour(to: usize, a: i32, b: i32, c: i32, d: i32, low: v128, high: v128): void {
  v128.store64_lane(to + (<usize>a << 3), low, 0);
  v128.store64_lane(to + (<usize>b << 3), low, 1);
  v128.store64_lane(to + (<usize>c << 3), high, 0);
  v128.store64_lane(to + (<usize>d << 3), high, 1);
}

/** Rows a, b, c and d. false, and nothing written, where one of them needs a look of its own. */
function compute(a: i32, b: i32, c: i32, d: i32): bool {
  const atA = rowBytes(a);
  const atB = rowBytes(b);
  const atC = rowBytes(c);
  const atD = rowBytes(d);
  if (!sumFour(classes, x + atA, x + atB, x + atC, x + atD)) return false;
  const dots = laneDots;
  const sums = laneSums;
  const highSums = v128.shuffle<f64>(sums, sums, 1, 1);
  const highDots = v128.shuffle<f64>(dots, dots, 1, 1);
  const labelA = <usize>labelOf(a);
  const labelB = <usize>labelOf(b);
  const labelC = <usize>labelOf(c);
  const labelD = <usize>labelOf(d);
  const low = f64x2.promote_low_f32x4(sums);
  const high = f64x2.promote_low_f32x4(highSums);
  if (!finishPair(a, b, atA, atB, labelA, labelB, COLUMNS, low, f64x2.promote_low_f32x4(dots))) return false;
  const lossLow = loss;
  const nllLow = nll;
  const shareLow = share;
  const evenLow = even;
  const atLow = atLabel;
  if (!finishPair(c, d, atC, atD, labelC, labelD, COLUMNS + 8, high, f64x2.promote_low_f32x4(highDots))) return false;
  storeFour(losses, a, b, c, d, lossLow, loss);
  storeFour(nlls, a, b, c, d, nllLow, nll);
  if (!out) return true;
  sweepFour(classes, out + atA, out + atB, out + atC, out + atD, narrow(shareLow, share), narrow(evenLow, even));
  const g = narrow(atLow, atLabel);
  v128.store32_lane(out + atA + (labelA << 2), g, 0);
  v128.store32_lane(out + atB + (labelB << 2), g, 1);
  v128.store32_lane(out + atC + (labelC << 2), g, 2);
  v128.store32_lane(out + atD + (labelD << 2), g, 3);
  return true;
}

/** The same where some of the rows are not to be read, or are not there. */
function computeSome(row: i32, count: i32): bool {
  let other = -1;
  for (let i = row; i < row + count; i++) if (isRead(i)) other = i;
  if (other >= 0) {
    // A lane without a row of its own does another's once more.
    const a = isRead(row) ? row : other;
    const b = count > 1 && isRead(row + 1) ? row + 1 : other;
    const c = count > 2 && isRead(row + 2) ? row + 2 : other;
    const d = count > 3 && isRead(row + 3) ? row + 3 : other;
    if (!compute(a, b, c, d)) return false;
  }
  for (let i = row; i < row + count; i++) if (!isRead(i)) skipRow(i);
  return true;
}

/**
 * Computes rows from `row` on in groups of four, up to `end` or to a group that holds a row which needs a look of its
 * own. Returns how many rows it did.
 */
export function shortRows(row: i32, end: i32): i32 {
  alike = factorAt(1) == factorAt(0) && tableStep == 0;
  if (alike && !takesFactor(0, load<f64>(factorAt(0)))) return 0;
  let at = row;
  for (; at < end; at += 4) {
    const count = min(4, end - at);
    const done = count == 4 && allRead(at) ? compute(at, at + 1, at + 2, at + 3) : computeSome(at, count);
    if (!done) break;
  }
  return min(at, end) - row;
}
