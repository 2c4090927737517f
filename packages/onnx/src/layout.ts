import { wrongValue } from '@label-smoothing/core';
import type { FoundLogits } from './find-logits.js';
import type { Dimension } from './model.js';
import type { ExportDtype, ExportOptions } from './options.js';

/** What a plan needs to know of the logits. */
export type Layout = Pick<ExportOptions, 'dtype' | 'shape' | 'axis'>;

/** The logits' type, shape and class axis: what the model says, completed by the options. */
export function layoutOf(found: FoundLogits, { dtype, shape, axis }: Layout, prefix: string): Layout {
  const { name, type, softmax } = found;
  if (type === 'unknown' && dtype === undefined) {
    wrongValue('LS_MODEL', 'dtype', `the type of "${name}", which the model does not say`, dtype);
  }
  if (type !== 'unknown' && dtype !== undefined && dtype !== type) {
    wrongValue('LS_DTYPE', 'dtype', `${type}, the type of "${name}"`, dtype);
  }
  const merged = mergedShape(found, shape ?? null, prefix);
  const rank = merged.length;
  const own = softmax === null ? undefined : softmax.axis;
  if (own !== undefined && axis !== undefined && (axis + rank) % rank !== (own + rank) % rank) {
    wrongValue('LS_SHAPE', 'axis', `${own}, the axis of ${softmax?.op} in the model`, axis);
  }
  return { dtype: type === 'unknown' ? dtype : (type as ExportDtype), shape: merged, axis: axis ?? own };
}

function mergedShape(
  found: FoundLogits,
  written: (ExportOptions['shape'] & {}) | null,
  prefix: string,
): readonly Dimension[] {
  const { name, shape } = found;
  if (shape === null) {
    return written ?? wrongValue('LS_MODEL', 'shape', `the shape of "${name}", which the model does not say`, written);
  }
  const disagrees = shape.length !== (written ?? shape).length;
  const odd = shape.some(
    (size, i) => typeof size === 'number' && typeof written?.[i] === 'number' && size !== written[i],
  );
  if (disagrees || odd) wrongValue('LS_SHAPE', 'shape', `[${shape.join(', ')}], the shape of "${name}"`, written);
  // Sizes without a name are different ones as far as anyone knows.
  return shape.map((size, i) => (typeof size === 'number' ? size : (written?.[i] ?? size ?? `${prefix}axis_${i}`)));
}
