// Short rows, in groups of four: what finish.ts does for one row, in float64 for two lanes at a time. Each phase
// goes over many groups: what follows in one waits for what was before, and a machine fills that time with the next.
import { LANES, SMALL } from './constants';
import { multiplyAdd64, takeProduct64 } from './exp';
import { fits, takesFactor } from './finish';
import {
  BASE,
  DISTANCES,
  DOTS,
  EXPONENTS,
  FACTOR,
  FLOOR,
  FRACTIONS,
  GROUP,
  HARD_HIT,
  HARD_MASS,
  HIT,
  HITS,
  MASS,
  MASSES,
  MISSING,
  PLACES,
  PUSHES,
  ROWS,
  SHARES,
  STARTS,
  SUMS,
  TERMS,
  TERMS_END,
  TOPS,
  WEIGHT,
  setTerms,
  startOf,
} from './group';
import { loadLn264, logGroups } from './log';
import { classes, factorAt, isRead, labelOf, labelsOf, losses, nlls, out, skipRow, targets, weightAt, x } from './rows';
import { findTops, maySmall, readColumns, sizeOf, splitSums, sumFast, sumFar, writeColumns } from './small';
import { profile, profileTotal, tableStep, zLoss } from './state';
import { sumTargets } from './targets';
import { byCount, denseBase, denseKeep, others } from './terms';

/** How many groups there are at once, at most; and the columns of all, as many as there is room for. */
const MOST: i32 = 16;
const GROUPS: usize = TERMS_END;
const COLUMNS: usize = GROUPS + MOST * GROUP;
const ROOM: usize = 64 * SMALL;

/** Whether all rows have the factor and the terms of the first, which was looked at once. */
let alike: bool = false;
/** Whether the terms are there. */
let known: bool = false;
/** Whether a class is missing in one of the rows. */
let some: bool = false;
/** Whether a lane has another's row. */
let ragged: bool = false;
/** Whether the last rows were outside the fast range: those behind them are likely to be, too. */
let isFar: bool = false;

// @ts-ignore: decorator
@inline
function promoteLanes(at: usize, offset: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load(at + offset));
}

/** Where a label's gradient is. */
// @ts-ignore: decorator
@inline
function placeOf(at: usize, toOut: usize): usize {
  return toOut + <usize>load<u32>(at, PLACES);
}

/** Whether the kernel takes rows with such dense targets, and their factors. */
function takesTargets(group: usize): bool {
  for (let at = group; at < group + 16; at += 4) {
    const mass = denseKeep * <f64>load<f32>(at, MASSES) + denseBase * profileTotal;
    const factor = load<f64>(factorAt(load<i32>(at, ROWS)));
    if (!fits(factor, mass) || !(abs(load<f32>(at, DISTANCES)) < Infinity)) return false;
  }
  return true;
}

/** What the logits at dense targets are above `top`, and Σ t: up to a group with a row that needs a look of its own. */
function sumDense(count: i32): i32 {
  for (let i = 0, group = GROUPS; i < count; i++, group += GROUP) {
    sumTargets(classes, group, targets - x);
    if (!takesTargets(group)) return i;
  }
  return count;
}

// @ts-ignore: decorator
@inline
function storeProduct(at: usize, offset: usize, a: v128, b: v128): void {
  v128.store64_lane(at + offset, f32x4.demote_f64x2_zero(f64x2.mul(a, b)), 0);
}

/** The losses of groups with the same terms, to `to`, and what their gradients are made of. */
function finishAlike(group: usize, count: i32, to: usize): void {
  const toHard = nlls - losses;
  const gradient = out;
  const dense = targets;
  const z = zLoss;
  const gaps = some;
  const ln2 = loadLn264();
  const end = group + <usize>count * GROUP;
  for (let terms = TERMS; terms < TERMS + 32; terms += 16, group += 8, to += 16) {
    const weight = v128.load(terms, WEIGHT);
    const factor = v128.load(terms, FACTOR);
    const minus = f64x2.neg(factor);
    const floor = f64x2.neg(v128.load(terms, FLOOR));
    const hardHit = v128.load(terms, HARD_HIT);
    for (let at = group, own = to; at < end; at += GROUP, own += 32) {
      let hit = v128.load(terms, HIT);
      let base = v128.load(terms, BASE);
      let mass = v128.load(terms, MASS);
      let hardMass = v128.load(terms, HARD_MASS);
      if (dense) {
        hardMass = promoteLanes(at, MASSES);
        mass = multiplyAdd64(hit, hardMass, f64x2.splat(denseBase * profileTotal));
      } else if (gaps && load<u64>(at, MISSING) != 0) {
        // What the missing classes leave of the smoothing mass is for the others.
        const all = f64x2.splat(<f64>classes);
        const present = f64x2.add(all, f64x2.convert_low_i32x4_s(v128.load(at, MISSING)));
        const o = f64x2.splat(others);
        const rest = f64x2.sub(present, o);
        const before = base;
        base = v128.and(f64x2.div(f64x2.mul(base, f64x2.sub(all, o)), rest), f64x2.gt(rest, f64x2.splat(0)));
        hit = f64x2.add(hit, f64x2.mul(o, f64x2.sub(before, base)));
        mass = multiplyAdd64(base, present, hit);
      }
      const log = multiplyAdd64(f64x2.convert_low_i32x4_s(v128.load(at, EXPONENTS)), ln2, promoteLanes(at, FRACTIONS));
      const distance = promoteLanes(at, DISTANCES);
      const level = takeProduct64(multiplyAdd64(mass, log, floor), base, promoteLanes(at, DOTS));
      let row = takeProduct64(level, hit, distance);
      if (z > 0) {
        const lse = f64x2.add(promoteLanes(at, TOPS), log);
        const slope = f64x2.mul(f64x2.splat(z), lse);
        row = multiplyAdd64(slope, lse, row);
        mass = f64x2.add(mass, f64x2.add(slope, slope));
      }
      v128.store(own, f64x2.mul(weight, row));
      const hard = takeProduct64(f64x2.mul(hardMass, log), hardHit, distance);
      v128.store(own + toHard, f64x2.mul(weight, hard));
      if (!gradient) continue;
      storeProduct(at, SHARES, factor, mass);
      storeProduct(at, PUSHES, minus, base);
      storeProduct(at, HITS, minus, hit);
    }
  }
}

/** The losses of groups from row `first` on, and what their gradients are made of. */
function finishGroups(count: i32, first: i32): void {
  const run = alike ? count : 1;
  for (let i = 0; i < count; i += run) {
    const group = GROUPS + <usize>i * GROUP;
    if (!known) setTerms(group);
    known = alike;
    finishAlike(group, run, losses + (<usize>(first + 4 * i) << 3));
  }
}

/** Makes groups of the rows from `first` on, up to one that {@link chooseEach} does not make. Returns how many. */
function choose(count: i32, first: i32, end: i32): i32 {
  const base = i32x4.splat(<i32>x);
  const bytes = i32x4.splat(classes << 2);
  const lanes = v128.load(LANES);
  let row = first;
  for (let i = 0, group = GROUPS; i < count; i++, group += GROUP, row += 4) {
    let labels = labelsOf(row);
    if (alike && row + 4 <= end && i32x4.bitmask(labels) == 0) {
      v128.store(group, i32x4.add(i32x4.splat(row), lanes), ROWS);
    } else {
      ragged = true;
      if (!chooseEach(group, row, end)) return i;
      labels = v128.load(group, PLACES);
    }
    const starts = i32x4.add(i32x4.mul(v128.load(group, ROWS), bytes), base);
    v128.store(group, starts, STARTS);
    const places = i32x4.add(starts, i32x4.shl(labels, 2));
    v128.store(group, places, PLACES);
    const a = v128.load32_zero(<usize>(<u32>i32x4.extract_lane(places, 0)));
    const ab = v128.load32_lane(<usize>(<u32>i32x4.extract_lane(places, 1)), a, 1);
    const abc = v128.load32_lane(<usize>(<u32>i32x4.extract_lane(places, 2)), ab, 2);
    v128.store(group, v128.load32_lane(<usize>(<u32>i32x4.extract_lane(places, 3)), abc, 3), DISTANCES);
  }
  return count;
}

/**
 * The rows of a group, and their labels: a lane without a row of its own, or with one that is not to be read, has another's.
 * false where a row has a factor that this kernel does not take, or where none is read.
 */
function chooseEach(group: usize, row: i32, end: i32): bool {
  let other = -1;
  for (let at = group, i = row; i < row + 4; at += 4, i++) {
    const own = i < end && isRead(i) ? i : -1;
    store<i32>(at, own, ROWS);
    other = max(other, own);
  }
  if (other < 0) return false;
  for (let at = group; at < group + 16; at += 4) {
    let own = load<i32>(at, ROWS);
    if (own < 0) own = other;
    const label = labelOf(own);
    if (!takesFactor(label, load<f64>(factorAt(own)))) return false;
    store<i32>(at, own, ROWS);
    store<i32>(at, label, PLACES);
  }
  return true;
}

function write(group: usize, columns: usize): void {
  writeColumns(classes, columns, group, x, out, targets);
  if (targets) return;
  const toOut = out - x;
  // All are read before one is written: lanes may have the same row.
  const a = placeOf(group, toOut);
  const b = placeOf(group + 4, toOut);
  const c = placeOf(group + 8, toOut);
  const d = placeOf(group + 12, toOut);
  const ab = v128.load32_lane(b, v128.load32_zero(a), 1);
  const all = v128.load32_lane(d, v128.load32_lane(c, ab, 2), 3);
  const atLabels = f32x4.add(all, v128.load(group, HITS));
  v128.store32_lane(a, atLabels, 0);
  v128.store32_lane(b, atLabels, 1);
  v128.store32_lane(c, atLabels, 2);
  v128.store32_lane(d, atLabels, 3);
}

/** What sumFast has not done, after findTops. false where a row of the group needs a look of its own. */
function sumRare(group: usize, columns: usize): bool {
  if (!sumFar(classes, columns, group)) return false;
  const tops = v128.load(group, TOPS);
  if (maySmall(tops, v128.load(group, SUMS))) splitSums(classes, columns, group);
  const distances = f32x4.sub(v128.load(group, DISTANCES), tops);
  v128.store(group, distances, DISTANCES);
  if (!v128.any_true(v128.load(group, MISSING))) return true;
  some = true;
  // How many classes are missing has to say it all.
  return !targets && byCount() && !v128.any_true(f32x4.eq(distances, f32x4.splat(-Infinity)));
}

/** Makes columns of the group's logits, and keeps the largest. Returns whether all are in the fast range. */
function lookAt(group: usize, columns: usize): bool {
  readColumns(classes, startOf(group, 0), startOf(group, 1), startOf(group, 2), startOf(group, 3), columns);
  return findTops(classes, columns, group);
}

/** Exponentials and sums of groups, up to one that holds a row which needs a look of its own. Returns how many it did. */
function sumGroups(count: i32, size: usize): i32 {
  for (let i = 0; i < count; i++) {
    let group = GROUPS + <usize>i * GROUP;
    let columns = COLUMNS + <usize>i * size;
    let isSmall = false;
    if (isFar || profile) isFar = !lookAt(group, columns);
    if (!isFar && !profile) {
      const done = sumFast(classes, columns, group, count - i);
      i += done;
      if (i == count) return count;
      isFar = true;
      group += <usize>done * GROUP;
      columns += <usize>done * size;
      isSmall = lookAt(group, columns);
    }
    if (!sumRare(group, columns)) return i;
    if (isSmall) splitSums(classes, columns, group);
  }
  return count;
}

/**
 * Computes rows from `row` on in groups of four, up to `end` or to a group that holds a row which needs a look of its
 * own. Returns how many rows it did.
 */
export function shortRows(row: i32, end: i32): i32 {
  alike = factorAt(1) == factorAt(0) && tableStep == 0 && load<f64>(weightAt(0)) != 0;
  if (alike && !takesFactor(0, load<f64>(factorAt(0)))) return 0;
  known = false;
  const size = sizeOf(classes);
  const most = min(MOST, <i32>(ROOM / size));
  let at = row;
  while (at < end) {
    const wanted = min(most, (end - at + 3) >> 2);
    ragged = false;
    some = false;
    let count = sumGroups(choose(wanted, at, end), size);
    if (targets) count = sumDense(count);
    logGroups(GROUPS, count);
    finishGroups(count, at);
    if (out) for (let i = 0; i < count; i++) write(GROUPS + <usize>i * GROUP, COLUMNS + <usize>i * size);
    const done = min(end, at + 4 * count);
    if (ragged) for (let i = at; i < done; i++) if (!isRead(i)) skipRow(i);
    at = done;
    if (count < wanted) break;
  }
  return at - row;
}
