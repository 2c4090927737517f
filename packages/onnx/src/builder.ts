import type { Attribute, ElementType, NodeParts, TensorParts } from './model.js';

/** What a graph under construction is written for. */
export interface BuilderOptions {
  readonly opset: number;
  /** Type that real numbers are computed in. */
  readonly dtype: 'float32' | 'float64';
  /** Put before the name of every node, value and initializer. */
  readonly prefix?: string | undefined;
  /** Names of inputs and outputs, which are not given to anything within. */
  readonly open?: readonly string[] | undefined;
}

/**
 * Collects nodes and initializers in topological order. Values are known by name; equal constants are stored once;
 * where operators changed between opsets, the difference ends here.
 */
export class GraphBuilder {
  readonly opset: number;
  readonly dtype: 'float32' | 'float64';
  readonly prefix: string;
  readonly #nodes: NodeParts[] = [];
  readonly #initializers: TensorParts[] = [];
  readonly #used = new Map<string, number>();

  constructor({ opset, dtype, prefix = '', open = [] }: BuilderOptions) {
    this.opset = opset;
    this.dtype = dtype;
    this.prefix = prefix;
    for (const name of open) this.#used.set(name, 1);
  }

  get nodes(): readonly NodeParts[] {
    return this.#nodes;
  }

  get initializers(): readonly TensorParts[] {
    return this.#initializers;
  }

  /** Adds a node of one output and returns the output's name, which is the node's. */
  op(
    opType: string,
    inputs: readonly string[],
    name: string,
    attributes?: Readonly<Record<string, Attribute>>,
  ): string {
    const unique = this.#unique(name);
    this.#nodes.push({ name: unique, opType, inputs, outputs: [unique], attributes });
    return unique;
  }

  /** A reduction such as ReduceSum; `axes` null for all of them. */
  reduce(opType: string, input: string, axes: readonly number[] | null, name: string, keepdims = true): string {
    const keep = { keepdims: keepdims ? 1 : 0 };
    if (axes === null) return this.op(opType, [input], name, keep);
    // Axes became an input in opset 13 for ReduceSum and in 18 for the others.
    if (opType !== 'ReduceSum' && this.opset < 18) return this.op(opType, [input], name, { axes, ...keep });
    return this.op(opType, [input, this.integers(axes)], name, keep);
  }

  /** A scalar constant of the graph's real type, or of `type`. */
  scalar(value: number, type: ElementType = this.dtype): string {
    return this.constant([value], [], type, `${type}_${value}`);
  }

  /** A list of int64, such as axes. */
  integers(values: readonly number[]): string {
    return this.constant(values, [values.length], 'int64', `int64s_${values.join('_')}`);
  }

  /** A constant tensor, rounded to its type. */
  constant(values: ArrayLike<number>, dims: readonly number[], type: ElementType, name: string): string {
    const data = littleEndian(values, type);
    const known = this.#initializers.find((tensor) => tensor.type === type && isSame(tensor, dims, data));
    if (known !== undefined) return known.name;
    const unique = this.#unique(name);
    this.#initializers.push({ name: unique, type, dims, data });
    return unique;
  }

  /** Drops every node and initializer that none of `outputs` needs. */
  prune(outputs: readonly string[]): void {
    const needed = new Set(outputs);
    const kept = this.#nodes.reverse().filter((node) => {
      const used = node.outputs.some((name) => needed.has(name));
      if (used) for (const name of node.inputs) needed.add(name);
      return used;
    });
    this.#nodes.splice(0, this.#nodes.length, ...kept.reverse());
    const constants = this.#initializers.filter(({ name }) => needed.has(name));
    this.#initializers.splice(0, this.#initializers.length, ...constants);
  }

  /** Gives the value `from`, which a node makes, the name `to` of an output. */
  rename(from: string, to: string): void {
    if (!this.#nodes.some(({ name }) => name === from)) throw new Error(`no node makes ${from}, to be called ${to}`);
    const renamed = (name: string): string => (name === from ? to : name);
    this.#nodes.forEach((node, i) => {
      const { name, inputs, outputs } = node;
      this.#nodes[i] = { ...node, name: renamed(name), inputs: inputs.map(renamed), outputs: outputs.map(renamed) };
    });
  }

  #unique(name: string): string {
    const full = this.prefix + name;
    const count = (this.#used.get(full) ?? 0) + 1;
    this.#used.set(full, count);
    return count === 1 ? full : this.#unique(`${name}_${count}`);
  }
}

function isSame(tensor: TensorParts, dims: readonly number[], data: Uint8Array): boolean {
  const sameDims = tensor.dims.length === dims.length && tensor.dims.every((size, i) => size === dims[i]);
  return sameDims && tensor.data.length === data.length && tensor.data.every((byte, i) => byte === data[i]);
}

const setters = {
  float32: [4, (view: DataView, at: number, value: number) => view.setFloat32(at, value, true)],
  float64: [8, (view: DataView, at: number, value: number) => view.setFloat64(at, value, true)],
  int32: [4, (view: DataView, at: number, value: number) => view.setInt32(at, value, true)],
  int64: [8, (view: DataView, at: number, value: number) => view.setBigInt64(at, BigInt(value), true)],
  bool: [1, (view: DataView, at: number, value: number) => view.setUint8(at, value)],
} as const;

function littleEndian(values: ArrayLike<number>, type: ElementType): Uint8Array {
  if (type === 'float16') throw new TypeError('constants are float32 or float64');
  const [size, set] = setters[type];
  const bytes = new Uint8Array(values.length * size);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) set(view, i * size, values[i] as number);
  return bytes;
}
