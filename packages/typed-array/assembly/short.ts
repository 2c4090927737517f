// Short labelled rows, in groups of four: what finish.ts does for one row, in float64 for two lanes at a time. Each phase
// goes over many groups: what follows in one waits for what was before, and a machine fills that time with the next.
import { SHORT, SMALL } from './constants';
import { takesFactor } from './finish';
import { logLanes } from './log';
import { classes, factorAt, isRead, labelOf, labelsOf, losses, nlls, out, skipRow, weightAt, x } from './rows';
import { DOTS, findTops, LOST, MISSING, readColumns, SUMS, sumColumns, sumFar, TOPS, writeColumns } from './small';
import { baseColumn, hitColumn, profile, tableStep, zLoss } from './state';
import { byCount, others } from './terms';

// Beside what small.ts keeps of a group: its rows, where they and their labels' logits are from the first row on, and
// what its gradient is made of. FAR is one word: whether the exponentials are relative to the largest.
const ROWS: usize = 80;
const STARTS: usize = 96;
const PLACES: usize = 112;
const SHARES: usize = 128;
const PUSHES: usize = 144;
const HITS: usize = 160;
const DISTANCES: usize = 176;
const FAR: usize = 192;
/** Bytes from one group to the next. */
const GROUP: usize = 208;
/**
 * The terms of four lanes: what their gradients take, in float32, their factors and weights, and the columns of the table
 * from `hit` on. Behind them the logs of their sums.
 */
const TERMS: usize = SHORT;
const PUSH: usize = 0;
const PULL_AT_LABEL: usize = 16;
const FACTOR: usize = 32;
const WEIGHT: usize = 64;
const HIT: usize = 96;
const BASE: usize = 128;
const MASS: usize = 160;
const FLOOR: usize = 192;
const HARD_HIT: usize = 224;
const HARD_MASS: usize = 256;
const SHARE: usize = 288;
const LOGS: usize = 320;
/** How many groups there are at once, at most; and the columns of all, as many as there is room for. */
const MOST: i32 = 16;
const GROUPS: usize = TERMS + 352;
const COLUMNS: usize = GROUPS + MOST * GROUP;
const ROOM: usize = 64 * SMALL;

/** Whether all rows have the factor and the terms of the first, which was looked at once. */
let alike: bool = false;
/** Whether they are there, and those of the next group. */
let known: bool = false;
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
  known = alike;
  const size = baseColumn - hitColumn;
  for (let lane: usize = 0; lane < 4; lane++) {
    const at = group + (lane << 2);
    const row = load<i32>(at, ROWS);
    const to = TERMS + (lane << 3);
    const factor = load<f64>(factorAt(row));
    store<f64>(to, factor, FACTOR);
    store<f64>(to, load<f64>(weightAt(row)), WEIGHT);
    let from = hitColumn + <usize>labelOf(row) * tableStep;
    for (let column = HIT; column <= HARD_MASS; column += 32, from += size) store<f64>(to + column, load<f64>(from));
    const missing = load<i32>(at, MISSING);
    if (missing != 0) {
      // What the missing classes leave of the smoothing mass is for the others.
      known = false;
      const before = load<f64>(to, BASE);
      const present = <f64>(classes + missing);
      const z = present - others;
      const base = z > 0 ? (before * (<f64>classes - others)) / z : 0;
      const hit = load<f64>(to, HIT) + others * (before - base);
      store<f64>(to, base, BASE);
      store<f64>(to, hit, HIT);
      store<f64>(to, hit + base * present, MASS);
    }
    store<f32>(TERMS + (lane << 2), <f32>(-factor * load<f64>(to, BASE)), PUSH);
    store<f32>(TERMS + (lane << 2), <f32>(factor * load<f64>(to, HIT)), PULL_AT_LABEL);
    store<f64>(to, factor * load<f64>(to, MASS), SHARE);
    const weight = load<f64>(to, WEIGHT);
    for (let column = to + HIT; column <= to + HARD_MASS; column += 32) store<f64>(column, weight * load<f64>(column));
  }
}

/** Where a label is of a lane's row, in the logits or in the gradient. */
// @ts-ignore: decorator
@inline
function placeOf(at: usize, rows: usize): usize {
  return rows + <usize>load<u32>(at, PLACES);
}

/** Whether all terms of a row's loss may be small, so that its largest exponential must not drown the others. */
function someSmall(group: usize): bool {
  for (let lane: usize = 0; lane < 4; lane++) {
    const at = group + (lane << 2);
    const terms = TERMS + (lane << 3);
    const sum = load<f32>(at, SUMS);
    if (sum < 0.606 || sum > 1.65) continue;
    const logit = <f64>load<f32>(placeOf(at, x));
    const pulled = load<f64>(terms, BASE) * <f64>load<f32>(at, DOTS) + load<f64>(terms, HIT) * logit;
    if (abs(logit) < 0.5 || abs(pulled) < 0.5 * load<f64>(terms, MASS)) return true;
  }
  return false;
}

/** The losses of the group from row `first` on. false where a row of it needs a look of its own. */
function finishGroup(group: usize, columns: usize, first: i32): bool {
  const some = v128.any_true(v128.load(group, MISSING));
  if (!known || some) setTerms(group);
  const small = f32x4.lt(f32x4.abs(f32x4.sub(v128.load(group, SUMS), f32x4.splat(1.128))), f32x4.splat(0.522));
  if (v128.any_true(small) && !load<i32>(group, FAR) && someSmall(group) && !sumAgain(group, columns)) return false;
  logLanes(v128.load(group, SUMS), v128.load(group, LOST), TERMS + LOGS);
  v128.store(group, v128.load(TERMS, PUSH), PUSHES);
  v128.store(group, v128.load(TERMS, PULL_AT_LABEL), HITS);
  const ab = v128.load32_lane(placeOf(group + 4, x), v128.load32_zero(placeOf(group, x)), 1);
  const abc = v128.load32_lane(placeOf(group + 8, x), ab, 2);
  const logits = v128.load32_lane(placeOf(group + 12, x), abc, 3);
  v128.store(group, f32x4.sub(logits, v128.load(group, TOPS)), DISTANCES);
  let to = losses + (<usize>first << 3);
  let at = group;
  for (let terms = TERMS; terms < TERMS + 32; terms += 16, at += 8, to += 16) {
    const log = v128.load(terms, LOGS);
    const distance = promoteLanes(at + DISTANCES);
    const pulled = f64x2.add(
      f64x2.mul(v128.load(terms, BASE), promoteLanes(at + DOTS)),
      f64x2.mul(v128.load(terms, HIT), distance),
    );
    let row = f64x2.sub(f64x2.sub(f64x2.mul(v128.load(terms, MASS), log), pulled), v128.load(terms, FLOOR));
    let share = v128.load(terms, SHARE);
    if (zLoss > 0) {
      const lse = f64x2.add(promoteLanes(at + TOPS), log);
      const z = f64x2.mul(f64x2.splat(zLoss), lse);
      row = f64x2.add(row, f64x2.mul(f64x2.mul(z, lse), v128.load(terms, WEIGHT)));
      share = f64x2.add(share, f64x2.mul(f64x2.add(z, z), v128.load(terms, FACTOR)));
    }
    v128.store(to, row);
    const hardPull = f64x2.mul(v128.load(terms, HARD_HIT), distance);
    v128.store(to + (nlls - losses), f64x2.sub(f64x2.mul(v128.load(terms, HARD_MASS), log), hardPull));
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
    for (let i = row; i < min(row + 4, end); i++) if (isRead(i)) other = i;
    if (other < 0) return false;
    for (let at = group, i = row; i < row + 4; at += 4, i++) {
      const own = i < end && isRead(i) ? i : other;
      if (!takesFactor(labelOf(own), load<f64>(factorAt(own)))) return false;
      store<i32>(at, own, ROWS);
      store<i32>(at, labelOf(own), PLACES);
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
  store<i32>(group, 1, FAR);
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

/** The group's exponentials and sums. false where a row of it needs a look of its own. */
function sumGroup(group: usize, columns: usize): bool {
  store<i32>(group, 0, FAR);
  read(group, columns);
  if (isFar || profile) isFar = !findTops(classes, columns, group);
  if (isFar || profile) return sumRare(group, columns);
  if (sumColumns(classes, columns, group)) return true;
  isFar = true;
  return sumAgain(group, columns);
}

/**
 * Computes rows from `row` on in groups of four, up to `end` or to a group that holds a row which needs a look of its
 * own. Returns how many rows it did.
 */
export function shortRows(row: i32, end: i32): i32 {
  alike = factorAt(1) == factorAt(0) && tableStep == 0 && load<f64>(weightAt(0)) != 0;
  if (alike && !takesFactor(0, load<f64>(factorAt(0)))) return 0;
  known = false;
  const size = <usize>((classes + 3) & ~3) << 4;
  const most = min(MOST, <i32>(ROOM / size));
  let at = row;
  while (at < end) {
    const wanted = min(most, (end - at + 3) >> 2);
    let count = 0;
    ragged = false;
    let columns = COLUMNS;
    for (let group = GROUPS; count < wanted; count++, group += GROUP, columns += size) {
      if (!choose(group, at + 4 * count, end) || !sumGroup(group, columns)) break;
    }
    columns = COLUMNS;
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
