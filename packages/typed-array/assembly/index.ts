// What JavaScript calls. Pointers are byte offsets into the one memory that this instance has.
import { COLUMNS, LOG2E, SMALL } from './constants';
import { multiplyAdd } from './exp';
import { atLabel, even, finishRow, share, takesFactor } from './finish';
import { log, log2 } from './log';
import { sumRow } from './row';
import { dot, present, reference, sum, wide, broken } from './state';
import { laneDots, laneSums, row0, row1, row2, row3, setLane, sumFour, sweepFour } from './small';
import { clear, sweepFast } from './sweep';

export { bindTables } from './state';
export { sumRow } from './row';
export { clear, sweepAny } from './sweep';
export { storeAgain } from './wide';
export { dotTargets, targetDot, targetMass, targetPeak, targetPresent } from './targets';

export function rowSum(): f64 {
  return sum;
}

export function rowReference(): f64 {
  return reference;
}

export function rowDot(): f64 {
  return dot;
}

/** How many classes of the last row are not −Infinity. */
export function rowPresent(): f64 {
  return present;
}

/** 1: some block was outside the fast range; 2: some logit was NaN or +Infinity. */
export function rowState(): i32 {
  return (wide ? 1 : 0) | (broken ? 2 : 0);
}

let labelLogit: f32 = 0;

/** The label's logit of the last row, which may be overwritten by now. */
export function rowLabelLogit(): f32 {
  return labelLogit;
}

/** Whether this build's multiply-add rounds once: what the engine makes of it is up to the machine. */
export function fuses(): bool {
  const x = v128.load32_splat(LOG2E);
  const lost = multiplyAdd(x, x, f32x4.neg(f32x4.mul(x, x)));
  return f32x4.extract_lane(lost, 0) != 0;
}

/** What {@link labelledRows} stops at, in the low bits of what it returns. */
const DONE = 0;
/** Nothing of the row was touched: its factor is not for this kernel. */
const UNTOUCHED = 1;
/** The row's sums are there, and its exponentials in its gradient: classes are missing, or it holds NaN. */
const SUMMED = 2;

let x: usize = 0;
let out: usize = 0;
let classes: i32 = 0;
let labels: usize = 0;
let weights: usize = 0;
let weightStep: usize = 0;
let factors: usize = 0;
let factorStep: usize = 0;
let losses: usize = 0;
let nlls: usize = 0;

/**
 * The rows that {@link labelledRows} walks: logits at `xAt`, the gradient at `outAt` (0: forward only; may be `xAt`),
 * labels as int32 with −1 for ignored rows, sample weights and gradient factors as float64 (a step of 0: one for all),
 * and where float64 losses go.
 */
export function bindRows(
  xAt: usize,
  outAt: usize,
  n: i32,
  labelsAt: usize,
  weightsAt: usize,
  stepOfWeights: usize,
  factorsAt: usize,
  stepOfFactors: usize,
  lossesAt: usize,
  nllsAt: usize,
): void {
  x = xAt;
  out = outAt;
  classes = n;
  labels = labelsAt;
  weights = weightsAt;
  weightStep = stepOfWeights;
  factors = factorsAt;
  factorStep = stepOfFactors;
  losses = lossesAt;
  nlls = nllsAt;
}

// @ts-ignore: decorator
@inline
function labelOf(row: i32): i32 {
  return load<i32>(labels + (<usize>row << 2));
}

// @ts-ignore: decorator
@inline
function weightOf(row: i32): f64 {
  return load<f64>(weights + <usize>row * weightStep);
}

// @ts-ignore: decorator
@inline
function factorOf(row: i32): f64 {
  return load<f64>(factors + <usize>row * factorStep);
}

// @ts-ignore: decorator
@inline
function rowBytes(row: i32): usize {
  return <usize>row * (<usize>classes << 2);
}

// @ts-ignore: decorator
@inline
function isRead(row: i32): bool {
  return labelOf(row) >= 0 && weightOf(row) != 0;
}

function skipRow(row: i32): void {
  store<f64>(losses + (<usize>row << 3), 0);
  store<f64>(nlls + (<usize>row << 3), 0);
  if (out) clear(out + rowBytes(row), classes);
}

/**
 * Computes rows from `first` up to `end`, or up to the first that needs help: returns 4·row + one of the constants
 * above; 4·end + DONE at the end. Small rows are taken four at a time where `first` is a multiple of four.
 */
export function labelledRows(first: i32, end: i32): i32 {
  let row = first;
  while (row < end) {
    if (classes <= SMALL && (row & 3) == 0) {
      const done = fourRows(row, min(4, end - row));
      row += done;
      if (done > 0) continue;
    }
    if (!isRead(row)) {
      skipRow(row);
      row++;
      continue;
    }
    const state = oneRow(row);
    if (state != DONE) return (row << 2) | state;
    row++;
  }
  return row << 2;
}

function oneRow(row: i32): i32 {
  const label = labelOf(row);
  const factor = factorOf(row);
  if (!takesFactor(label, factor)) return UNTOUCHED;
  const at = x + rowBytes(row);
  const to = out ? out + rowBytes(row) : 0;
  const offset = <usize>label << 2;
  labelLogit = load<f32>(at + offset);
  sumRow(at, classes, to);
  if (wide || broken) return SUMMED;
  const own = to ? <f64>load<f32>(to + offset) : 0;
  const loss = losses + (<usize>row << 3);
  const nll = nlls + (<usize>row << 3);
  finishRow(label, factor, weightOf(row), sum, 0, dot, log(sum), labelLogit, own, loss, nll, at, to, 4, classes);
  if (to) {
    sweepFast(to, classes, <f32>share, <f32>even);
    store<f32>(to + offset, <f32>atLabel);
  }
  return DONE;
}

/** Rows row … row + count − 1, or none: returns how many. */
function fourRows(row: i32, count: i32): i32 {
  let lanes = 0;
  let any = -1;
  for (let lane = 0; lane < count; lane++) {
    if (!isRead(row + lane)) continue;
    if (!takesFactor(labelOf(row + lane), factorOf(row + lane))) return 0;
    lanes |= 1 << lane;
    any = lane;
  }
  // A lane without a row of its own computes another's: rows that do not count are never read.
  for (let lane = 0; lane < 4; lane++) {
    setLane(lane, x + rowBytes(row + (lanes & (1 << lane) ? lane : any)));
  }
  if (lanes && !sumFour(classes)) return 0;
  const low = f64x2.promote_low_f32x4(laneSums);
  const high = f64x2.promote_low_f32x4(v128.shuffle<f32>(laneSums, laneSums, 2, 3, 2, 3));
  const dotLow = f64x2.promote_low_f32x4(laneDots);
  const dotHigh = f64x2.promote_low_f32x4(v128.shuffle<f32>(laneDots, laneDots, 2, 3, 2, 3));
  const logLow = log2(low);
  const logHigh = log2(high);
  let shares = f32x4.splat(0);
  let evens = f32x4.splat(0);
  if (lanes & 1) {
    finishLane(row, 0, f64x2.extract_lane(low, 0), f64x2.extract_lane(dotLow, 0), f64x2.extract_lane(logLow, 0));
    shares = f32x4.replace_lane(shares, 0, <f32>share);
    evens = f32x4.replace_lane(evens, 0, <f32>even);
  }
  const g0 = <f32>atLabel;
  if (lanes & 2) {
    finishLane(row, 1, f64x2.extract_lane(low, 1), f64x2.extract_lane(dotLow, 1), f64x2.extract_lane(logLow, 1));
    shares = f32x4.replace_lane(shares, 1, <f32>share);
    evens = f32x4.replace_lane(evens, 1, <f32>even);
  }
  const g1 = <f32>atLabel;
  if (lanes & 4) {
    finishLane(row, 2, f64x2.extract_lane(high, 0), f64x2.extract_lane(dotHigh, 0), f64x2.extract_lane(logHigh, 0));
    shares = f32x4.replace_lane(shares, 2, <f32>share);
    evens = f32x4.replace_lane(evens, 2, <f32>even);
  }
  const g2 = <f32>atLabel;
  if (lanes & 8) {
    finishLane(row, 3, f64x2.extract_lane(high, 1), f64x2.extract_lane(dotHigh, 1), f64x2.extract_lane(logHigh, 1));
    shares = f32x4.replace_lane(shares, 3, <f32>share);
    evens = f32x4.replace_lane(evens, 3, <f32>even);
  }
  const g3 = <f32>atLabel;
  if (out && lanes) {
    sweepFour(classes, out - x, lanes, shares, evens);
    if (lanes & 1) store<f32>(out + rowBytes(row) + (<usize>labelOf(row) << 2), g0);
    if (lanes & 2) store<f32>(out + rowBytes(row + 1) + (<usize>labelOf(row + 1) << 2), g1);
    if (lanes & 4) store<f32>(out + rowBytes(row + 2) + (<usize>labelOf(row + 2) << 2), g2);
    if (lanes & 8) store<f32>(out + rowBytes(row + 3) + (<usize>labelOf(row + 3) << 2), g3);
  }
  for (let lane = 0; lane < count; lane++) if (!(lanes & (1 << lane))) skipRow(row + lane);
  return count;
}

function finishLane(first: i32, lane: i32, sum: f64, dot: f64, log: f64): void {
  const row = first + lane;
  const label = labelOf(row);
  const at = x + rowBytes(row);
  const e = COLUMNS + (<usize>lane << 2);
  const own = <f64>load<f32>(e + (<usize>label << 4));
  const logit = <f64>load<f32>(at + (<usize>label << 2));
  const loss = losses + (<usize>row << 3);
  const nll = nlls + (<usize>row << 3);
  finishRow(label, factorOf(row), weightOf(row), sum, 0, dot, log, logit, own, loss, nll, at, e, 16, classes);
}
