import { logitsOf, probabilities } from './model.js';
import type { Points } from './points.js';

const colours = [
  [52, 116, 186],
  [214, 106, 48],
  [62, 148, 92],
] as const;
const [width, height, zoom] = [120, 80, 6];
/** Pixels per unit of the plane. */
const scale = 20;

/** Paints how sure the model is, the stronger the colour the surer, and the points on top. */
export function paint(canvas: HTMLCanvasElement, weights: Float64Array, { at, labels }: Points): void {
  canvas.width = width * zoom;
  canvas.height = height * zoom;
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  const plane = Float32Array.from({ length: 2 * width * height }, (_, i) => {
    const pixel = i >> 1;
    return i % 2 === 0 ? ((pixel % width) - width / 2) / scale : (height / 2 - Math.floor(pixel / width)) / scale;
  });
  const logits = logitsOf({ at: plane }, weights);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const p = probabilities(logits, pixel);
    const mixed = [0, 1, 2].map((c) => p.reduce((sum, x, k) => sum + x * (colours[k]?.[c] as number), 0));
    // Evenly unsure is white, sure is two thirds of the colour.
    const strength = Math.max(0, Math.max(...p) - 1 / 3);
    context.fillStyle = `rgb(${mixed.map((value) => 255 - (255 - value) * strength).join(' ')})`;
    context.fillRect((pixel % width) * zoom, Math.floor(pixel / width) * zoom, zoom, zoom);
  }
  for (const [i, label] of labels.entries()) {
    const x = (width / 2 + scale * (at[2 * i] as number)) * zoom;
    const y = (height / 2 - scale * (at[2 * i + 1] as number)) * zoom;
    context.beginPath();
    context.arc(x, y, 5, 0, 2 * Math.PI);
    context.fillStyle = `rgb(${colours[label]?.join(' ')})`;
    context.fill();
    context.strokeStyle = 'white';
    context.stroke();
  }
}
