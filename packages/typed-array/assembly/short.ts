// Short rows, in groups of four: what finish.ts does for one row, in float64 for two lanes at a time. Each phase
// goes over many groups: what follows in one waits for what was before, and a machine fills that time with the next.
import { SMALL } from './constants';
import { fits, takesFactor } from './finish';
import {
  DISTANCES,
  DOTS,
  deriveTerms,
  EXPONENTS,
  FACTOR,
  FLOOR,
  FRACTIONS,
  GROUP,
  HARD_HIT,
  HARD_MASS,
  HITS,
  MASSES,
  MISSING,
  OWN_BASE,
  OWN_HIT,
  OWN_MASS,
  PLACES,
  PULL,
  PUSH_AT_LABEL,
  PUSH,
  PUSHES,
  ROWS,
  SHARES,
  STARTS,
  SUMS,
  startOf,
  setTerms,
  TERMS,
  TERMS_END,
  TOPS,
  WEIGHT,
} from './group';
import { logGroups } from './log';
import { classes, factorAt, isRead, labelOf, labelsOf, losses, nlls, out, skipRow, targets, weightAt, x } from './rows';
import { findTops, readColumns, sizeOf, splitSums, sumFast, sumFar, writeColumns } from './small';
import { profile, profileTotal, tableStep, zLoss } from './state';
import { sumTargets } from './targets';
import { byCount, denseBase, denseKeep } from './terms';

/** How many groups there are at once, at most; and the columns of all, as many as there is room for. */
const MOST: i32 = 16;
const GROUPS: usize = TERMS_END;
const COLUMNS: usize = GROUPS + MOST * GROUP;
const ROOM: usize = 64 * SMALL;

/** Whether all rows have the factor and the terms of the first, which was looked at once. */
let alike: bool = false;
/** Whether the terms are there, and what follows from them where no class is missing. */
let known: bool = false;
let whole: bool = false;
/** Whether a lane has another's row. */
let ragged: bool = false;
/** Whether the last rows were outside the fast range: those behind them are likely to be, too. */
let isFar: bool = false;

// @ts-ignore: decorator
@inline
function promoteLanes(at: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(at));
}

/** Where a label is of a lane's row, in the logits or in the gradient. */
// @ts-ignore: decorator
@inline
function placeOf(at: usize, rows: usize): usize {
  return rows + <usize>load<u32>(at, PLACES);
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

/** Whether all terms of a loss may be small: then the largest exponential must not drown the others. */
// @ts-ignore: decorator
@inline
function maySmall(group: usize): bool {
  const excess = f32x4.add(v128.load(group, TOPS), f32x4.sub(v128.load(group, SUMS), f32x4.splat(1.128)));
  return v128.any_true(f32x4.lt(f32x4.abs(excess), f32x4.splat(0.522)));
}

/** What the logits at the targets are above `top`, up to a group with a row that needs a look of its own. */
function takeDistances(count: i32, size: usize): i32 {
  const rows = x;
  const dense = targets;
  for (let i = 0, group = GROUPS, columns = COLUMNS; i < count; i++, group += GROUP, columns += size) {
    if (maySmall(group)) {
      if (!sumAgain(group, columns)) return i;
      splitSums(classes, columns, group);
    }
    if (dense) {
      sumTargets(classes, group, rows, dense);
      if (!takesTargets(group)) return i;
      continue;
    }
    const ab = v128.load32_lane(placeOf(group + 4, rows), v128.load32_zero(placeOf(group, rows)), 1);
    const abc = v128.load32_lane(placeOf(group + 8, rows), ab, 2);
    const logits = v128.load32_lane(placeOf(group + 12, rows), abc, 3);
    v128.store(group, f32x4.sub(logits, v128.load(group, TOPS)), DISTANCES);
  }
  return count;
}

/** The losses of groups with the same terms, to `to`, and what their gradients are made of. */
function finishAlike(group: usize, count: i32, to: usize): void {
  const toHard = nlls - losses;
  const ln2 = f64x2.splat(Math.LN2);
  const end = group + <usize>count * GROUP;
  for (let terms = TERMS; terms < TERMS + 32; terms += 16, group += 8, to += 16) {
    const weight = v128.load(terms, WEIGHT);
    const base = v128.load(terms, OWN_BASE);
    const hit = v128.load(terms, OWN_HIT);
    const mass = v128.load(terms, OWN_MASS);
    const floor = v128.load(terms, FLOOR);
    const hardHit = v128.load(terms, HARD_HIT);
    const hardMass = v128.load(terms, HARD_MASS);
    for (let at = group, own = to; at < end; at += GROUP, own += 32) {
      const whole = f64x2.mul(f64x2.convert_low_i32x4_s(v128.load64_zero(at, EXPONENTS)), ln2);
      const log = f64x2.add(promoteLanes(at + FRACTIONS), whole);
      const distance = promoteLanes(at + DISTANCES);
      const pulled = f64x2.add(f64x2.mul(base, promoteLanes(at + DOTS)), f64x2.mul(hit, distance));
      let row = f64x2.sub(f64x2.sub(f64x2.mul(mass, log), pulled), floor);
      let share = v128.load(terms, PULL);
      if (zLoss > 0) {
        const lse = f64x2.add(promoteLanes(at + TOPS), log);
        const z = f64x2.mul(f64x2.splat(zLoss), lse);
        row = f64x2.add(row, f64x2.mul(z, lse));
        share = f64x2.add(share, f64x2.mul(f64x2.add(z, z), v128.load(terms, FACTOR)));
      }
      v128.store(own, f64x2.mul(weight, row));
      v128.store(own + toHard, f64x2.mul(weight, f64x2.sub(f64x2.mul(hardMass, log), f64x2.mul(hardHit, distance))));
      if (out) v128.store64_lane(at, f32x4.demote_f64x2_zero(share), 0, SHARES);
    }
  }
}

/** The losses of groups from row `first` on, and what their gradients are made of. */
function finishGroups(count: i32, first: i32): void {
  for (let i = 0, done = 0; i < count; i = done) {
    const group = GROUPS + <usize>i * GROUP;
    if (!known) setTerms(group);
    const some = v128.any_true(v128.load(group, MISSING));
    if (!whole || some) deriveTerms(group);
    known = alike;
    whole = alike && !some && !targets;
    for (let at = group; ; at += GROUP) {
      v128.store(at, v128.load(TERMS, PUSH), PUSHES);
      v128.store(at, v128.load(TERMS, PUSH_AT_LABEL), HITS);
      done++;
      if (done == count || !whole || v128.any_true(v128.load(at + GROUP, MISSING))) break;
    }
    finishAlike(group, done - i, losses + (<usize>(first + 4 * i) << 3));
  }
}

/** Makes groups of the rows from `first` on, up to one that {@link chooseEach} does not make. Returns how many. */
function choose(count: i32, first: i32, end: i32): i32 {
  const bytes = i32x4.splat(classes << 2);
  let row = first;
  for (let i = 0, group = GROUPS; i < count; i++, group += GROUP, row += 4) {
    let labels = labelsOf(row);
    if (alike && row + 4 <= end && i32x4.bitmask(labels) == 0) {
      v128.store(group, i32x4.add(i32x4.splat(row), i32x4(0, 1, 2, 3)), ROWS);
    } else {
      ragged = true;
      if (!chooseEach(group, row, end)) return i;
      labels = v128.load(group, PLACES);
    }
    const starts = i32x4.mul(v128.load(group, ROWS), bytes);
    v128.store(group, starts, STARTS);
    v128.store(group, i32x4.add(starts, i32x4.shl(labels, 2)), PLACES);
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
  writeColumns(classes, columns, group, out, targets);
  if (targets) return;
  // All are read before one is written: lanes may have the same row.
  const a = placeOf(group, out);
  const b = placeOf(group + 4, out);
  const c = placeOf(group + 8, out);
  const d = placeOf(group + 12, out);
  const ab = v128.load32_lane(b, v128.load32_zero(a), 1);
  const all = v128.load32_lane(d, v128.load32_lane(c, ab, 2), 3);
  const atLabels = f32x4.add(all, v128.load(group, HITS));
  v128.store32_lane(a, atLabels, 0);
  v128.store32_lane(b, atLabels, 1);
  v128.store32_lane(c, atLabels, 2);
  v128.store32_lane(d, atLabels, 3);
}

/** What sumColumns has not done, after findTops. false where a row of the group needs a look of its own. */
function sumRare(group: usize, columns: usize): bool {
  if (!sumFar(classes, columns, group)) return false;
  if (!v128.any_true(v128.load(group, MISSING))) return true;
  if (targets) return false;
  // How many classes are missing has to say it all.
  for (let at = group; at < group + 16; at += 4) if (load<f32>(placeOf(at, x)) == -Infinity) return false;
  return byCount();
}

/** Makes columns of the group's logits, and keeps the largest. Returns whether all are in the fast range. */
function lookAt(group: usize, columns: usize): bool {
  readColumns(classes, startOf(group, 0, x), startOf(group, 1, x), startOf(group, 2, x), startOf(group, 3, x), columns);
  return findTops(classes, columns, group);
}

function sumAgain(group: usize, columns: usize): bool {
  lookAt(group, columns);
  return sumRare(group, columns);
}

/** Exponentials and sums of groups, up to one that holds a row which needs a look of its own. Returns how many it did. */
function sumGroups(count: i32, size: usize): i32 {
  for (let i = 0; i < count; i++) {
    let group = GROUPS + <usize>i * GROUP;
    let columns = COLUMNS + <usize>i * size;
    if (isFar || profile) isFar = !lookAt(group, columns);
    if (!isFar && !profile) {
      const done = sumFast(classes, x, columns, group, count - i);
      i += done;
      if (i == count) return count;
      isFar = true;
      group += <usize>done * GROUP;
      columns += <usize>done * size;
      lookAt(group, columns);
    }
    if (!sumRare(group, columns)) return i;
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
  whole = false;
  const size = sizeOf(classes);
  const most = min(MOST, <i32>(ROOM / size));
  let at = row;
  while (at < end) {
    const wanted = min(most, (end - at + 3) >> 2);
    ragged = false;
    let count = sumGroups(choose(wanted, at, end), size);
    count = takeDistances(count, size);
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
