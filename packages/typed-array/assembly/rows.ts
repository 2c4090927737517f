// The rows of one call: what is known of each before it is read, and what their losses come to.
import { SMALL } from './constants';
import { clear } from './sweep';

/** Logits, and gradient: 0 where only the loss is wanted. */
export let x: usize = 0;
export let out: usize = 0;
export let classes: i32 = 0;
export let losses: usize = 0;
export let nlls: usize = 0;
/** Dense targets, and the class weights on them; 0 for labels, and for weights of 1. */
export let targets: usize = 0;
export let targetWeights: usize = 0;
let labels: usize = 0;
/** Σ loss and Σ nll so far, and what rounding took from each. */
let sums: usize = 0;
let weights: usize = 0;
let factors: usize = 0;
/** Bytes from one row's weight, and from its factor, to the next: 0 where all rows have the first. */
let step: usize = 0;

/**
 * Tells what is the same in every call: the number of classes; where labels are as int32, with −1 for ignored rows, and
 * sample weights and gradient factors as float64; where float64 losses and their sums go.
 */
export function bindLists(
  n: i32,
  labelsAt: usize,
  weightsAt: usize,
  factorsAt: usize,
  lossesAt: usize,
  nllsAt: usize,
  sumsAt: usize,
): void {
  classes = n;
  labels = labelsAt;
  weights = weightsAt;
  factors = factorsAt;
  losses = lossesAt;
  nlls = nllsAt;
  sums = sumsAt;
}

/**
 * Tells which rows there are: logits at `xAt`, the gradient at `outAt` (0: forward only; may be `xAt`), dense targets in the
 * layout of the logits and [K] weights of them (0: none), and the step of weights and factors.
 */
export function bindRows(xAt: usize, outAt: usize, targetsAt: usize, targetWeightsAt: usize, stepOfLists: usize): void {
  x = xAt;
  out = outAt;
  targets = targetsAt;
  targetWeights = targetWeightsAt;
  step = stepOfLists;
}

// @ts-ignore: decorator
@inline
export function labelOf(row: i32): i32 {
  return load<i32>(labels + (<usize>row << 2));
}

// @ts-ignore: decorator
@inline
export function weightAt(row: i32): usize {
  return weights + <usize>row * step;
}

// @ts-ignore: decorator
@inline
export function factorAt(row: i32): usize {
  return factors + <usize>row * step;
}

// @ts-ignore: decorator
@inline
export function rowBytes(row: i32): usize {
  return <usize>row * (<usize>classes << 2);
}

/** Whether a row counts; one that does not is never read. */
export function isRead(row: i32): bool {
  return labelOf(row) >= 0 && load<f64>(weightAt(row)) != 0;
}

/** The labels of four rows. */
// @ts-ignore: decorator
@inline
export function labelsOf(row: i32): v128 {
  return v128.load(labels + (<usize>row << 2));
}

export function skipRow(row: i32): void {
  store<f64>(losses + (<usize>row << 3), 0);
  store<f64>(nlls + (<usize>row << 3), 0);
  if (out) clear(out + rowBytes(row), classes);
}

/** Of a row that JavaScript computes, as a label. */
const UNTOUCHED: i32 = -2;

/**
 * Adds losses and nlls of rows from `first` up to `end`, or up to the first that JavaScript computes, to their sums. Returns
 * where it ended. Short rows come in fours, which no block or thread divides: so none changes a bit.
 */
export function sumLosses(first: i32, end: i32): i32 {
  const isShort = classes <= SMALL;
  const left = i32x4.splat(UNTOUCHED);
  let sum = v128.load(sums);
  let lost = v128.load(sums, 16);
  let row = first;
  while (row < end) {
    const loss = losses + (<usize>row << 3);
    const nll = nlls + (<usize>row << 3);
    let term: v128;
    if (isShort && (row & 3) == 0 && row + 4 <= end && !v128.any_true(i32x4.eq(labelsOf(row), left))) {
      const a = f64x2.add(v128.load(loss), v128.load(loss, 16));
      const b = f64x2.add(v128.load(nll), v128.load(nll, 16));
      term = f64x2.add(v128.shuffle<f64>(a, b, 0, 2), v128.shuffle<f64>(a, b, 1, 3));
      row += 4;
    } else {
      if (labelOf(row) == UNTOUCHED) break;
      term = v128.load64_lane(nll, v128.load64_zero(loss), 1);
      row++;
    }
    // What of either is not in their sum; nothing where that is infinite.
    const next = f64x2.add(sum, term);
    const added = f64x2.sub(next, sum);
    const rest = f64x2.add(f64x2.sub(sum, f64x2.sub(next, added)), f64x2.sub(term, added));
    lost = f64x2.add(lost, v128.and(rest, f64x2.eq(rest, rest)));
    sum = next;
  }
  v128.store(sums, sum);
  v128.store(sums, lost, 16);
  return row;
}
