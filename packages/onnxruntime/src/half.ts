import { fromFloat16 } from '@label-smoothing/core';

let table: Float32Array | undefined;

/** Numbers of float16 bits: 65,536 of them decoded once, then looked up. */
export function decodeHalf(bits: Uint16Array): Float32Array {
  table ??= Float32Array.from({ length: 65_536 }, (_, i) => fromFloat16(i));
  const numbers = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) numbers[i] = table[bits[i] as number] as number;
  return numbers;
}
