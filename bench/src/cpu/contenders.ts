import type { Case, Data, Operation } from '../case.js';
import type { Contender } from '../contender.js';
import { nativeProgram, newerNode, nodeProgram, pythonProgram } from '../programs.js';

/** Larger batches than this are left out where a call takes a second and gigabytes. */
const large = 2 ** 22;

const takes =
  (operations: readonly Operation[], data: readonly Data[], most = Number.POSITIVE_INFINITY) =>
  (one: Case): boolean =>
    one.features === undefined &&
    operations.includes(one.operation) &&
    data.includes(one.data) &&
    one.rows * one.classes <= most;

const isHead = (one: Case): boolean => one.features !== undefined;
const both = ['forward', 'gradient'] as const;
const everything = takes([...both, 'in place'], ['normal', 'masked', 'wide', 'soft', 'float16']);
const plain = takes(both, ['normal']);

/** Everyone, ours first. */
export function cpuContenders(): readonly Contender[] {
  return [...ours(), ...heads(), ...tensorFlow(), ...onnx(), ...pytorch(), ...jax(), ...native()];
}

function ours(): readonly Contender[] {
  const newer = newerNode();
  return [
    { name: 'ours, relaxed SIMD', program: nodeProgram('ours', newer), form: 'relaxed-simd', takes: everything },
    { name: 'ours, SIMD', program: nodeProgram('ours'), form: 'simd', takes: everything },
    { name: 'ours, JavaScript', program: nodeProgram('ours'), form: 'js', takes: everything },
    { name: 'ours, SIMD, newer Node', program: nodeProgram('ours', newer), form: 'simd', takes: plain },
    { name: 'ours, JavaScript, newer Node', program: nodeProgram('ours', newer), form: 'js', takes: plain },
    {
      name: 'ours, relaxed SIMD, staged',
      program: nodeProgram('ours', newer),
      form: 'relaxed-simd staged',
      takes: plain,
    },
    {
      name: 'ours, relaxed SIMD, 2 threads',
      program: nodeProgram('ours', newer, 2),
      form: 'relaxed-simd threads',
      takes: plain,
    },
    {
      name: 'ours, SIMD, 2 threads',
      program: nodeProgram('ours', process.execPath, 2),
      form: 'simd threads',
      takes: plain,
    },
    { name: 'ours, SIMD, staged', program: nodeProgram('ours'), form: 'simd staged', takes: plain },
  ];
}

/** A linear layer and its loss; and what its matrix products alone take. */
function heads(): readonly Contender[] {
  const newer = newerNode();
  return [
    { name: 'our head, relaxed SIMD', program: nodeProgram('head', newer), form: 'relaxed-simd', takes: isHead },
    {
      name: 'its products alone, relaxed SIMD',
      program: nodeProgram('head', newer),
      form: 'relaxed-simd products',
      takes: isHead,
    },
    { name: 'our head, SIMD', program: nodeProgram('head'), form: 'simd', takes: isHead },
    { name: 'its products alone, SIMD', program: nodeProgram('head'), form: 'simd products', takes: isHead },
    { name: 'our head, JavaScript', program: nodeProgram('head'), form: 'js', takes: isHead },
  ];
}

function tensorFlow(): readonly Contender[] {
  // Its backend is the whole process's: each has its own.
  const [wasm, cpu] = [nodeProgram('tfjs'), nodeProgram('tfjs')];
  const all = takes(both, ['normal', 'soft'], large);
  return [
    { name: 'TensorFlow.js wasm', program: wasm, form: 'wasm', takes: all },
    { name: 'TensorFlow.js cpu', program: cpu, form: 'cpu', takes: takes(both, ['normal'], large) },
    { name: 'XNNPACK softmax alone', program: wasm, form: 'softmax', takes: takes(['gradient'], ['normal'], large) },
  ];
}

function onnx(): readonly Contender[] {
  const program = nodeProgram('onnxruntime');
  return [
    { name: 'ONNX Runtime, our graph', program, form: 'cpu ours', takes: plain },
    { name: 'ONNX Runtime, LogSoftmax', program, form: 'cpu LogSoftmax, as PyTorch decomposes it', takes: plain },
  ];
}

const fromMemory = (one: Case) => plain(one) && one.rows * one.classes > large && one.operation === 'gradient';

function pytorch(): readonly Contender[] {
  const program = pythonProgram('pytorch');
  const defaultPages = pythonProgram('pytorch', { defaultPages: true });
  return [
    { name: 'PyTorch eager', program, form: 'eager', takes: takes(both, ['normal', 'wide', 'soft', 'float16']) },
    { name: 'torch.compile', program, form: 'compiled', takes: takes(both, ['normal', 'soft']) },
    { name: 'PyTorch eager, matrix product and loss', program, form: 'eager', takes: isHead },
    { name: 'torch.compile of that', program, form: 'compiled', takes: isHead },
    { name: 'torch.compile, index form', program, form: 'indexed', takes: plain },
    {
      name: 'torch.compile, gradient written out',
      program,
      form: 'written out',
      takes: takes(['gradient'], ['normal']),
    },
    { name: 'PyTorch eager, fresh pages', program: defaultPages, form: 'eager', takes: fromMemory },
    { name: 'torch.compile, fresh pages', program: defaultPages, form: 'compiled', takes: fromMemory },
  ];
}

function jax(): readonly Contender[] {
  const program = pythonProgram('jax_optax');
  const defaultPages = pythonProgram('jax_optax', { defaultPages: true });
  return [
    { name: 'JAX + optax', program, form: 'optax', takes: takes(both, ['normal', 'soft']) },
    { name: 'JAX, index form', program, form: 'indexed', takes: takes(both, ['normal', 'wide']) },
    { name: 'JAX, index form, fresh pages', program: defaultPages, form: 'indexed', takes: fromMemory },
  ];
}

function native(): readonly Contender[] {
  const all = takes([...both, 'in place'], ['normal', 'wide']);
  return [
    { name: 'C, 128 bits', program: nativeProgram(16), form: '', takes: all },
    { name: 'C, widest vectors', program: nativeProgram(null), form: '', takes: all },
  ];
}
