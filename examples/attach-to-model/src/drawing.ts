/** Strokes of a few letters and digits on a grid of 4 × 6, from the top left. */
const glyphs: Readonly<Record<string, string>> = {
  '0': '10 30 42 44 36 16 04 02 10',
  '1': '11 20 26,16 36',
  '2': '01 10 30 41 42 06 46',
  '3': '00 40 22 43 45 36 16 05',
  '4': '36 30 04 44',
  '7': '00 40 16',
  A: '06 20 46,14 34',
  E: '40 00 06 46,03 33',
  F: '40 00 06,03 33',
  H: '00 06,40 46,03 43',
  K: '00 06,40 03 46',
  L: '00 06 46',
  M: '06 00 23 40 46',
  N: '06 00 46 40',
  T: '00 40,20 26',
  V: '00 26 40',
  X: '00 46,40 06',
  Z: '00 40 06 46',
};

type Line = readonly [x: number, y: number, toX: number, toY: number];

/** Draws text, dark on light, as the OCR models take it: [3, 48, width] in −1…1. `upsideDown` turns it by 180°. */
export function drawText(text: string, { width = 192, upsideDown = false } = {}): Float32Array {
  const height = 48;
  const scale = 5;
  const lines = [...text].flatMap((letter, i) => strokes(glyphs[letter] ?? '', 14 + i * 30, 9, scale));
  const pixel = (x: number, y: number): number => {
    const distance = Math.min(...lines.map((line) => distanceTo(line, x, y)), 9);
    return Math.max(-1, Math.min(1, (distance - 2) * 2));
  };
  const plane = Float32Array.from({ length: height * width }, (_, i) => pixel(i % width, Math.floor(i / width)));
  if (upsideDown) plane.reverse();
  const image = new Float32Array(3 * plane.length);
  for (let channel = 0; channel < 3; channel++) image.set(plane, channel * plane.length);
  return image;
}

function strokes(glyph: string, left: number, top: number, scale: number): Line[] {
  return glyph.split(',').flatMap((stroke) => {
    const points = stroke
      .split(' ')
      .map(([x = '0', y = '0']) => [left + Number(x) * scale, top + Number(y) * scale] as const);
    return points.slice(1).map(([x, y], i): Line => [...(points[i] as readonly [number, number]), x, y]);
  });
}

function distanceTo([fromX, fromY, toX, toY]: Line, x: number, y: number): number {
  const [dx, dy] = [toX - fromX, toY - fromY];
  const along = Math.max(0, Math.min(1, ((x - fromX) * dx + (y - fromY) * dy) / (dx * dx + dy * dy)));
  return Math.hypot(x - fromX - along * dx, y - fromY - along * dy);
}
