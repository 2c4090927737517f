// node pace.js: the milliseconds that the same arithmetic takes, for every line that it reads. It fills the processor's
// units: chains that do not wait for each other.
import { createInterface } from 'node:readline';

function work(): number {
  let [a, b, c, d, e, f, g, h] = [1, 1, 1, 1, 1, 1, 1, 1];
  for (let i = 0; i < 500_000; i++) {
    a = a * 1.0000001 + 1e-9;
    b = b * 1.0000001 + 1e-9;
    c = c * 1.0000001 + 1e-9;
    d = d * 1.0000001 + 1e-9;
    e = e * 1.0000001 + 1e-9;
    f = f * 1.0000001 + 1e-9;
    g = g * 1.0000001 + 1e-9;
    h = h * 1.0000001 + 1e-9;
  }
  return a + b + c + d + e + f + g + h;
}

function time(): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

for (let i = 0; i < 100; i++) work();
for await (const _ of createInterface({ input: process.stdin })) console.log(Math.min(time(), time(), time()));
