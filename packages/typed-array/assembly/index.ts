// What JavaScript calls. Pointers are byte offsets into the one memory that this instance has.
import { SMALL } from './constants';
import { atLabel, even, finishRow, fits, isExact, pushed, share } from './finish';
import { presentSpread, sumRow } from './row';
import {
  classes,
  factorAt,
  isRead,
  labelOf,
  losses,
  nlls,
  out,
  rowBytes,
  skipRow,
  targets,
  targetWeights,
  weightAt,
  x,
} from './rows';
import { shortRows } from './short';
import { broken, dot, present, reference, sum, wide } from './state';
import { sweepAny, sweepFast } from './sweep';
import { dot as targetsDot, peak, readTargets, sum as targetsSum } from './targets';
import { exclude, mass, propagates, setLabel, setTargets, targetDot, targetMass } from './terms';

// @ts-ignore: decorator
@external('env', 'exp')
declare function exp(x: f64): f64;

export { preciseLse } from './finish';
export { decodeHalf, encodeHalf } from './half';
export { bindLists, bindRows, sumLosses } from './rows';
export { bindTables } from './state';
export { sweepAny } from './sweep';
export { allWithin } from './targets';
export { bindTerms } from './terms';
export { transpose } from './transpose';

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

/** Σ w·t and Σ w·t·x of the last row; of a labelled one 1 and the label's logit, which may be overwritten by now. */
export function rowTargetMass(): f64 {
  return targetMass;
}

export function rowTargetDot(): f64 {
  return targetDot;
}

/** The largest logit of the last row with dense targets. */
export function rowPeak(): f32 {
  return peak;
}

/** What {@link computeRows} stops at, in the low bits of what it returns: the end; */
const DONE = 0;
/** a row of which nothing was touched: its factor is not for this kernel; */
const UNTOUCHED = 1;
/** a row whose sums are there, and its exponentials in its gradient: which classes are missing there takes a look. */
const SUMMED = 2;

/**
 * Computes rows from `first` up to `end`, or up to the first that needs help: returns 4·row + one of the constants
 * above. Small rows are taken four at a time where `first` is a multiple of four.
 */
export function computeRows(first: i32, end: i32): i32 {
  let row = first;
  while (row < end) {
    if (classes <= SMALL && (row & 3) == 0 && !targetWeights) {
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

/** Reads what the row is to be: its terms where every class is there. Returns the label's logit, or the largest. */
function readTarget(at: usize, row: i32): f64 {
  if (targets) {
    readTargets(at, targets + rowBytes(row), targetWeights, classes);
    setTargets(targetsSum, targetsDot);
    return peak;
  }
  const label = labelOf(row);
  const logit = <f64>load<f32>(at + (<usize>label << 2));
  setLabel(label, logit);
  return logit;
}

function oneRow(row: i32): i32 {
  const at = x + rowBytes(row);
  const to = out ? out + rowBytes(row) : 0;
  const logit = readTarget(at, row);
  const factor = load<f64>(factorAt(row));
  if (!fits(factor, mass)) return UNTOUCHED;
  sumRow(at, classes, to);
  if (present < <f64>classes && !broken) {
    if (present == 0 || !exclude(classes, present, presentSpread(to ? to : at, classes))) return SUMMED;
  }
  const label = targets ? -1 : labelOf(row);
  const place = to + (<usize>label << 2);
  const own = !to || targets ? 0 : wide ? exp(logit - reference) : <f64>load<f32>(place);
  const weight = load<f64>(weightAt(row));
  finishRow(at, to, classes, label, logit, own, factor, weight, losses + (<usize>row << 3), nlls + (<usize>row << 3));
  if (!to) return DONE;
  if (wide || targets) {
    const t = targets ? targets + rowBytes(row) : 0;
    sweepAny(to, classes, share, even, pushed, t, targetWeights, propagates(), isExact);
  } else {
    sweepFast(to, classes, <f32>share, <f32>even);
  }
  if (!targets) store<f32>(place, <f32>atLabel);
  return DONE;
}
