import { notDetached, wrongType } from '@label-smoothing/core/adapter';
import {
  add,
  broken,
  type Field,
  float,
  integer,
  message,
  type Readers,
  set,
  text,
  walk,
  wholeSpan,
} from './proto-reader.js';
import { type ReadTensor, readTensor } from './read-tensor.js';
import { type ReadValue, readValue } from './read-value.js';

/** NodeProto; of its attributes the integers, numbers, tensors and graphs. */
export interface ReadNode {
  readonly name: string;
  readonly opType: string;
  /** '' for ONNX's own operators. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, number>;
  readonly tensors: readonly ReadTensor[];
  readonly graphs: readonly ReadGraph[];
}

/** GraphProto. */
export interface ReadGraph {
  readonly nodes: readonly ReadNode[];
  readonly initializers: readonly ReadTensor[];
  readonly inputs: readonly ReadValue[];
  readonly outputs: readonly ReadValue[];
  /** Values in between of which the model says the type. */
  readonly values: readonly ReadValue[];
  /** Initializers in sparse form: the lists of their values, which have their names, and of their places. */
  readonly sparse: readonly ReadTensor[];
  readonly places: readonly ReadTensor[];
}

/** ModelProto. */
export interface ReadModel {
  readonly bytes: Uint8Array;
  readonly irVersion: number;
  /** Who wrote it, with the version. */
  readonly producer: string;
  /** Version by domain; '' is ONNX's own. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly graph: ReadGraph;
  /** Keys of its metadata. */
  readonly metadata: readonly string[];
  /** The graph may come in several pieces, which readers merge. */
  readonly pieces: readonly Field[];
}

/** Protobuf's limit, and ONNX Runtime's. */
export const largestModel: number = 2 ** 31 - 1;

/** Reads everything of a model but its weights, whose bytes are stepped over. Throws LS_MODEL for what is no model. */
export function readModel(bytes: unknown): ReadModel {
  if (!(bytes instanceof Uint8Array)) wrongType('LS_MODEL', 'model', 'a Uint8Array, the bytes of an ONNX model', bytes);
  notDetached(bytes, 'model');
  if (bytes.length > largestModel) broken(`${bytes.length} bytes, more than protobuf's 2 GiB`);
  const head = { ir_version: 0, producer_name: '', producer_version: '' };
  const pieces: Field[] = [];
  const opsets: (readonly [domain: string, version: number])[] = [];
  const metadata: string[] = [];
  const graph = emptyGraph();
  const readers = graphReaders(graph);
  walk(wholeSpan(bytes, 'model'), {
    1: set(head, 'ir_version', integer),
    2: set(head, 'producer_name', text),
    3: set(head, 'producer_version', text),
    7: add(pieces, 'graph', (field) => {
      walk(message(field), readers);
      return field;
    }),
    8: add(opsets, 'opset_import', readOpset),
    14: ['metadata_props', (entry) => walk(message(entry), { 1: add(metadata, 'key', text) })],
  });
  if (head.ir_version === 0) broken(bytes.length === 0 ? 'no bytes' : 'no ir_version');
  if (pieces.length === 0) broken('no graph');
  if (opsets.length === 0) broken('no opset_import (is the end missing?)');
  const producer = `${head.producer_name} ${head.producer_version}`.trim();
  return { bytes, irVersion: head.ir_version, producer, opsets: new Map(opsets), graph, metadata, pieces };
}

function readOpset(field: Field): readonly [domain: string, version: number] {
  const opset = { domain: '', version: 0 };
  walk(message(field), { 1: set(opset, 'domain', text), 2: set(opset, 'version', integer) });
  return [usualDomain(opset.domain), opset.version];
}

/** ONNX's own operators have two names for their domain. */
function usualDomain(domain: string): string {
  return domain === 'ai.onnx' ? '' : domain;
}

type Growing<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? E[] : T[K] };

function emptyGraph(): Growing<ReadGraph> {
  return { nodes: [], initializers: [], inputs: [], outputs: [], values: [], sparse: [], places: [] };
}

function graphReaders(graph: Growing<ReadGraph>): Readers {
  const sparse: Readers = { 1: add(graph.sparse, 'values', readTensor), 2: add(graph.places, 'indices', readTensor) };
  return {
    1: add(graph.nodes, 'node', readNode),
    5: add(graph.initializers, 'initializer', readTensor),
    11: add(graph.inputs, 'input', readValue),
    12: add(graph.outputs, 'output', readValue),
    13: add(graph.values, 'value_info', readValue),
    15: ['sparse_initializer', (field) => walk(message(field), sparse)],
  };
}

function readGraph(field: Field): ReadGraph {
  const graph = emptyGraph();
  walk(message(field), graphReaders(graph));
  return graph;
}

function readNode(field: Field): ReadNode {
  const node = { name: '', op_type: '', domain: '' };
  const [inputs, outputs]: [string[], string[]] = [[], []];
  const held = { attributes: new Map<string, number>(), tensors: [] as ReadTensor[], graphs: [] as ReadGraph[] };
  walk(message(field), {
    1: add(inputs, 'input', text),
    2: add(outputs, 'output', text),
    3: set(node, 'name', text),
    4: set(node, 'op_type', text),
    5: ['attribute', (attribute) => readAttribute(attribute, held)],
    7: set(node, 'domain', text),
  });
  const { name, op_type: opType } = node;
  return { name, opType, domain: usualDomain(node.domain), inputs, outputs, ...held };
}

interface Held {
  readonly attributes: Map<string, number>;
  readonly tensors: ReadTensor[];
  readonly graphs: ReadGraph[];
}

function readAttribute(field: Field, { attributes, tensors, graphs }: Held): void {
  const attribute = { name: '', f: 0, i: 0, type: 0 };
  walk(message(field), {
    1: set(attribute, 'name', text),
    2: set(attribute, 'f', float),
    3: set(attribute, 'i', integer),
    5: add(tensors, 't', readTensor),
    6: add(graphs, 'g', readGraph),
    10: add(tensors, 'tensors', readTensor),
    11: add(graphs, 'graphs', readGraph),
    20: set(attribute, 'type', integer),
  });
  // By its type alone: some writers leave out what is 0, some write all fields.
  if (attribute.type === 1) attributes.set(attribute.name, attribute.f);
  if (attribute.type === 2) attributes.set(attribute.name, attribute.i);
}

/** A graph and all graphs within its nodes: names are shared by all of them. */
export function* withinGraph(graph: ReadGraph): Generator<ReadGraph> {
  yield graph;
  for (const { graphs } of graph.nodes) {
    for (const inner of graphs) yield* withinGraph(inner);
  }
}

/** Every tensor that a model holds or has in a file beside it. */
export function* tensorsOf(graph: ReadGraph): Generator<ReadTensor> {
  for (const { nodes, initializers, sparse, places } of withinGraph(graph)) {
    yield* [...initializers, ...sparse, ...places, ...nodes.flatMap(({ tensors }) => tensors)];
  }
}

/** Every name that a new node or value must not have. */
export function namesOf(graph: ReadGraph): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { nodes, initializers, inputs, outputs, values, sparse } of withinGraph(graph)) {
    for (const { name } of [...nodes, ...initializers, ...sparse, ...inputs, ...outputs, ...values]) names.add(name);
    for (const name of nodes.flatMap((node) => node.outputs)) names.add(name);
  }
  return names;
}
