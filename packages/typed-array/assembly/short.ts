// Short labelled rows, four at a time: what finish.ts does for one row, in float64 for two lanes at a time.
import { COLUMNS, SMALL } from './constants';
import { takesFactor } from './finish';
import { log1p, logLanes } from './log';
import { allRead, classes, factorAt, isRead, labelOf, losses, nlls, out, rowBytes, skipRow, weightAt, x } from './rows';
import { DOTS, findTops, MISSING, readColumns, SUMS, sumColumns, sumFar, sumRest, TOPS, writeColumns } from './small';
import {
  baseColumn,
  hitColumn,
  profile,
  tableStep,
  zLoss,
} from './state';
import { byCount, others } from './terms';

// Beside what small.ts keeps of a group: its rows, the logs of its sums in float64, and what its gradient is made of.
const ROWS: usize = 64;
const LOGS: usize = 80;
const SHARES: usize = 112;
const EVENS: usize = 128;
const AT_LABEL: usize = 144;
/** Where all of that is: behind the columns. */
const GROUP: usize = COLUMNS + 16 * SMALL;
/** The terms of four lanes, in float64: their factors and weights, and the columns of the table from `hit` on. */
const TERMS: usize = GROUP + 160;
const FACTOR: usize = 0;
const WEIGHT: usize = 32;
const HIT: usize = 64;
const BASE: usize = 96;
const MASS: usize = 128;
const FLOOR: usize = 160;
const HARD_HIT: usize = 192;
const HARD_MASS: usize = 224;
/** 0, 1, 2 and 3. */
const COUNT: usize = memory.data<i32>([0, 1, 2, 3], 16);

/** Whether all rows have the factor and the terms of the first, which was looked at once. */
let alike: bool = false;
/** Whether the last rows were outside the fast range: those behind them are likely to be, too. */
let isFar: bool = false;

// @ts-ignore: decorator
@inline
function promotePair(a: usize, b: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load32_lane(b, v128.load32_zero(a), 1));
}

// @ts-ignore: decorator
@inline
function promoteLanes(at: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(at));
}

// @ts-ignore: decorator
@inline
function storeLanes(at: usize, value: v128): void {
  v128.store64_lane(at, f32x4.demote_f64x2_zero(value), 0);
}

/** The terms of the lanes' rows. false where a row has a factor that this kernel does not take. */
function setTerms(): bool {
  const size = baseColumn - hitColumn;
  for (let lane: usize = 0; lane < 4; lane++) {
    const row = load<i32>(GROUP + (lane << 2), ROWS);
    const label = max(0, labelOf(row));
    const factor = load<f64>(factorAt(row));
    if (!takesFactor(label, factor)) return false;
    const to = TERMS + (lane << 3);
    store<f64>(to, factor, FACTOR);
    store<f64>(to, load<f64>(weightAt(row)), WEIGHT);
    let from = hitColumn + <usize>label * tableStep;
    for (let column = HIT; column <= HARD_MASS; column += 32, from += size) store<f64>(to + column, load<f64>(from));
  }
  return true;
}

/** What finishPair says: all is written; the digits of a small loss are at stake; a row needs a look of its own. */
const DONE = 0;
const SMALL_LOSS = 1;
const UNKNOWN = 2;

/** The rows of two lanes. */
function finishPair(lane: usize, precise: bool): i32 {
  const at = GROUP + (lane << 2);
  const a = load<i32>(at, ROWS);
  const b = load<i32>(at, ROWS + 4);
  const labelA = <usize>labelOf(a);
  const labelB = <usize>labelOf(b);
  const terms = TERMS + (lane << 3);
  const factor = v128.load(terms, FACTOR);
  const weight = v128.load(terms, WEIGHT);
  let hit = v128.load(terms, HIT);
  let base = v128.load(terms, BASE);
  let mass = v128.load(terms, MASS);
  const logit = promotePair(x + rowBytes(a) + (labelA << 2), x + rowBytes(b) + (labelB << 2));
  if (load<u64>(at, MISSING) != 0) {
    if (!byCount() || f64x2.extract_lane(logit, 0) == -Infinity || f64x2.extract_lane(logit, 1) == -Infinity) {
      return UNKNOWN;
    }
    // What the missing classes leave of the smoothing mass is for the others.
    const present = f64x2.add(f64x2.splat(<f64>classes), f64x2.convert_low_i32x4_s(v128.load64_zero(at, MISSING)));
    const o = f64x2.splat(others);
    const z = f64x2.sub(present, o);
    const whole = f64x2.mul(base, f64x2.sub(f64x2.splat(<f64>classes), o));
    const own = f64x2.add(hit, f64x2.mul(o, base));
    base = v128.and(f64x2.div(whole, z), f64x2.gt(z, f64x2.splat(0)));
    hit = f64x2.sub(own, f64x2.mul(o, base));
    mass = f64x2.add(hit, f64x2.mul(base, present));
  }
  const top = promoteLanes(at + TOPS);
  const dots = promoteLanes(at + DOTS);
  const log = v128.load(GROUP + (lane << 3), LOGS);
  const lse = f64x2.add(top, log);
  const distance = f64x2.sub(logit, top);
  const pulled = f64x2.add(f64x2.mul(base, dots), f64x2.mul(hit, distance));
  if (!precise) {
    // All terms of a loss may be small: then the largest exponential must not drown the others.
    const half = f64x2.splat(0.5);
    const whole = f64x2.abs(f64x2.add(pulled, f64x2.mul(mass, top)));
    const small = v128.or(f64x2.lt(f64x2.abs(logit), half), f64x2.lt(whole, f64x2.mul(half, mass)));
    if (v128.any_true(v128.and(small, f64x2.lt(f64x2.abs(lse), half)))) return SMALL_LOSS;
  }
  const z = f64x2.mul(f64x2.splat(zLoss), lse);
  const row = f64x2.sub(f64x2.add(f64x2.sub(f64x2.mul(mass, log), pulled), f64x2.mul(z, lse)), v128.load(terms, FLOOR));
  const loss = f64x2.mul(weight, row);
  const hardPull = f64x2.mul(v128.load(terms, HARD_HIT), distance);
  const nll = f64x2.mul(weight, f64x2.sub(f64x2.mul(v128.load(terms, HARD_MASS), log), hardPull));
  v128.store64_lane(losses + (<usize>a << 3), loss, 0);
  v128.store64_lane(losses + (<usize>b << 3), loss, 1);
  v128.store64_lane(nlls + (<usize>a << 3), nll, 0);
  v128.store64_lane(nlls + (<usize>b << 3), nll, 1);
  if (!out) return DONE;
  const sums = promoteLanes(at + SUMS);
  const own = promotePair(COLUMNS + (lane << 2) + (labelA << 4), COLUMNS + (lane << 2) + (labelB << 4) + 4);
  const share = f64x2.div(f64x2.mul(factor, f64x2.add(mass, f64x2.add(z, z))), sums);
  storeLanes(at + SHARES, share);
  storeLanes(at + EVENS, f64x2.mul(factor, base));
  const v = profile ? promotePair(profile + (labelA << 2), profile + (labelB << 2)) : f64x2.splat(1);
  const c = f64x2.add(f64x2.mul(base, v), hit);
  storeLanes(at + AT_LABEL, f64x2.sub(f64x2.mul(share, own), f64x2.mul(factor, c)));
  return DONE;
}

function finishBoth(precise: bool): i32 {
  return finishPair(0, precise) | finishPair(2, precise);
}

/** The losses of the group. false where a row of it needs a look of its own. */
function finishGroup(): bool {
  logLanes(v128.load(GROUP, SUMS), GROUP + LOGS);
  const state = finishBoth(false);
  if (state != SMALL_LOSS) return state == DONE;
  read();
  findTops(classes, COLUMNS, GROUP);
  if (!sumFar(classes, COLUMNS, GROUP)) return false;
  const rest = sumRest(classes, COLUMNS);
  store<f64>(GROUP, log1p(<f64>f32x4.extract_lane(rest, 0)), LOGS);
  store<f64>(GROUP, log1p(<f64>f32x4.extract_lane(rest, 1)), LOGS + 8);
  store<f64>(GROUP, log1p(<f64>f32x4.extract_lane(rest, 2)), LOGS + 16);
  store<f64>(GROUP, log1p(<f64>f32x4.extract_lane(rest, 3)), LOGS + 24);
  return finishBoth(true) == DONE;
}

// @ts-ignore: decorator
@inline
function place(lane: usize, start: usize): usize {
  return start + rowBytes(load<i32>(GROUP + (lane << 2), ROWS));
}

function read(): void {
  readColumns(classes, place(0, x), place(1, x), place(2, x), place(3, x), COLUMNS);
}

/** A lane without a row of its own, or with one that is not to be read, has another's. false where none is read. */
function choose(row: i32, end: i32): bool {
  let other = -1;
  for (let i = row; i < min(row + 4, end); i++) if (isRead(i)) other = i;
  for (let i = 0; i < 4; i++) {
    store<i32>(GROUP + (<usize>i << 2), row + i < end && isRead(row + i) ? row + i : other, ROWS);
  }
  return other >= 0;
}

function write(): void {
  const some = v128.any_true(v128.load(GROUP, MISSING));
  const share = v128.load(GROUP, SHARES);
  const even = v128.load(GROUP, EVENS);
  writeColumns(classes, COLUMNS, place(0, out), place(1, out), place(2, out), place(3, out), share, even, some);
  for (let lane: usize = 0; lane < 4; lane++) {
    const row = load<i32>(GROUP + (lane << 2), ROWS);
    store<f32>(out + rowBytes(row) + (<usize>labelOf(row) << 2), load<f32>(GROUP + (lane << 2), AT_LABEL));
  }
}

/** The group's exponentials and sums. false where there is a logit that is no number, or +Infinity. */
function sumGroup(): bool {
  read();
  if (isFar || profile) isFar = !findTops(classes, COLUMNS, GROUP);
  if (!isFar && !profile) {
    if (sumColumns(classes, COLUMNS, GROUP)) return true;
    isFar = true;
    read();
    findTops(classes, COLUMNS, GROUP);
  }
  return sumFar(classes, COLUMNS, GROUP);
}

/**
 * Computes rows from `row` on in groups of four, up to `end` or to a group that holds a row which needs a look of its
 * own. Returns how many rows it did.
 */
export function shortRows(row: i32, end: i32): i32 {
  alike = factorAt(1) == factorAt(0) && tableStep == 0;
  let known = false;
  let at = row;
  for (; at < end; at += 4) {
    const isWhole = at + 4 <= end && allRead(at);
    if (isWhole) v128.store(GROUP, i32x4.add(i32x4.splat(at), v128.load(COUNT)), ROWS);
    if (isWhole || choose(at, end)) {
      if (!known && !setTerms()) break;
      known = alike;
      if (!sumGroup() || !finishGroup()) break;
      if (out) write();
    }
    if (!isWhole) for (let i = at; i < min(at + 4, end); i++) if (!isRead(i)) skipRow(i);
  }
  return min(at, end) - row;
}
