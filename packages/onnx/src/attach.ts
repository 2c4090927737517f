import { aWord, knownOptions, phrase, wrongType, wrongValue } from '@label-smoothing/core/adapter';
import { append } from './append.js';
import { GraphBuilder } from './builder.js';
import { describeLoss, lossMetadata } from './describe.js';
import { type FoundLogits, findLogits } from './find-logits.js';
import { layoutOf } from './layout.js';
import { type BuiltLoss, buildLoss } from './loss-graph.js';
import { lossInputs, lossNames, lossOutputs } from './loss-model.js';
import { opsetRange, type ValueParts } from './model.js';
import { computeType, type ExportOptions, type LossPlan, optionNames, planLoss } from './options.js';
import { ProtoWriter } from './protobuf.js';
import { namesOf, type ReadModel, readModel } from './read-model.js';

/** Names that the attached loss's inputs and outputs get; each is its own default in snake case. */
export interface AttachedNames {
  readonly labels?: string | undefined;
  readonly targets?: string | undefined;
  readonly sampleWeight?: string | undefined;
  readonly normalizer?: string | undefined;
  readonly loss?: string | undefined;
  readonly gradient?: string | undefined;
}

/**
 * What {@link attachLoss} takes: {@link ExportOptions}, of which the model decides the opset, and `dtype`, `shape`, and
 * `classes` as far as it says them.
 */
export interface AttachOptions extends Omit<ExportOptions, 'opset'> {
  /** Name of the logits, an output or a value in between. Default: the only output that could be them. */
  readonly logits?: string | undefined;
  /** A model that ends in Softmax or LogSoftmax: attach before it, or refuse; 'before'. */
  readonly softmax?: 'before' | 'refuse' | undefined;
  /** What the names of all new nodes and weights begin with; 'label_smoothing/'. */
  readonly prefix?: string | undefined;
  /** Names of the new inputs and outputs, where the usual ones are taken. */
  readonly names?: AttachedNames | undefined;
}

/**
 * Attaches label-smoothed cross-entropy, and its gradient with respect to the logits if asked for, to a model: bytes
 * in, bytes out.
 *
 * Formula: that of {@link lossModel}, on the model's logits. What is new is appended, which protobuf readers merge into
 * the model: its bytes are copied once, and no weight is decoded. External data and fields that this package does not
 * know stay as they are.
 *
 * @param model - bytes of an .onnx file with opset 13 to 26, which the new nodes are written for. A model that ends in
 * Softmax or LogSoftmax gets its loss before it, unless `input` says 'probabilities'.
 * @param options - see {@link AttachOptions}. Labels have the logits' shape without the class axis, which is the Softmax's,
 * else the last of up to three; of more, `axis` has to say it.
 * @returns the bytes of the model with the inputs and outputs of {@link lossModel} beside its own; the loss's description
 * and the metadata say what it is. Keep the original for inference: a runtime asks for every input.
 * @throws LS_MODEL for what is no ONNX model, an opset out of range, no logits or several candidates, and names that
 * are taken; LS_SHAPE and LS_DTYPE where options contradict the model; the codes of {@link lossModel}.
 *
 * Numerical note: as {@link lossModel}; a loss before Softmax has no logarithm of a rounded probability in it.
 *
 * @example
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { attachLoss, inspectModel } from '@label-smoothing/onnx';
 * const attached = attachLoss(readFileSync('mlp.onnx'), { labelSmoothing: 0.1, names: { labels: 'y' } });
 * const { inputs, outputs } = inspectModel(attached);
 * console.log(inputs.map(({ name }) => name), outputs.map(({ name }) => name)); // [ 'features', 'y' ] [ 'scores', 'loss' ]
 * ```
 * Source: onnx.proto, on fields that repeat; docs/onnx.md.
 */
export function attachLoss(model: Uint8Array, options: AttachOptions): Uint8Array {
  const located = locateLogits(model, options);
  const { plan, g, names, inputs, loss, gradient } = buildAttached(located);
  g.rename(loss, names.loss);
  if (gradient !== null) g.rename(gradient, names.gradient);
  const doc = describeLoss(plan, gradient !== null, located.found.name);
  const outputs = lossOutputs(plan, { loss: names.loss, gradient: gradient === null ? null : names.gradient }, doc);
  const metadata = lossMetadata(options, located.model.metadata);
  return append(new ProtoWriter().raw(model), { g, inputs, outputs, metadata }, namesOf(located.model.graph));
}

/** A model, its logits, and what is to be done with them. */
export interface Located {
  readonly model: ReadModel;
  readonly found: FoundLogits;
  readonly opset: number;
  readonly prefix: string;
  readonly names: Names;
  /** The options that are the loss's own. */
  readonly loss: Omit<ExportOptions, 'opset'>;
}

/** Every option of {@link attachLoss}. */
export const attachOptionNames: readonly string[] = [
  ...optionNames.filter((name) => name !== 'opset'),
  ...['logits', 'softmax', 'prefix', 'names'],
];

/** Reads a model and finds its logits. */
export function locateLogits(bytes: Uint8Array, options: AttachOptions): Located {
  const { logits, softmax, prefix, names, ...loss } = knownOptions(options, attachOptionNames);
  const mode = aWord(softmax ?? 'before', 'softmax', ['before', 'refuse'], 'LS_OPTION');
  const open = { prefix: aText(prefix ?? 'label_smoothing/', 'prefix'), names: namesFrom(names) };
  const name = logits === undefined ? undefined : aText(logits, 'logits');
  const model = readModel(bytes);
  const opset = opsetOf(model);
  const found = findLogits(model, { name, softmax: loss.input === 'probabilities' ? 'keep' : mode });
  return { model, found, opset, ...open, loss };
}

/** A loss on its way into a model; its results have no names of their own yet. */
export interface Attached extends BuiltLoss {
  readonly plan: LossPlan;
  readonly g: GraphBuilder;
  readonly names: Names;
  /** What the graph asks for beside the model's own inputs. */
  readonly inputs: readonly ValueParts[];
}

/**
 * Builds the loss on the logits; `more` is what is known beyond the options, `open` are names that are to be given
 * outside beside the loss's own.
 */
export function buildAttached(
  { found, opset, prefix, names, loss }: Located,
  more: ExportOptions = {},
  open: readonly string[] = [],
): Attached {
  const plan = planLoss({ ...loss, ...layoutOf(found, loss, prefix), ...more, opset });
  const g = new GraphBuilder({ opset, dtype: computeType(plan), prefix, open: [...Object.values(names), ...open] });
  const target = plan.target === 'labels' ? names.labels : names.targets;
  const built = buildLoss(g, { ...names, logits: found.name, target }, plan);
  return { ...built, plan, g, names, inputs: addedInputs(plan, names) };
}

/** Names of everything that can be new outside. */
export type Names = Readonly<Record<keyof AttachedNames, string>>;

function namesFrom(names: AttachedNames = {}): Names {
  const { logits: _, ...usual } = lossNames;
  const written = Object.entries(knownOptions(names, Object.keys(usual)));
  return { ...usual, ...Object.fromEntries(written.map(([key, name]) => [key, aText(name, `names.${key}`)])) };
}

/** Checks a name; only a prefix may be empty. */
export function aText(name: unknown, argument: string): string {
  if (typeof name !== 'string' || (name === '' && argument !== 'prefix'))
    wrongType('LS_OPTION', argument, 'a name', name);
  return name;
}

/** The loss's inputs but the logits, by the names they have here. */
function addedInputs(plan: LossPlan, names: Names): readonly ValueParts[] {
  const keys = Object.entries(lossNames) as [keyof typeof lossNames, string][];
  const renamed = new Map(keys.map(([key, usual]) => [usual, key === 'logits' ? usual : names[key]]));
  return lossInputs(plan).flatMap((value) =>
    value.name === lossNames.logits ? [] : [{ ...value, name: renamed.get(value.name) as string }],
  );
}

/** The version of ONNX's own operators that the model asks for. */
export function opsetOf({ opsets }: ReadModel): number {
  const { oldest, newest } = opsetRange;
  const opset = opsets.get('');
  if (opset !== undefined && opset >= oldest && opset <= newest) return opset;
  const got = opset === undefined ? `none, but ${[...opsets.keys()].join(', ')}` : `opset ${opset}`;
  return wrongValue('LS_MODEL', 'model', `ONNX's operators of an opset in [${oldest}, ${newest}]`, phrase(got));
}
