import { drawText } from '@label-smoothing/example-attach-to-model/drawing';
import { Tensor } from 'onnxruntime-node';

/** Drawn words with the class of each: 0 letters, 1 digits. */
export interface Words {
  readonly images: Tensor;
  readonly labels: Tensor;
  readonly classes: Int32Array;
}

const alphabets = ['AEFHKLMNTVXZ', '012347'] as const;

/** Draws words of four characters, half of them digits; the same for the same seed. */
export function drawWords(count: number, seed: number): Words {
  let state = seed;
  const random = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const classes = Int32Array.from({ length: count }, (_, i) => i % 2);
  const pixels = [...classes].map((k) => {
    const alphabet = alphabets[k as 0 | 1];
    return drawText(Array.from({ length: 4 }, () => alphabet[random(alphabet.length)]).join(''), { width: 144 });
  });
  const all = new Float32Array(count * 3 * 48 * 144);
  pixels.forEach((image, i) => all.set(image, i * image.length));
  const labels = new Tensor('int64', BigInt64Array.from(classes, BigInt), [count]);
  return { images: new Tensor('float32', all, [count, 3, 48, 144]), labels, classes };
}
