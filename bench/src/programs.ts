// The processes that take part: Node, Python, and C compiled here.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Program } from './contender.js';
import type { Refusal } from './protocol.js';

const root = resolve(import.meta.dirname, '../..');
/** Ignored by git. */
const cache = join(root, 'node_modules/.cache/bench');

/** Freed memory stays with the process: fresh pages would cost more than the arithmetic, and flatter us. */
const keepPages = {
  MALLOC_MMAP_THRESHOLD_: String(2 ** 32),
  MALLOC_TRIM_THRESHOLD_: String(2 ** 32),
  // Arenas of other threads hold no array above 64 MB.
  MALLOC_ARENA_MAX: '1',
};

/** A program of src/contenders. */
export function nodeProgram(name: string, node: string | Refusal = process.execPath, threads = 1): Program | Refusal {
  const args = [join(import.meta.dirname, 'contenders', `${name}.js`)];
  return typeof node === 'string' ? { command: node, args, threads } : node;
}

/** A program of bench/python; `defaultPages` leaves the allocator as it comes. */
export function pythonProgram(name: string, { defaultPages = false } = {}): Program {
  const env = {
    ...(defaultPages ? {} : keepPages),
    JAX_PLATFORMS: 'cpu',
    OMP_NUM_THREADS: '1',
    XLA_FLAGS: '--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1',
  };
  return { command: process.env['PYTHON'] ?? 'python3', args: [join(root, 'bench/python', `${name}.py`)], env };
}

/** bench/native, compiled for vectors of so many bytes; the widest if there is no number. */
export function nativeProgram(width: number | null): Program | Refusal {
  mkdirSync(cache, { recursive: true });
  const command = join(cache, `contender-${width ?? 'widest'}`);
  const source = join(root, 'bench/native/contender.c');
  const options = ['-O3', '-march=native', ...(width === null ? [] : [`-DWIDTH=${width}`])];
  try {
    execFileSync(process.env['CC'] ?? 'cc', [...options, source, '-o', command, '-lm'], { stdio: 'pipe' });
    return { command, args: [] };
  } catch (error) {
    return { error: `not compiled: ${(error as Error).message.split('\n')[0]}` };
  }
}

/** A Node that has relaxed SIMD on: NEWER_NODE, or this one, or the one that the README says how to fetch. */
export function newerNode(): string | Refusal {
  const given = process.env['NEWER_NODE'];
  if (given !== undefined) return given;
  if (Number.parseInt(process.versions.node, 10) >= 22) return process.execPath;
  const fetched = join(cache, `node_modules/node-${process.platform}-${process.arch}/bin/node`);
  return existsSync(fetched) ? fetched : { error: 'needs Node 22 or newer, which bench/README.md says how to bring' };
}
