import { readNpy } from './npy.js';

/** Embeddings [rows, features] and their labels [rows]. */
export interface Samples {
  readonly x: Float32Array;
  readonly labels: Uint8Array;
}

/** The first three quarters of the files, and the rest. */
export function readSamples(folder: string): {
  readonly features: number;
  readonly train: Samples;
  readonly test: Samples;
} {
  const { data, shape } = readNpy(`${folder}/embeddings.npy`, '<f4');
  const labels = readNpy(`${folder}/labels.npy`, '|u1').data;
  const [rows = 0, features = 0] = shape;
  const seen = Math.floor((3 * rows) / 4);
  return {
    features,
    train: { x: data.subarray(0, seen * features), labels: labels.subarray(0, seen) },
    test: { x: data.subarray(seen * features), labels: labels.subarray(seen) },
  };
}
