/** Points in the plane, each of one of three classes. */
export interface Points {
  /** x and y in turn, about −3 to 3. */
  readonly at: Float32Array;
  readonly labels: Int32Array;
}

export const classes = 3;
const centres = [
  [-1.4, -0.7],
  [1.4, -0.7],
  [0, 1.2],
] as const;

/** The same clouds every time. */
export function drawPoints(perClass: number): Points {
  const random = xorshift(7);
  const at = new Float32Array(2 * classes * perClass);
  const labels = new Int32Array(classes * perClass);
  for (let i = 0; i < labels.length; i++) {
    const label = i % classes;
    const radius = 0.36 * Math.sqrt(-2 * Math.log(random()));
    const angle = 2 * Math.PI * random();
    const [x, y] = centres[label] as readonly [number, number];
    at.set([x + radius * Math.cos(angle), y + radius * Math.sin(angle)], 2 * i);
    labels[i] = label;
  }
  return { at, labels };
}

/** Numbers in (0, 1]. */
function xorshift(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return ((state >>> 0) + 1) / 2 ** 32;
  };
}
