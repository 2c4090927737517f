// What JavaScript calls. Pointers are byte offsets into the one memory that this instance has.
import { LOG2E, SMALL } from './constants';
import { multiplyAdd } from './exp';
import { atLabel, even, finishRow, share, takesFactor } from './finish';
import { log } from './log';
import { sumRow } from './row';
import { classes, factorAt, isRead, labelOf, losses, nlls, out, rowBytes, skipRow, weightAt, x } from './rows';
import { shortRows } from './short';
import { broken, dot, present, reference, sum, wide } from './state';
import { sweepFast } from './sweep';

export { decodeHalf, encodeHalf } from './half';
export { sumRow } from './row';
export { bindRows } from './rows';
export { bindTables } from './state';
export { clear, sweepAny } from './sweep';
export { dotTargets, targetDot, targetMass, targetPeak, targetPresent } from './targets';
export { storeAgain } from './wide';

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
  const a = v128.load32_splat(LOG2E);
  const lost = multiplyAdd(a, a, f32x4.neg(f32x4.mul(a, a)));
  return f32x4.extract_lane(lost, 0) != 0;
}

/** What {@link labelledRows} stops at, in the low bits of what it returns: the end; */
const DONE = 0;
/** a row of which nothing was touched: its factor is not for this kernel; */
const UNTOUCHED = 1;
/** a row whose sums are there, and its exponentials in its gradient: it was not in the fast range. */
const SUMMED = 2;

/**
 * Computes rows from `first` up to `end`, or up to the first that needs help: returns 4·row + one of the constants
 * above. Small rows are taken four at a time where `first` is a multiple of four.
 */
export function labelledRows(first: i32, end: i32): i32 {
  let row = first;
  while (row < end) {
    if (classes <= SMALL && (row & 3) == 0) {
      const done = shortRows(row, end);
      row += done;
      if (done > 0) continue;
    }
    if (isRead(row)) {
      const state = oneRow(row);
      if (state != DONE) return (row << 2) | state;
    } else {
      skipRow(row);
    }
    row++;
  }
  return row << 2;
}

function oneRow(row: i32): i32 {
  const label = labelOf(row);
  const factor = load<f64>(factorAt(row));
  if (!takesFactor(label, factor)) return UNTOUCHED;
  const at = x + rowBytes(row);
  const to = out ? out + rowBytes(row) : 0;
  const offset = <usize>label << 2;
  labelLogit = load<f32>(at + offset);
  sumRow(at, classes, to);
  if (wide || broken) return SUMMED;
  const own = to ? <f64>load<f32>(to + offset) : 0;
  const weight = load<f64>(weightAt(row));
  const loss = losses + (<usize>row << 3);
  const nll = nlls + (<usize>row << 3);
  finishRow(label, factor, weight, sum, 0, dot, log(sum), labelLogit, own, loss, nll, at, to, classes);
  if (to) {
    sweepFast(to, classes, <f32>share, <f32>even);
    store<f32>(to + offset, <f32>atLabel);
  }
  return DONE;
}
