/** How many arms the spiral has: the classes. */
export const arms = 5;

/** Points in the plane, each on one of the arms. */
export interface Points {
  /** x and y in turn, within the unit circle. */
  readonly at: Float32Array;
  readonly labels: Int32Array;
}

/** The same spiral every time: an arm turns by six radians on its way out. */
export function drawSpiral(perArm: number): Points {
  const random = randomNumbers(11);
  const at = new Float32Array(2 * arms * perArm);
  const labels = new Int32Array(arms * perArm);
  for (let i = 0; i < labels.length; i++) {
    const arm = i % arms;
    const radius = Math.sqrt(random());
    const angle = (2 * Math.PI * arm) / arms + 6 * radius + 0.5 * (random() + random() - 1);
    at.set([radius * Math.cos(angle), radius * Math.sin(angle)], 2 * i);
    labels[i] = arm;
  }
  return { at, labels };
}

/** Numbers in [0, 1), by a linear congruential generator. */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
