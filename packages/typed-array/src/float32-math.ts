// e^d and ln(1 + x) with the digits that float32 shows, five more, and no call.

/** Entries of the table in one doubling, and how many doublings it has on either side of 1. */
const steps = 16;
const doublings = 256;
const one = steps * doublings;
const perStep = steps / Math.LN2;
/** Adding and subtracting it rounds to the nearest integer. */
const rounder = 1.5 * 2 ** 52;

/** How far from 0 a power may be of which {@link exponential} knows its value: so many of the largest can be summed. */
export const widest = 160;

/** 2^((i − one)/16) at index i. */
const powers = new Float64Array(2 * one + 1);
for (let i = 0; i < steps; i++) powers[i] = 2 ** (i / steps - doublings);
for (let i = steps; i < powers.length; i++) powers[i] = 2 * (powers[i - steps] as number);

/** e^d for |d| ≤ {@link widest}, within 2^-29 of it: the nearest table entry times a polynomial, which is 1 at 0. */
export function exponential(d: number): number {
  const place = d * perStep;
  const n = place + rounder - rounder;
  const r = place - n;
  // The least largest relative error of 1 + … on [−1/2, 1/2].
  const p = 1 + r * (0.04332169891666537 + r * (0.0009384151876252075 + r * 1.3550326292806206e-5));
  return (powers[(n | 0) + one] as number) * p;
}

const parts = 128;
/** Reciprocals of what is in the middle of each part of [1, 2), and their logarithms with the other sign. */
const reciprocals = Float64Array.from({ length: parts }, (_, j) => parts / (parts + j + 0.5));
const logs = reciprocals.map((r) => -Math.log(r));
const number = new Float64Array(1);
const words = new Int32Array(number.buffer);

/** ln(1 + x) for x from 0 to 2^200, within 2^-36 of it. */
export function log1p(x: number): number {
  if (x < 1 / 64) return x * (1 - x * (1 / 2 - x * (1 / 3 - x * (1 / 4 - x * (1 / 5 - x * (1 / 6 - x * (1 / 7)))))));
  number[0] = 1 + x;
  const high = words[1] as number;
  const exponent = (high >> 20) - 1023;
  const j = (high >> 13) & (parts - 1);
  const r = (1 + x) * (powers[one - steps * exponent] as number) * (reciprocals[j] as number) - 1;
  return exponent * Math.LN2 + (logs[j] as number) + r * (1 - r * (1 / 2 - r * (1 / 3 - r * (1 / 4))));
}
