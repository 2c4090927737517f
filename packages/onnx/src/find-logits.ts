import { phrase, wrongValue } from '@label-smoothing/core/adapter';
import type { ReadModel, ReadNode } from './read-model.js';
import type { ReadDimension, ReadValue } from './read-value.js';

/** A Softmax or LogSoftmax that a model ends in. */
export interface EndingSoftmax {
  readonly op: 'Softmax' | 'LogSoftmax';
  /** Its own output. */
  readonly output: string;
  /** As the model writes it: negative counts from the end. */
  readonly axis: number;
}

/** What a loss would be attached to. */
export interface FoundLogits {
  readonly name: string;
  /** The output of the model that led there, or the name itself. */
  readonly output: string;
  /** Element type; 'unknown' where the model does not say. */
  readonly type: string;
  /** null where the model does not say the rank. */
  readonly shape: readonly ReadDimension[] | null;
  /** What stands between the logits and the output. */
  readonly softmax: EndingSoftmax | null;
  /** Why these. */
  readonly why: string;
}

/** How logits are looked for. */
export interface Search {
  /** The caller's name for them. */
  readonly name?: string | undefined;
  /** What to do at a Softmax: go before it, refuse it, or take its output as it is. */
  readonly softmax: 'before' | 'refuse' | 'keep';
}

const realTypes: readonly string[] = ['float16', 'float32', 'float64'];
const reals = 'float16, float32 or float64';

/** Finds the logits, by name or as the only output that could be them; LS_MODEL where there are none or several. */
export function findLogits(model: ReadModel, { name, softmax }: Search): FoundLogits {
  const values = valuesOf(model);
  if (name !== undefined) {
    return before(model, values, { ...namedValue(model, values, name), why: 'the name that was given' }, softmax);
  }
  const candidates = candidatesOf(model);
  const found = candidates.map((value) => before(model, values, { ...value, why: '' }, softmax));
  const distinct = new Set(found.map((logits) => logits.name));
  const named = found.find((logits) => logits.output === 'logits');
  const chosen = distinct.size === 1 ? found[0] : named;
  if (chosen !== undefined) return { ...chosen, why: reason(chosen, candidates.length, distinct.size) };
  const outputs = model.graph.outputs.map((value) => `"${value.name}" (${value.type})`).join(', ');
  if (found.length === 0) {
    const expected = `an output that could be logits: ${reals}, no scalar and no sigmoid`;
    wrongValue('LS_MODEL', 'model', expected, phrase(outputs === '' ? 'no outputs' : `outputs ${outputs}`));
  }
  const several = found.map(({ output }) => `"${output}"`).join(' and ');
  return wrongValue(
    'LS_MODEL',
    'logits',
    'the name of the logits',
    phrase(`a model in which ${several} could be them`),
  );
}

/** The outputs that could be logits by their type. */
export function candidatesOf(model: ReadModel): readonly ReadValue[] {
  return model.graph.outputs.filter(({ name, type, shape }) => {
    return realTypes.includes(type) && shape?.length !== 0 && makersOf(model, name).at(-1)?.opType !== 'Sigmoid';
  });
}

function reason({ output, name, softmax }: FoundLogits, candidates: number, distinct: number): string {
  const how = softmax === null ? '' : `; it stands before ${softmax.op}`;
  if (candidates === 1) return `"${output}" is the only output that could be logits${how}`;
  return distinct === 1 ? `every output that could be logits leads to "${name}"` : 'the output is named logits';
}

function valuesOf({ graph }: ReadModel): ReadonlyMap<string, ReadValue> {
  return new Map([...graph.values, ...graph.inputs, ...graph.outputs].map((value) => [value.name, value]));
}

function namedValue(model: ReadModel, values: ReadonlyMap<string, ReadValue>, name: string): ReadValue {
  const value = values.get(name) ?? { name, type: 'unknown', shape: null };
  if (value.type === 'unknown' && producerOf(model, name) === undefined) {
    const outputs = model.graph.outputs.map((output) => output.name).join(', ');
    wrongValue('LS_MODEL', 'logits', `a value of the model, such as its outputs ${outputs}`, name);
  }
  if (value.type !== 'unknown' && !realTypes.includes(value.type)) {
    wrongValue('LS_MODEL', 'logits', `a value of type ${reals}`, phrase(`"${name}" of type ${value.type}`));
  }
  return value;
}

/** The node that makes a value. */
export function producerOf({ graph }: ReadModel, name: string): ReadNode | undefined {
  return graph.nodes.find(({ outputs }) => outputs.includes(name));
}

/** Steps that copy, move or round numbers, by what they keep. */
const sameType = ['Identity', 'Dropout', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Transpose'];
const sameShape = ['Identity', 'Dropout', 'Cast'];

function before(
  model: ReadModel,
  values: ReadonlyMap<string, ReadValue>,
  value: ReadValue & { readonly why: string },
  mode: Search['softmax'],
): FoundLogits {
  const plain = { ...value, output: value.name, softmax: null };
  const ending = mode === 'keep' ? null : endingOf(model, value.name);
  if (ending === null) return plain;
  const { node, steps } = ending;
  const op = node.opType as EndingSoftmax['op'];
  if (mode === 'refuse') {
    wrongValue('LS_MODEL', 'model', 'an output of logits', phrase(`"${value.name}", which ${op} makes`));
  }
  const [name, output] = [node.inputs[0] as string, node.outputs[0] as string];
  const softmax = { op, output, axis: node.attributes.get('axis') ?? -1 };
  return { name, output: value.name, ...whatIsKnown(values, [name, output], value, steps), softmax, why: value.why };
}

/** Type and shape of the first of `names` of which the model says them, or of `value` as far as the steps keep them. */
function whatIsKnown(
  values: ReadonlyMap<string, ReadValue>,
  names: readonly string[],
  value: ReadValue,
  steps: readonly ReadNode[],
): Pick<FoundLogits, 'type' | 'shape'> {
  const said = names.flatMap((name) => values.get(name) ?? []);
  const through = (kinds: readonly string[]): boolean => steps.every(({ opType }) => kinds.includes(opType));
  return {
    type: said.find(({ type }) => type !== 'unknown')?.type ?? (through(sameType) ? value.type : 'unknown'),
    shape: said.find(({ shape }) => shape !== null)?.shape ?? (through(sameShape) ? value.shape : null),
  };
}

interface Ending {
  readonly node: ReadNode;
  /** What stands between it and the value. */
  readonly steps: readonly ReadNode[];
}

/** The Softmax that a value comes from, through steps that do not compute; null if there is none. */
function endingOf(model: ReadModel, value: string): Ending | null {
  const steps = [...makersOf(model, value)];
  const node = steps.pop();
  return node?.opType === 'Softmax' || node?.opType === 'LogSoftmax' ? { node, steps } : null;
}

/** ONNX's own nodes that make a value, from the last one back to the first that computes. */
function makersOf(model: ReadModel, value: string): readonly ReadNode[] {
  const makers: ReadNode[] = [];
  let node = producerOf(model, value);
  while (node?.domain === '' && !makers.includes(node)) {
    makers.push(node);
    if (!sameType.includes(node.opType) && !sameShape.includes(node.opType)) break;
    node = producerOf(model, node.inputs[0] ?? '');
  }
  return makers;
}
