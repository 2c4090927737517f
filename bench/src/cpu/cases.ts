import type { Case, Data, Operation, Shape } from '../case.js';

const tiny = { rows: 1, classes: 10 };
const short = { rows: 4096, classes: 10 };
const medium = { rows: 256, classes: 1000 };
const vocabulary = { rows: 32, classes: 32_000 };
const largest = { rows: 8, classes: 128_256 };
const fromMemory = { rows: 1024, classes: 32_000 };

/** Embeddings and a few classes; and a vocabulary. */
const heads = [
  { rows: 512, features: 384, classes: 1000 },
  { rows: 256, features: 256, classes: 32_000 },
];

const on = (shapes: readonly Shape[], operation: Operation, data: Data = 'normal'): readonly Case[] =>
  shapes.map((shape) => ({ ...shape, operation, data }));

/** What is timed. */
export const cpuCases: readonly Case[] = [
  ...on([tiny, short, medium, vocabulary, largest, fromMemory], 'forward'),
  ...on([tiny, short, medium, vocabulary, largest, fromMemory], 'gradient'),
  ...on([short, medium, vocabulary, largest, fromMemory], 'in place'),
  ...on(heads, 'forward'),
  ...on(heads, 'gradient'),
  ...(['masked', 'wide', 'soft'] as const).flatMap((data) => on([short, medium, vocabulary], 'gradient', data)),
  ...on([medium, vocabulary, fromMemory], 'gradient', 'float16'),
];

const few = { rows: 5, classes: 7 };

/** Enough to see that everything runs and agrees. */
export const quickCases: readonly Case[] = [
  ...on([few, { ...few, features: 4 }], 'forward'),
  ...on([few, { ...few, features: 4 }], 'gradient'),
  ...on([few], 'in place'),
  ...(['masked', 'wide', 'soft', 'float16'] as const).flatMap((data) => on([few], 'gradient', data)),
];
