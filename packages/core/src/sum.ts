/**
 * A running sum whose rounding error stays at one unit in the last place for any number of terms (Neumaier 1974).
 *
 * Formula: s and the lost low parts e are kept apart; the value is s + e.
 *
 * Numerical note: an infinite or NaN term makes the value what plain addition would make it.
 *
 * @example
 * ```ts
 * import { CompensatedSum } from '@label-smoothing/core/adapter';
 * const sum = new CompensatedSum();
 * for (const term of [1, 1e100, 1, -1e100]) sum.add(term);
 * console.log(sum.value); // 2
 * ```
 * Source: A. Neumaier, Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen, ZAMM 54 (1974).
 */
export class CompensatedSum {
  private sum = 0;
  private lost = 0;

  /** Begins again. */
  clear(): void {
    this.sum = 0;
    this.lost = 0;
  }

  /** Adds one term. */
  add(term: number): void {
    const next = this.sum + term;
    this.lost += lostIn(this.sum, term, next);
    this.sum = next;
  }

  /** Adds the terms from one index up to another, in order. */
  addAll(terms: Float64Array, from: number, to: number): void {
    // In variables, and without a call: fields are written and read again for every term, and a call that stays one
    // allocates each of its numbers.
    let { sum, lost } = this;
    for (let i = from; i < to; i++) {
      const term = terms[i] as number;
      const next = sum + term;
      lost += Math.abs(sum) >= Math.abs(term) ? sum - next + term : term - next + sum;
      sum = next;
    }
    this.sum = sum;
    this.lost = lost;
  }

  /** The sum of all terms so far. */
  get value(): number {
    return Number.isFinite(this.sum) ? this.sum + this.lost : this.sum;
  }
}

/** What `next`, which is sum + term rounded, has less than both: the smaller number's low part. */
function lostIn(sum: number, term: number, next: number): number {
  return Math.abs(sum) >= Math.abs(term) ? sum - next + term : term - next + sum;
}
