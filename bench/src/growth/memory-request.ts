import type { KernelName } from '@label-smoothing/typed-array';
import type { Shape } from '../case.js';

/** What is done to logits in an ordinary array, or in the kernel's own memory. */
export const modes = ['loss', 'loss and gradient', 'in place', 'in place, zero copy'] as const;

/** What a process that measures memory is asked. */
export interface MemoryRequest extends Shape {
  readonly mode: (typeof modes)[number];
  readonly kernel: KernelName;
}
