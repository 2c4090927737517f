/** What is computed: the loss; the loss and the gradient; the same with the gradient in place of the logits. */
export type Operation = 'forward' | 'gradient' | 'in place';

/**
 * From what: logits N(0, 3) and labels; the same with a tenth of the logits −inf; logits N(0, 30); dense targets; logits
 * N(0, 3) as the bits of float16.
 */
export type Data = 'normal' | 'masked' | 'wide' | 'soft' | 'float16';

/** The size of a batch. */
export interface Shape {
  readonly rows: number;
  readonly classes: number;
  /** Of a linear layer in front, whose weights have gradients too; absent where logits are given. */
  readonly features?: number;
}

/** What every contender is timed on in turn. */
export interface Case extends Shape {
  readonly operation: Operation;
  readonly data: Data;
}

/** The smoothing of every case. */
export const labelSmoothing = 0.1;

export const shapeText = ({ rows, classes, features }: Shape): string =>
  features === undefined ? `[${rows}, ${classes}]` : `[${rows}, ${features}] → [${rows}, ${classes}]`;

export const caseText = (one: Case): string =>
  `${shapeText(one)} ${one.operation}${one.data === 'normal' ? '' : `, ${one.data}`}`;
