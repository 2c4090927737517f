import { phrase, wrongType, wrongValue } from '@label-smoothing/core/adapter';
import { isTensor, type OrtType } from './ort.js';
import type { Plan } from './plan.js';

/** One input of the graph in one call. */
export interface TensorInput {
  /** What the caller calls it. */
  readonly argument: string;
  /** What the graph takes, and so a tensor on a device has to be. */
  readonly type: OrtType;
  /** What else a tensor on the CPU may be: it is read, checked and written anew. */
  readonly readable: readonly string[];
  readonly dims: readonly number[];
}

/** The types whose arrays core reads as labels; bool and the halves of a byte are none. */
const integers: readonly string[] = ['int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64'];

/** Every input that a graph may have. */
export type Inputs = Readonly<Record<'logits' | 'target' | 'sampleWeight' | 'normalizer', TensorInput>>;

/** What the inputs are for logits of some dimensions. */
export function inputsOf({ written, dtype, labelType, axis }: Plan, dims: readonly number[]): Inputs {
  const rowDims = dims.filter((_, i) => i !== axis);
  const real = dtype === 'float64' ? dtype : 'float32';
  const dense = written.target === 'probabilities';
  return {
    logits: { argument: 'logits', type: dtype, readable: [], dims },
    target: {
      argument: 'target',
      type: dense ? dtype : labelType,
      readable: dense ? [] : integers,
      dims: dense ? dims : rowDims,
    },
    sampleWeight: { argument: 'sampleWeight', type: real, readable: ['float32', 'float64'], dims: rowDims },
    normalizer: { argument: 'normalizer', type: real, readable: [], dims: [] },
  };
}

/** A tensor's array where it is on the CPU, else the tensor; refused unless type and shape are those of the input. */
export function readTensor(value: unknown, input: TensorInput): unknown {
  if (!isTensor(value)) return value;
  const { argument, type, readable, dims } = input;
  if (value.location === 'none') {
    wrongValue('LS_DISPOSED', argument, 'a tensor that is not disposed', phrase('a disposed one'));
  }
  const onCpu = value.location.startsWith('cpu');
  const types = [...new Set([type, ...(onCpu ? readable : [])])];
  if (!types.includes(value.type)) {
    wrongType('LS_DTYPE', argument, `a tensor of ${types.join(', ')}`, phrase(`one of ${value.type}`));
  }
  if (value.dims.length !== dims.length || value.dims.some((size, i) => size !== dims[i])) {
    wrongValue('LS_SHAPE', argument, `a tensor of shape [${dims}]`, phrase(`[${value.dims}]`));
  }
  return onCpu ? value.data : value;
}
