/** One bag of hashed n-grams per row: `indices[offsets[row]]` up to `indices[offsets[row + 1]]`. */
export interface SparseRows {
  readonly rows: number;
  readonly offsets: Uint32Array;
  readonly indices: Uint16Array;
}

/** Hashed character n-grams of length 1 to 3, with the word's ends marked. */
export function hashedNgrams(names: readonly string[], buckets: number): SparseRows {
  const offsets = new Uint32Array(names.length + 1);
  const indices: number[] = [];
  names.forEach((name, row) => {
    const text = `^${name.toLowerCase()}$`;
    for (let length = 1; length <= 3; length++) {
      for (let start = 0; start + length <= text.length; start++) {
        indices.push(hash(text.slice(start, start + length)) % buckets);
      }
    }
    offsets[row + 1] = indices.length;
  });
  return { rows: names.length, offsets, indices: Uint16Array.from(indices) };
}

/** FNV-1a over UTF-16 units. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  // The low bits of FNV are the weakest: fold the high ones in.
  return (value ^ (value >>> 15)) >>> 0;
}
