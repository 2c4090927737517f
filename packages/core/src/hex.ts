import type { ArrayOf, Dtype } from './conformance/ulp.js';

/** Hex digits of one number of each dtype. */
export const hexDigits: Readonly<Record<Dtype, number>> = { float16: 4, float32: 8, float64: 16 };

/** Numbers as big-endian IEEE bits, or float16 bits as they are, to hex digits. */
export function encodeHex(array: ArrayOf[Dtype]): string {
  const width = array.BYTES_PER_ELEMENT;
  const bytes = new Uint8Array(array.length * width);
  const view = new DataView(bytes.buffer);
  array.forEach((value: number, i: number) => {
    if (width === 2) view.setUint16(i * 2, value);
    else if (width === 4) view.setFloat32(i * 4, value);
    else view.setFloat64(i * 8, value);
  });
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The inverse of {@link encodeHex}; the caller knows that `hex` is of whole numbers. */
export function decodeHex(hex: string, dtype: Dtype): ArrayOf[Dtype] {
  const width = hexDigits[dtype];
  const bytes = Uint8Array.from({ length: hex.length / 2 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
  const view = new DataView(bytes.buffer);
  const at = (i: number): number => (i * width) / 2;
  const length = hex.length / width;
  if (dtype === 'float16') return Uint16Array.from({ length }, (_, i) => view.getUint16(at(i)));
  if (dtype === 'float32') return Float32Array.from({ length }, (_, i) => view.getFloat32(at(i)));
  return Float64Array.from({ length }, (_, i) => view.getFloat64(at(i)));
}
