// The tables that every loop reads its constants from. A loop loads them into locals before its first turn: engines
// materialise a v128.const again in each turn, which costs more than the arithmetic saved by it.

/** Elements whose sums stay in float32, and whose range is proven by one check. */
export const BLOCK: i32 = 128;
/** Rows up to this many classes are computed four at once. */
export const SMALL: i32 = 128;
/** When the loops store their exponentials: each build in the order that suits it. */
export const AT_ONCE: bool = ASC_FEATURE_RELAXED_SIMD;

// e^x = 2^n·P(r): P is a polynomial of degree 6 with P(0) = P'(0) = 1, relative error 0.05 ULP of float32 for
// |r| ≤ ln(2)/2. Its coefficients are scaled by 2^-64 or 2^-100 where n comes with an offset of 64 or 100.
const table = memory.data<f32>([
  1.4426950216293335, // log2(e)
  12582976, // 1.5·2^23 + 64: x·log2(e) added to it leaves n + 64 in the low bits
  12583012, // 1.5·2^23 + 100
  12582912, // 1.5·2^23
  0.6931471824645996, // ln(2) in one part, for a fused multiply-add
  0.693145751953125, // ln(2) in two parts: the product of n and the first is exact
  1.428606765330187e-6,
  7.492581314038721e-23, // the coefficients of r^6 … r^2 and 1, times 2^-64
  4.536668131553441e-22,
  2.2588408252908697e-21,
  9.034939209540832e-21,
  2.7105051080963343e-20,
  5.421010862427522e-20,
  1.0903140812353698e-33, // times 2^-100
  6.601721006959912e-33,
  3.2870460204006954e-32,
  1.31475669470686e-31,
  3.9443040559073187e-31,
  7.888609052210118e-31,
  0.001382137299515307, // as they are
  0.008368675597012043,
  0.04166825860738754,
  0.1666652113199234,
  0.4999999403953552,
  1,
  -69, // below this e^d counts as 2^-100: a multiple of nothing that float32 could show beside the row's maximum
  -170, // below this nothing is left of e^d times any factor that a kernel accepts
  -1.904654323148236e-9, // what ln(2) in one part is too large by, negated
]);

export const LOG2E: usize = table;
export const MAGIC_FAST: usize = table + 4;
export const MAGIC_WIDE: usize = table + 8;
export const MAGIC_PLAIN: usize = table + 12;
export const LN2: usize = table + 16;
export const LN2_HIGH: usize = table + 20;
export const LN2_LOW: usize = table + 24;
export const POLY_FAST: usize = table + 28;
export const POLY_WIDE: usize = table + 52;
export const POLY_PLAIN: usize = table + 76;
export const LEAST_WIDE: usize = table + 100;
export const LEAST_EXACT: usize = table + 104;
export const LN2_REST: usize = table + 108;

/** Masks of the first 0 to 4 lanes, for the end of a row. */
export const MASKS: usize = memory.data<i32>([0, 0, 0, 0, -1, 0, 0, 0, -1, -1, 0, 0, -1, -1, -1, 0, -1, -1, -1, -1], 16);
/** The number of each lane. */
export const LANES: usize = memory.data<i32>([0, 1, 2, 3], 16);
/** A vector of ones and one of zeros: what an absent profile or weight reads as. */
export const ONES: usize = memory.data<f32>([1, 1, 1, 1], 16);
export const ZEROS: usize = memory.data<f32>([0, 0, 0, 0], 16);

/**
 * One block of logits, kept while a gradient overwrites them; or of exponentials. Instances may share a memory, so each
 * is given a place of its own for what it writes.
 */
// @ts-ignore: decorator
@external('env', 'scratch')
export declare const SAVED: usize;
/** Behind it, a block of exponentials that nobody asked for. */
export const COLUMNS: usize = SAVED + 4 * BLOCK;
/** Behind that: the end of a row, which is written as a whole. */
export const REST: usize = COLUMNS + 4 * BLOCK;
/** Behind that: sums of sixteen exponentials each. */
export const PARTS: usize = REST + 64;
/** Behind that: what is kept of short rows. */
export const SHORT: usize = PARTS + BLOCK;
