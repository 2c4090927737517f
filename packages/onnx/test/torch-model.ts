import { readFileSync } from 'node:fs';
import type { ExternalData } from '@label-smoothing/onnx';

const folder = `${import.meta.dirname}/models`;

/** A classifier that PyTorch exported, its weights in a file beside it; models/export.py made both. */
export const torchModel: Uint8Array = readFileSync(`${folder}/mlp.onnx`);
/** The weights. */
export const externalData: readonly ExternalData[] = [
  { path: 'mlp.onnx.data', data: readFileSync(`${folder}/mlp.onnx.data`) },
];

/** What PyTorch answers for it, in float64. */
export interface Recorded {
  readonly features: readonly number[];
  readonly labels: readonly number[];
  readonly losses: Readonly<Record<string, RecordedLoss>>;
  readonly training: Readonly<Record<string, RecordedTraining>>;
}

export interface RecordedLoss {
  readonly options: { readonly label_smoothing?: number; readonly weight?: number[]; readonly reduction?: 'sum' };
  readonly loss: number;
  readonly gradient: readonly number[];
}

export interface RecordedTraining {
  readonly settings: Readonly<Record<string, number | boolean>>;
  readonly steps: number;
  readonly loss: number;
  readonly parameters: Readonly<Record<string, readonly number[]>>;
}

export const recorded: Recorded = JSON.parse(readFileSync(`${folder}/mlp.json`, 'utf8'));

/** The largest difference between two lists. */
export const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  a.length === b.length ? Math.max(...Array.from(a, (x, i) => Math.abs(x - (b[i] as number)))) : Number.NaN;
