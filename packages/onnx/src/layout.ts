import { wrongValue } from '@label-smoothing/core/adapter';
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
  const own = axisOf({ shape: merged, softmax });
  if (softmax !== null && axis !== undefined && (axis + rank) % rank !== own) {
    wrongValue('LS_SHAPE', 'axis', `${softmax.axis}, the axis of ${softmax.op} in the model`, axis);
  }
  if (own === null && axis === undefined) {
    wrongValue('LS_MODEL', 'axis', `the axis of the classes of "${name}" [${merged.join(', ')}]`, axis);
  }
  return { dtype: type === 'unknown' ? dtype : (type as ExportDtype), shape: merged, axis: axis ?? (own as number) };
}

/**
 * The axis of the classes as far as a model tells it, counted from the front: that of its Softmax, or the last of at most
 * three. Of four, images have it in second place and others at the end.
 */
export function axisOf({ shape, softmax }: Pick<FoundLogits, 'shape' | 'softmax'>): number | null {
  const rank = shape?.length ?? null;
  if (softmax !== null && softmax.axis >= 0) return softmax.axis;
  if (rank === null) return null;
  if (softmax !== null) return rank + softmax.axis;
  return rank > 3 ? null : rank - 1;
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
