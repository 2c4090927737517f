import type { LossPlan } from './options.js';
import { version } from './version.js';

/** Longest list that is spelled out in a model's metadata. */
const listed = 16;

/** What a loss is, in a sentence; `logits` where the model has other values, too. */
export function describeLoss({ options, axis }: LossPlan, withGradient: boolean, logits?: string): string {
  const { labelSmoothing, smoothingMode } = options;
  const amount = typeof labelSmoothing === 'number' ? labelSmoothing : 'per class';
  const of = logits === undefined ? '' : ` of "${logits}", classes along axis ${axis}`;
  const what = withGradient ? 'and its gradient with respect to the logits' : 'without a gradient';
  return `Label-smoothed cross-entropy (labelSmoothing ${amount}, ${smoothingMode})${of}, ${what}.`;
}

/** The metadata of a loss: who wrote it, and from which options. A model's second loss has a number in its keys. */
export function lossMetadata(options: object, taken: readonly string[] = []): Record<string, string> {
  const entries = { version, options: optionsText(options) };
  const keysOf = (count: number): readonly string[] =>
    Object.keys(entries).map((name) => `label_smoothing.${count === 1 ? '' : `${count}.`}${name}`);
  let count = 1;
  while (keysOf(count).some((key) => taken.includes(key))) count++;
  const keys = keysOf(count);
  return Object.fromEntries(Object.values(entries).map((value, i) => [keys[i] as string, value]));
}

/** The options as JSON; long arrays by their length. */
function optionsText(options: object): string {
  return JSON.stringify(options, (_, value: unknown) => {
    const list = ArrayBuffer.isView(value) ? Array.from(value as unknown as ArrayLike<number>) : value;
    return Array.isArray(list) && list.length > listed ? `${list.length} entries` : list;
  });
}
