// Short labelled rows, in groups of four: what finish.ts does for one row, in float64 for two lanes at a time. Each phase
// goes over many groups: what follows in one waits for what was before, and a machine fills that time with the next.
import { SHORT, SMALL } from './constants';
import { takesFactor } from './finish';
import { logLanes } from './log';
import { classes, factorAt, isRead, labelOf, labelsOf, losses, nlls, out, skipRow, weightAt, x } from './rows';
import {
  DOTS,
  findTops,
  GROUP,
  LOST,
  MISSING,
  readColumns,
  SUMS,
  sizeOf,
  splitSums,
  sumColumns,
  sumFar,
  TOPS,
  writeColumns,
} from './small';
import { baseColumn, hitColumn, profile, tableStep, zLoss } from './state';
import { byCount, others } from './terms';

// Beside what small.ts keeps of a group: its rows, where they and their labels' logits are from the first row on, and
// what its gradient is made of.
const ROWS: usize = 80;
const STARTS: usize = 96;
const PLACES: usize = 112;
const SHARES: usize = 128;
const PUSHES: usize = 144;
const HITS: usize = 160;
const DISTANCES: usize = 176;
/**
 * The terms of four lanes: their factors and weights, the columns of the table from `hit` on; what missing classes make of
 * three of them, and of what a gradient takes.
 */
const TERMS: usize = SHORT;
const FACTOR: usize = 0;
const WEIGHT: usize = 32;
const HIT: usize = 64;
const BASE: usize = 96;
const MASS: usize = 128;
const FLOOR: usize = 160;
const HARD_HIT: usize = 192;
const HARD_MASS: usize = 224;
const OWN_HIT: usize = 256;
const OWN_BASE: usize = 288;
const OWN_MASS: usize = 320;
const PULL: usize = 352;
const PUSH: usize = 384;
const PULL_AT_LABEL: usize = 400;
const LOGS: usize = 416;
/** How many groups there are at once, at most; and the columns of all, as many as there is room for. */
const MOST: i32 = 16;
const GROUPS: usize = TERMS + 448;
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

/** The terms of the lanes' rows. */
function setTerms(group: usize): void {
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

/** What follows from the terms and from the number of missing classes. */
function deriveTerms(group: usize): void {
  let at = group;
  let to = TERMS;
  for (let terms = TERMS; terms < TERMS + 32; terms += 16, at += 8, to += 8) {
    let hit = v128.load(terms, HIT);
    let base = v128.load(terms, BASE);
    let mass = v128.load(terms, MASS);
    if (load<u64>(at, MISSING) != 0) {
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
    v128.store64_lane(to, f32x4.demote_f64x2_zero(f64x2.mul(factor, hit)), 0, PULL_AT_LABEL);
  }
}

/** Where a label is of a lane's row, in the logits or in the gradient. */
// @ts-ignore: decorator
@inline
function placeOf(at: usize, rows: usize): usize {
  return rows + <usize>load<u32>(at, PLACES);
}

/** The losses of the group from row `first` on. false where a row of it needs a look of its own. */
function finishGroup(group: usize, columns: usize, first: i32): bool {
  if (!known) setTerms(group);
  const some = v128.any_true(v128.load(group, MISSING));
  if (!whole || some) deriveTerms(group);
  known = alike;
  whole = alike && !some;
  const ab = v128.load32_lane(placeOf(group + 4, x), v128.load32_zero(placeOf(group, x)), 1);
  const abc = v128.load32_lane(placeOf(group + 8, x), ab, 2);
  const logits = v128.load32_lane(placeOf(group + 12, x), abc, 3);
  // All terms of a loss may be small: then the largest exponential must not drown the others.
  const excess = f32x4.add(v128.load(group, TOPS), f32x4.sub(v128.load(group, SUMS), f32x4.splat(1.128)));
  const isSmall = f32x4.lt(f32x4.abs(excess), f32x4.splat(0.522));
  if (v128.any_true(isSmall)) {
    if (!sumAgain(group, columns)) return false;
    splitSums(classes, columns, group);
  }
  logLanes(v128.load(group, SUMS), v128.load(group, LOST), TERMS + LOGS);
  v128.store(group, v128.load(TERMS, PUSH), PUSHES);
  v128.store(group, v128.load(TERMS, PULL_AT_LABEL), HITS);
  v128.store(group, f32x4.sub(logits, v128.load(group, TOPS)), DISTANCES);
  let to = losses + (<usize>first << 3);
  let at = group;
  for (let terms = TERMS; terms < TERMS + 32; terms += 16, at += 8, to += 16) {
    const log = v128.load(terms, LOGS);
    const distance = promoteLanes(at + DISTANCES);
    const pulled = f64x2.add(
      f64x2.mul(v128.load(terms, OWN_BASE), promoteLanes(at + DOTS)),
      f64x2.mul(v128.load(terms, OWN_HIT), distance),
    );
    let row = f64x2.sub(f64x2.sub(f64x2.mul(v128.load(terms, OWN_MASS), log), pulled), v128.load(terms, FLOOR));
    let share = v128.load(terms, PULL);
    if (zLoss > 0) {
      const lse = f64x2.add(promoteLanes(at + TOPS), log);
      const z = f64x2.mul(f64x2.splat(zLoss), lse);
      row = f64x2.add(row, f64x2.mul(z, lse));
      share = f64x2.add(share, f64x2.mul(f64x2.add(z, z), v128.load(terms, FACTOR)));
    }
    const weight = v128.load(terms, WEIGHT);
    v128.store(to, f64x2.mul(weight, row));
    const hardPull = f64x2.mul(v128.load(terms, HARD_HIT), distance);
    const hard = f64x2.sub(f64x2.mul(v128.load(terms, HARD_MASS), log), hardPull);
    v128.store(to + (nlls - losses), f64x2.mul(weight, hard));
    v128.store64_lane(at, f32x4.demote_f64x2_zero(share), 0, SHARES);
  }
  return true;
}

// @ts-ignore: decorator
@inline
function start(group: usize, lane: usize, rows: usize): usize {
  return rows + <usize>load<u32>(group + (lane << 2), STARTS);
}

/**
 * A lane without a row of its own, or with one that is not to be read, has another's. false where a row has a factor that
 * this kernel does not take, or where none is read.
 */
function choose(group: usize, row: i32, end: i32): bool {
  let labels: v128;
  if (alike && row + 4 <= end && i32x4.bitmask(labelsOf(row)) == 0) {
    v128.store(group, i32x4.add(i32x4.splat(row), i32x4(0, 1, 2, 3)), ROWS);
    labels = labelsOf(row);
  } else {
    ragged = true;
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
    labels = v128.load(group, PLACES);
  }
  const starts = i32x4.mul(v128.load(group, ROWS), i32x4.splat(classes << 2));
  v128.store(group, starts, STARTS);
  v128.store(group, i32x4.add(starts, i32x4.shl(labels, 2)), PLACES);
  return true;
}

function read(group: usize, to: usize): void {
  readColumns(classes, start(group, 0, x), start(group, 1, x), start(group, 2, x), start(group, 3, x), to);
}

function write(group: usize, columns: usize): void {
  const some = v128.any_true(v128.load(group, MISSING));
  const share = f32x4.div(v128.load(group, SHARES), v128.load(group, SUMS));
  writeColumns(
    classes,
    columns,
    start(group, 0, out),
    start(group, 1, out),
    start(group, 2, out),
    start(group, 3, out),
    share,
    v128.load(group, PUSHES),
    some,
  );
  // All are read before one is written: lanes may have the same row.
  const a = placeOf(group, out);
  const b = placeOf(group + 4, out);
  const c = placeOf(group + 8, out);
  const d = placeOf(group + 12, out);
  const ab = v128.load32_lane(b, v128.load32_zero(a), 1);
  const all = v128.load32_lane(d, v128.load32_lane(c, ab, 2), 3);
  const atLabels = f32x4.sub(all, v128.load(group, HITS));
  v128.store32_lane(a, atLabels, 0);
  v128.store32_lane(b, atLabels, 1);
  v128.store32_lane(c, atLabels, 2);
  v128.store32_lane(d, atLabels, 3);
}

/** What sumColumns has not done, after findTops. false where a row of the group needs a look of its own. */
function sumRare(group: usize, columns: usize): bool {
  if (!sumFar(classes, columns, group)) return false;
  if (!v128.any_true(v128.load(group, MISSING))) return true;
  // How many classes are missing has to say it all.
  for (let at = group; at < group + 16; at += 4) if (load<f32>(placeOf(at, x)) == -Infinity) return false;
  return byCount();
}

function sumAgain(group: usize, columns: usize): bool {
  read(group, columns);
  findTops(classes, columns, group);
  return sumRare(group, columns);
}

/** Exponentials and sums of groups, up to one that holds a row which needs a look of its own. Returns how many it did. */
function sumGroups(count: i32, size: usize): i32 {
  for (let i = 0; i < count; i++) read(GROUPS + <usize>i * GROUP, COLUMNS + <usize>i * size);
  for (let i = 0; i < count; ) {
    const group = GROUPS + <usize>i * GROUP;
    const columns = COLUMNS + <usize>i * size;
    if (isFar || profile) isFar = !findTops(classes, columns, group);
    if (isFar || profile) {
      if (!sumRare(group, columns)) return i;
      i++;
    } else {
      i += sumColumns(classes, columns, group, count - i);
      if (i == count) return count;
      // What it ended at, it has overwritten.
      isFar = true;
      if (!sumAgain(GROUPS + <usize>i * GROUP, COLUMNS + <usize>i * size)) return i;
      i++;
    }
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
    let count = 0;
    ragged = false;
    let columns = COLUMNS;
    while (count < wanted && choose(GROUPS + <usize>count * GROUP, at + 4 * count, end)) count++;
    count = sumGroups(count, size);
    for (let i = 0, group = GROUPS; i < count; i++, group += GROUP, columns += size) {
      if (!finishGroup(group, columns, at + 4 * i)) count = i;
    }
    columns = COLUMNS;
    if (out) for (let i = 0, group = GROUPS; i < count; i++, group += GROUP, columns += size) write(group, columns);
    const done = min(end, at + 4 * count);
    if (ragged) for (let i = at; i < done; i++) if (!isRead(i)) skipRow(i);
    at = done;
    if (count < wanted) break;
  }
  return at - row;
}
