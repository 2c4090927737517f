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

  /** Adds one term. */
  add(term: number): void {
    const next = this.sum + term;
    this.lost += Math.abs(this.sum) >= Math.abs(term) ? this.sum - next + term : term - next + this.sum;
    this.sum = next;
  }

  /** The sum of all terms so far. */
  get value(): number {
    return Number.isFinite(this.sum) ? this.sum + this.lost : this.sum;
  }
}
