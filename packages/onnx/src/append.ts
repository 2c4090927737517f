import { phrase, wrongValue } from '@label-smoothing/core/adapter';
import type { GraphBuilder } from './builder.js';
import { encodeModel, type ValueParts } from './model.js';
import type { ProtoWriter } from './protobuf.js';
import { largestModel } from './read-model.js';

/** What is new in a graph. */
export interface Addition {
  readonly g: GraphBuilder;
  readonly inputs: readonly ValueParts[];
  readonly outputs: readonly ValueParts[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** Writes an addition after a model's bytes, which readers merge; no name of it may be among `taken`. */
export function append(
  model: ProtoWriter,
  { g, inputs, outputs, metadata }: Addition,
  taken: ReadonlySet<string>,
): Uint8Array {
  g.prune(outputs.map(({ name }) => name));
  const { nodes, initializers } = g;
  const open = [...inputs, ...outputs].map(({ name }) => name);
  const inner = [
    ...initializers.map(({ name }) => name),
    ...nodes.flatMap(({ name, outputs: made }) => [name, ...made]),
  ];
  refuseTaken('names', open, taken);
  refuseTaken(
    'prefix',
    inner.filter((name) => !open.includes(name)),
    taken,
  );
  model.raw(encodeModel({ graph: { nodes, initializers, inputs, outputs }, metadata }));
  return finished(model);
}

/** The bytes of a model that something was added to, if runtimes can read as many. */
export function finished(model: ProtoWriter): Uint8Array {
  if (model.length > largestModel) {
    wrongValue('LS_MODEL', 'model', 'less than 2 GiB with what is added', phrase(`${model.length} bytes`));
  }
  return model.finish();
}

function refuseTaken(argument: string, names: readonly string[], taken: ReadonlySet<string>): void {
  const known = names.find((name, i) => taken.has(name) || (argument === 'names' && names.indexOf(name) !== i));
  if (known !== undefined) wrongValue('LS_MODEL', argument, 'names that the model does not have', known);
}
