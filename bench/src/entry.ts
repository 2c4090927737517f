/** The size of a batch. */
export interface Batch {
  readonly rows: number;
  readonly classes: number;
}

/** Something opened for one batch. */
export interface Runner {
  /** One call on the batch's own data. */
  readonly run: () => unknown;
  readonly close?: () => unknown;
}

/** One way to compute what its group computes. */
export interface Entry {
  readonly name: string;
  /** Ours, which the others are compared with. */
  readonly ours?: boolean;
  readonly open: (batch: Batch) => Promise<Runner>;
}

/** Entries that compute the same from the same data. A peer is one more entry; a kernel of ours is, too. */
export interface Group {
  readonly title: string;
  readonly entries: readonly Entry[];
}

/** Logits between −4 and 4 and labels, the same in every run. */
export function batchData({ rows, classes }: Batch): { readonly logits: Float32Array; readonly labels: Int32Array } {
  const logits = Float32Array.from({ length: rows * classes }, (_, i) => 4 * Math.sin(i * 1.7));
  return { logits, labels: Int32Array.from({ length: rows }, (_, row) => (row * 7919) % classes) };
}
