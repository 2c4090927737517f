import type { ModelSummary, ModelValue } from '@label-smoothing/onnx';

/** A value as people read it: `labels int64 [N]`. */
export function valueText({ name, type, shape }: ModelValue): string {
  return `${name} ${type}${shape === null ? '' : ` [${shape.map((size) => size ?? '?').join(', ')}]`}`;
}

/** Lines under a heading that stands beside the first of them. */
export function entry(heading: string, lines: readonly string[]): string {
  return lines.map((line, i) => `${(i === 0 ? heading : '').padEnd(9)}${line}\n`).join('');
}

/** Inputs and outputs of a model. */
export function signature({ inputs, outputs }: Pick<ModelSummary, 'inputs' | 'outputs'>): string {
  return entry('inputs', inputs.map(valueText)) + entry('outputs', outputs.map(valueText));
}
