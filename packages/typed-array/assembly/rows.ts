// The rows of one call: what is known of each before it is read, and what their losses come to.
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
/** Sums of losses, of so many rows each; those of nlls are as far behind as nlls are behind losses. */
let sums: usize = 0;
let sumRows: i32 = 0;
let weights: usize = 0;
let factors: usize = 0;
/** Bytes from one row's weight, and from its factor, to the next: 0 where all rows have the first. */
let step: usize = 0;

/**
 * Tells what is the same in every call: the number of classes; where labels are as int32, with −1 for ignored rows, and
 * sample weights and gradient factors as float64; where float64 losses go, and the sums of so many rows each.
 */
export function bindLists(
  n: i32,
  labelsAt: usize,
  weightsAt: usize,
  factorsAt: usize,
  lossesAt: usize,
  nllsAt: usize,
  sumsAt: usize,
  rowsOfSum: i32,
): void {
  classes = n;
  labels = labelsAt;
  weights = weightsAt;
  factors = factorsAt;
  losses = lossesAt;
  nlls = nllsAt;
  sums = sumsAt;
  sumRows = rowsOfSum;
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

/**
 * Adds up losses and nlls of rows from `first` up to `end`, {@link sumRows} at a time. No block and no thread divides those, so
 * none changes a bit.
 */
export function sumLosses(first: i32, end: i32): void {
  const toNll = nlls - losses;
  const last = losses + (<usize>end << 3);
  let at = losses + (<usize>first << 3);
  for (let to = sums + (<usize>(first / sumRows) << 3); at < last; to += 8) {
    let loss = f64x2.splat(0);
    let nll = loss;
    const stop = min(last, at + (<usize>sumRows << 3));
    for (; at + 16 <= stop; at += 16) {
      loss = f64x2.add(loss, v128.load(at));
      nll = f64x2.add(nll, v128.load(at + toNll));
    }
    if (at < stop) {
      loss = f64x2.add(loss, v128.load64_zero(at));
      nll = f64x2.add(nll, v128.load64_zero(at + toNll));
      at = stop;
    }
    store<f64>(to, f64x2.extract_lane(loss, 0) + f64x2.extract_lane(loss, 1));
    store<f64>(to + toNll, f64x2.extract_lane(nll, 0) + f64x2.extract_lane(nll, 1));
  }
}
