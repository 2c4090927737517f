import { type ResolvedOptions, type RowTarget, rowCoefficients, rowTerms } from '@label-smoothing/core';
import { wrongValue } from '@label-smoothing/core/adapter';
import {
  type BackendV1,
  type CreateBackend,
  defineBackend,
  fromFloat64,
  type LossRequest,
  type LossResult,
  toFloat64,
} from '@label-smoothing/core/conformance';

/** One row before anything is computed. */
export interface Row {
  readonly request: LossRequest;
  readonly index: number;
  readonly target: RowTarget;
  /** Logits or probabilities as passed, [K]. */
  readonly scores: Float64Array;
  readonly present: (k: number) => boolean;
}

/** What is asked of the classes: c_k, Σ c_k, H(q), and what the row adds to the denominator. */
export interface Coefficients {
  readonly c: Float64Array;
  readonly mass: number;
  readonly floor: number;
  readonly denominator: number;
}

/** Log-probabilities by class; −inf and NaN where the row has no maximum. */
export interface Softmax {
  readonly max: number;
  readonly lse: number;
  readonly logP: Float64Array;
}

/**
 * The loss as it is written when nobody thinks of precision: every step rounded to float32, the maximum subtracted, sums
 * from left to right, gradient p·mass − c. Each step is a method, so that a mutant is a class that gets one of them wrong.
 */
export class Plain {
  round(x: number): number {
    return Math.fround(x);
  }

  sum(terms: Iterable<number>): number {
    let sum = 0;
    for (const term of terms) sum = this.round(sum + term);
    return sum;
  }

  ignored({ target, options }: LossRequest, row: number): boolean {
    return target instanceof Int32Array && options.ignoreIndex.includes(target[row] as number);
  }

  /** s, 0 for a row that is ignored. */
  rowWeight(request: LossRequest, row: number): number {
    return this.ignored(request, row) ? 0 : (request.sampleWeight?.[row] ?? 1);
  }

  skips(weight: number): boolean {
    return weight === 0;
  }

  target({ target, classes }: LossRequest, row: number): RowTarget {
    if (target instanceof Int32Array) return target[row] as number;
    const t = toFloat64(target.subarray(row * classes, (row + 1) * classes));
    return (k) => t[k] as number;
  }

  logits(request: LossRequest): Float64Array {
    return toFloat64(request.logits);
  }

  row(request: LossRequest, index: number, all: Float64Array): Row {
    const { classes, options } = request;
    const scores = all.subarray(index * classes, (index + 1) * classes);
    const target = this.target(request, index);
    const masked = options.input === 'logits' ? -Infinity : 0;
    const targeted = (k: number): boolean => (typeof target === 'number' ? k === target : target(k) > 0);
    const missing = (k: number): boolean => options.maskedLogits === 'exclude' && scores[k] === masked && !targeted(k);
    const present = (k: number): boolean => (options.classMask?.[k] ?? true) && !missing(k);
    return { request, index, target, scores, present };
  }

  coefficients({ request, target, present }: Row): Coefficients {
    const { table, classes, options } = request;
    const exists = (k: number): boolean => options.classMask?.[k] ?? true;
    const whole = Array.from({ length: classes }, (_, k) => k).every((k) => present(k) === exists(k));
    if (typeof target === 'number' && whole) return this.fromTable(request, target);
    const terms = rowTerms(table, target, present);
    const c = rowCoefficients(table, target, terms);
    return this.rounded({ ...terms, c: Float64Array.from({ length: classes }, (_, k) => (present(k) ? c(k) : 0)) });
  }

  /** The closed form that the table is made for: a label, and no class missing but those of `classMask`. */
  fromTable({ table, classes }: LossRequest, label: number): Coefficients {
    const at = (column: Float64Array): number => column[column.length === 1 ? 0 : label] as number;
    const { profile, conditionalPrior } = table;
    const v = (k: number): number => (profile?.[k] ?? 1) * (conditionalPrior?.[label * classes + k] ?? 1);
    const hit = (k: number): number => (k === label ? at(table.hit) : 0);
    const c = Float64Array.from({ length: classes }, (_, k) => at(table.base) * v(k) + hit(k));
    return this.rounded({ c, mass: at(table.mass), floor: at(table.floor), denominator: at(table.denominator) });
  }

  rounded({ c, mass, floor, denominator }: Coefficients): Coefficients {
    return {
      c: c.map((x) => this.round(x)),
      mass: this.round(mass),
      floor: this.round(floor),
      denominator: this.round(denominator),
    };
  }

  /** Logits with absent classes at −inf. */
  rowLogits({ scores, present, request }: Row): Float64Array {
    const log = request.options.input === 'probabilities';
    return scores.map((x, k) => (present(k) ? (log ? this.round(Math.log(x)) : x) : -Infinity));
  }

  softmax(row: Row): Softmax {
    const x = this.rowLogits(row);
    const max = x.reduce((a, b) => Math.max(a, b), -Infinity);
    if (max === -Infinity) {
      const logP = row.request.options.maskedLogits === 'exclude' ? -Infinity : Number.NaN;
      return { max, lse: logP, logP: x.fill(logP) };
    }
    const d = x.map((logit) => this.round(logit - max));
    const logSum = this.round(Math.log(this.sum(d.map((z) => this.round(Math.exp(z))))));
    return { max, lse: this.round(max + logSum), logP: d.map((z) => this.round(z - logSum)) };
  }

  rowLoss(row: Row, { c, floor }: Coefficients, { max, lse, logP }: Softmax): number {
    const { zLoss } = row.request.options;
    if (Number.isNaN(lse)) return lse;
    const cross = this.sum(c.map((ck, k) => (ck === 0 ? 0 : this.round(-ck * (logP[k] as number)))));
    const penalty = max === -Infinity || zLoss === 0 ? 0 : this.round(zLoss * this.round(lse * lse));
    return this.round(this.round(cross + penalty) - floor);
  }

  /** ∂/∂x_k, or ∂/∂p_k for probabilities. */
  slope(row: Row, { c, mass }: Coefficients, { max, lse, logP }: Softmax, total: number): (k: number) => number {
    const { options } = row.request;
    const pull = this.round(mass + (max === -Infinity ? 0 : 2 * options.zLoss * lse));
    const target = (k: number): number => c[k] as number;
    if (options.input === 'logits') {
      return (k) => this.round(this.round(pull * this.round(Math.exp(logP[k] as number))) - target(k));
    }
    const common = max === -Infinity ? this.round(lse === -Infinity ? 0 : lse) : this.round(pull / total);
    return (k) => (target(k) === 0 ? common : this.round(common - this.round(target(k) / (row.scores[k] as number))));
  }

  /** What 'mean' divides by. */
  divisor(request: LossRequest, all: Float64Array): number {
    const { options, rows } = request;
    if (options.normalizer !== null) return this.round(options.normalizer);
    if (options.denominator === 'rows') return rows;
    const terms = Array.from({ length: rows }, (_, row) => {
      if (this.ignored(request, row)) return 0;
      const s = this.rowWeight(request, row);
      if (options.denominator === 'valid') return 1;
      if (options.denominator === 'nonzeroWeights') return s === 0 ? 0 : 1;
      if (s === 0 || options.weight === null) return s;
      return s * this.coefficients(this.row(request, row, all)).denominator;
    });
    return this.sum(terms);
  }

  gradientFactor({ reduction }: ResolvedOptions, divisor: number): number {
    if (reduction !== 'mean') return 1;
    return divisor === 0 ? 0 : this.round(1 / divisor);
  }

  reduce({ reduction, onEmpty }: ResolvedOptions, losses: Float64Array, divisor: number): Float64Array {
    if (reduction === 'none') return losses;
    const sum = this.sum(losses);
    if (reduction === 'sum') return Float64Array.of(sum);
    if (divisor !== 0) return Float64Array.of(this.round(sum / divisor));
    if (onEmpty === 'throw') wrongValue('LS_EMPTY', 'target', 'a denominator above 0', divisor);
    return Float64Array.of(onEmpty === 'zero' ? 0 : Number.NaN);
  }

  compute(request: LossRequest): LossResult {
    const { rows, classes, options, dtype } = request;
    const all = this.logits(request);
    const divisor = this.divisor(request, all);
    const factor = this.gradientFactor(options, divisor);
    const losses = new Float64Array(rows);
    const gradient = new Float64Array(rows * classes);
    for (let r = 0; r < rows; r++) {
      const s = this.rowWeight(request, r);
      if (this.skips(s)) continue;
      const row = this.row(request, r, all);
      const coefficients = this.coefficients(row);
      const softmax = this.softmax(row);
      losses[r] = this.round(s * this.rowLoss(row, coefficients, softmax));
      if (!request.gradient || factor === 0) continue;
      const slope = this.slope(row, coefficients, softmax, this.sum(row.scores.filter((_, k) => row.present(k))));
      const scale = this.round(s * factor);
      for (let k = 0; k < classes; k++) {
        if (row.present(k)) gradient[r * classes + k] = this.round(scale * slope(k));
      }
    }
    const loss = this.reduce(options, losses, divisor);
    return request.gradient ? { loss, gradient: fromFloat64(gradient, dtype) } : { loss };
  }
}

/** The plain backend without its roundings: precise, so that one rounding can be put back. */
export class Wide extends Plain {
  override round(x: number): number {
    return x;
  }
}

/** What {@link Plain} claims: everything but float64. */
export const plainManifest: Omit<BackendV1, 'contract' | 'computeLoss'> = {
  name: 'plain-float32',
  version: '1.0.0',
  device: 'cpu',
  supports: {
    dtypes: ['float16', 'float32'],
    reductions: ['none', 'sum', 'mean'],
    targets: ['labels', 'probabilities'],
    options: ['table'],
    arithmetic: 'ieee',
    gradient: true,
  },
};

/** A plainly written float32 backend: correct, so it passes level standard; plain, so it fails level precise. */
export const plainFloat32: CreateBackend = backendOf(Plain);

/** A backend of one way to compute the loss. */
export function backendOf(Kind: new () => Plain): CreateBackend {
  return () => {
    const kind = new Kind();
    return defineBackend({ ...plainManifest, computeLoss: (request) => kind.compute(request) });
  };
}
