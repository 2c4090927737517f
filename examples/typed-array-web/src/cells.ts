/** How many cells the square is divided into: the classes. */
export const cells = 64;

/** Points in the square from −1 to 1, each in the cell of the site that is nearest to it. */
export interface Points {
  /** x and y in turn. */
  readonly at: Float32Array;
  readonly labels: Int32Array;
}

/** The same sites and points every time. */
export function drawPoints(count: number): Points {
  const random = randomNumbers(11);
  const sites = Float32Array.from({ length: 2 * cells }, () => 2 * random() - 1);
  const at = Float32Array.from({ length: 2 * count }, () => 2 * random() - 1);
  return { at, labels: Int32Array.from({ length: count }, (_, i) => nearest(sites, at[2 * i]!, at[2 * i + 1]!)) };
}

function nearest(sites: Float32Array, x: number, y: number): number {
  const distances = Array.from({ length: cells }, (_, k) => Math.hypot(x - sites[2 * k]!, y - sites[2 * k + 1]!));
  return distances.indexOf(Math.min(...distances));
}

/** Numbers in [0, 1), by a linear congruential generator. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
