import type { ExportOptions, LossPlan } from './options.js';
import { version } from './version.js';

/** Longest list that is spelled out in a model's metadata. */
const listed = 16;

/** What a model says of itself: a sentence, and the options it was written from. */
export function describeLoss(
  options: ExportOptions,
  plan: LossPlan,
): { doc: string; metadata: Record<string, string> } {
  const { labelSmoothing, smoothingMode, gradient } = plan.options;
  const amount = typeof labelSmoothing === 'number' ? labelSmoothing : 'per class';
  const what = gradient ? 'and its gradient with respect to the logits' : 'without a gradient';
  return {
    doc: `Label-smoothed cross-entropy (labelSmoothing ${amount}, ${smoothingMode}), ${what}.`,
    metadata: { 'label_smoothing.version': version, 'label_smoothing.options': optionsText(options) },
  };
}

/** The options as JSON; long arrays by their length. */
export function optionsText(options: object): string {
  return JSON.stringify(options, (_, value: unknown) => {
    const list = ArrayBuffer.isView(value) ? Array.from(value as unknown as ArrayLike<number>) : value;
    return Array.isArray(list) && list.length > listed ? `${list.length} entries` : list;
  });
}
