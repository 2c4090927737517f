// e^d for d ≤ 0 from a table of 2^(j/2048): d = n·(ln 2)/2048 + r, e^d = 2^⌊n/2048⌋·2^(n mod 2048 / 2048)·e^r. Within 0.8
// ULP: the table keeps what its entries lose, e^r − 1 is a polynomial that lacks 2^-55, and one rounding is last.

const steps = 2048;
const stepBits = 11;
const perStep = steps / Math.LN2;
/** (ln 2)/2048 in two parts: n times the first is exact, and the second has what Math.LN2 lacks. */
const high = Math.fround(Math.LN2 / steps);
const low = Math.LN2 / steps - high + 2.3190468138462996e-17 / steps;
/** Adding and subtracting it rounds to the nearest integer. */
const rounder = 1.5 * 2 ** 52;
/** Below this e^d is smaller than the smallest number there is, or as good as that. */
const lowest = -744;

/** 2^(n − 1074) at index n, up to 2^0. */
const powers = Float64Array.from({ length: 1075 }, (_, n) => 2 ** (n - 1074));
/** 2^(j/2048), rounded, at index 2j; behind it what the rounding lost. Filled when they are first needed. */
const roots = new Float64Array(2 * steps);

/** What is summed while the exponentials are taken. */
export interface ExponentialSums {
  /** Σ e^d, less the 1 of the maximum. */
  rest: number;
  /** Σ −d over what is not −inf. */
  spread: number;
}

/**
 * Puts e^d in the place of each x, with d = x − max; 0 for −inf, which adds nothing to the sums.
 *
 * Both sums carry what their additions lose, or hundreds of equal logits would all be rounded the same way. The one of
 * the exponentials starts at 1 so that no term is larger than it: three additions do then, and what a tiny term adds to
 * the maximum's 1 is not lost, so that `rest` has all of its digits however small it is. Four at a time take two thirds
 * of the time: none waits for another.
 */
export function exponentiate(x: Float64Array, classes: number, max: number, sums: ExponentialSums): void {
  if (roots[0] === 0) fillRoots();
  let sum = 1;
  let lost = 0;
  let spread = 0;
  let spreadLost = 0;
  let k = 0;
  let next4 = 0;
  while (k < classes) {
    let d = (x[k] as number) - max;
    let step = 1;
    if (k >= next4 && k + 3 < classes) {
      const d1 = (x[k + 1] as number) - max;
      const d2 = (x[k + 2] as number) - max;
      const d3 = (x[k + 3] as number) - max;
      if (d >= lowest && d1 >= lowest && d2 >= lowest && d3 >= lowest) {
        const e = exponential(d);
        const e1 = exponential(d1);
        const e2 = exponential(d2);
        const e3 = exponential(d3);
        x[k] = e;
        x[k + 1] = e1;
        x[k + 2] = e2;
        x[k + 3] = e3;
        const sum1 = sum + e;
        const sum2 = sum1 + e1;
        const sum3 = sum2 + e2;
        const sum4 = sum3 + e3;
        lost += e - (sum1 - sum) + (e1 - (sum2 - sum1)) + (e2 - (sum3 - sum2)) + (e3 - (sum4 - sum3));
        sum = sum4;
        d = d + d1 + (d2 + d3);
        step = 4;
      } else next4 = k + 4;
    }
    if (step === 1) {
      if (x[k] === -Infinity) {
        x[k++] = 0;
        continue;
      }
      const e = d >= lowest ? exponential(d) : d < lowest ? 0 : Number.NaN;
      x[k] = e;
      const next = sum + e;
      lost += e - (next - sum);
      sum = next;
    }
    const next = spread - d;
    const added = next - spread;
    spreadLost += spread - (next - added) - (d + added);
    spread = next;
    k += step;
  }
  sums.rest = sum - 2 + lost;
  sums.spread = spread + spreadLost;
}

/** e^d for d from the lowest to 0. */
function exponential(d: number): number {
  const n = d * perStep + rounder - rounder;
  const i = n | 0;
  const j = (i & (steps - 1)) << 1;
  const r = d - n * high - n * low;
  const p = r + r * r * (1 / 2 + r * (1 / 6));
  const root = roots[j] as number;
  return (powers[(i >> stepBits) + 1074] as number) * (root + ((roots[j + 1] as number) + root * p));
}

function fillRoots(): void {
  // Fixed point, 120 bits behind the point: e^((ln 2)/128) by its series, then the powers of that.
  const bits = 120n;
  const step = 0xb17217f7d1cf79abc9e3b39803f2f6n >> BigInt(stepBits);
  let ratio = 0n;
  for (let term = 1n << bits, n = 1n; term > 0n; n++) {
    ratio += term;
    term = ((term * step) >> bits) / n;
  }
  let value = 1n << bits;
  for (let j = 0; j < roots.length; j += 2) {
    const rounded = Number(value);
    roots[j] = rounded * 2 ** -120;
    roots[j + 1] = Number(value - BigInt(rounded)) * 2 ** -120;
    value = (value * ratio) >> bits;
  }
}
