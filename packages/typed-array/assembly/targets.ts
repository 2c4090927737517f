// What the loss of a row with dense targets needs of them, in float64, before anything is overwritten.

/** Σ w·t. */
let mass: f64 = 0;
/** Σ w·t·x over w·t > 0. */
let dot: f64 = 0;
/** Classes that are not −Infinity, or that have t > 0. */
let present: i32 = 0;
/** The largest logit. */
let peak: f32 = 0;

/** Sums over one row; `w` 0: weights of 1. */
export function dotTargets(x: usize, t: usize, w: usize, n: i32): void {
  mass = 0;
  dot = 0;
  present = 0;
  peak = -Infinity;
  for (let i = 0; i < n; i++) {
    const at = <usize>i << 2;
    const target = <f64>load<f32>(t + at);
    const logit = load<f32>(x + at);
    peak = max(peak, logit);
    if (logit != -Infinity || target > 0) present++;
    const c = w ? target * <f64>load<f32>(w + at) : target;
    mass += c;
    if (c != 0) dot += c * <f64>logit;
  }
}

export function targetMass(): f64 {
  return mass;
}

export function targetDot(): f64 {
  return dot;
}

export function targetPresent(): i32 {
  return present;
}

export function targetPeak(): f32 {
  return peak;
}
