import { aBoolean, aNumberIn, aWord, knownOptions, wrongValue } from '@label-smoothing/core/adapter';
import type { GraphBuilder } from './builder.js';
import { minus, named, over, plus, type Term, times } from './term.js';

/** Stochastic gradient descent, as `torch.optim.SGD` defines it. */
export interface SgdOptions {
  readonly kind: 'sgd';
  /** 0 keeps no state; 0. */
  readonly momentum?: number | undefined;
  /** false. */
  readonly nesterov?: boolean | undefined;
  /** Added to the gradient as weightDecay·parameter; 0. */
  readonly weightDecay?: number | undefined;
}

/** Adam with decoupled weight decay, as `torch.optim.AdamW` defines it. */
export interface AdamWOptions {
  readonly kind: 'adamw';
  /** Decay of the mean of gradients, in [0, 1); 0.9. */
  readonly beta1?: number | undefined;
  /** Decay of the mean of their squares, in [0, 1); 0.999. */
  readonly beta2?: number | undefined;
  /** Added to the root; 1e-8. */
  readonly epsilon?: number | undefined;
  /** 0.01. */
  readonly weightDecay?: number | undefined;
}

/** How parameters are updated. */
export type OptimizerOptions = SgdOptions | AdamWOptions;

/** The same with every option present and checked. */
export type Optimizer =
  | { readonly [K in keyof SgdOptions]-?: SgdOptions[K] & {} }
  | { readonly [K in keyof AdamWOptions]-?: AdamWOptions[K] & {} };

/** A value that one step hands to the next. */
export interface Carried {
  /** The graph's input. */
  readonly name: string;
  readonly dims: readonly number[];
  /** The value that becomes the output; null for a parameter whose initial value is the model's. */
  readonly next: string;
  /** Whether it is a parameter, which begins as the model has it; all else begins at 0. */
  readonly parameter: boolean;
}

/** A parameter and the gradient of the loss with respect to it. */
export interface Trained {
  readonly name: string;
  readonly dims: readonly number[];
  readonly gradient: string;
}

/** Checks and completes an optimizer; plain SGD where there is none. */
export function resolveOptimizer(options: OptimizerOptions = { kind: 'sgd' }): Optimizer {
  const kinds = { sgd: ['momentum', 'nesterov', 'weightDecay'], adamw: ['beta1', 'beta2', 'epsilon', 'weightDecay'] };
  const kind = aWord(
    (options as Partial<OptimizerOptions> | null)?.kind,
    'optimizer.kind',
    ['sgd', 'adamw'],
    'LS_OPTION',
  );
  const known = knownOptions(options, ['kind', ...kinds[kind]]);
  const real = (value: unknown, name: string, high: number): number =>
    aNumberIn(value, `optimizer.${name}`, 0, high, 'LS_OPTION');
  if (known.kind === 'sgd') {
    const { momentum = 0, nesterov = false, weightDecay = 0 } = known;
    if (nesterov && momentum === 0)
      wrongValue('LS_OPTION', 'optimizer.momentum', 'more than 0 beside nesterov', momentum);
    return {
      kind: 'sgd',
      momentum: real(momentum, 'momentum', 1),
      nesterov: aBoolean(nesterov, 'optimizer.nesterov'),
      weightDecay: real(weightDecay, 'weightDecay', Infinity),
    };
  }
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0.01 } = known;
  // At 1 nothing would ever be learned, and the correction would divide by 0.
  const below1 = 1 - Number.EPSILON / 2;
  return {
    kind: 'adamw',
    beta1: real(beta1, 'beta1', below1),
    beta2: real(beta2, 'beta2', below1),
    epsilon: real(epsilon, 'epsilon', Infinity),
    weightDecay: real(weightDecay, 'weightDecay', Infinity),
  };
}

/** Names that {@link buildUpdate} gives to what one step hands to the next, whatever the optimizer. */
export function carriedNames(prefix: string, parameters: readonly string[]): readonly string[] {
  const ends = ['', '_momentum', '_moment1', '_moment2'];
  const totals = ['moment1_total', 'moment2_total'].map((name) => prefix + name);
  return [...parameters.flatMap((name) => ends.map((end) => name + end)), ...totals];
}

/** Adds one update of every parameter; `rate` is the learning rate's name. Returns all state, parameters first. */
export function buildUpdate(
  g: GraphBuilder,
  optimizer: Optimizer,
  rate: string,
  trained: readonly Trained[],
): readonly Carried[] {
  if (optimizer.kind === 'sgd') return trained.flatMap((parameter) => sgd(g, optimizer, rate, parameter));
  const { beta1, beta2 } = optimizer;
  // 1 − βⁿ is the running mean of ones: in float32 that keeps every digit, which 1 − Pow(β, n) does not.
  const ones = [beta1, beta2].map((beta, i) => movingMean(g, `${g.prefix}moment${i + 1}_total`, [], beta, 1));
  const totals = ones.map(({ next }) => next) as [string, string];
  return [...trained.flatMap((parameter) => adamW(g, optimizer, rate, parameter, totals)), ...ones];
}

function sgd(
  g: GraphBuilder,
  { momentum, nesterov, weightDecay }: Extract<Optimizer, { kind: 'sgd' }>,
  rate: string,
  { name, dims, gradient }: Trained,
): readonly Carried[] {
  const slope = plus(g, gradient, times(g, weightDecay, name, 'decay'), 'decayed_gradient') as string;
  const kept = `${name}_momentum`;
  const speed =
    momentum === 0 ? slope : named(g, plus(g, times(g, momentum, kept, 'kept_momentum'), slope, 'momentum'));
  const ahead = nesterov ? plus(g, slope, times(g, momentum, speed, 'ahead'), 'nesterov') : speed;
  const next = descend(g, name, times(g, rate, ahead, 'step'));
  const parameter = { name, dims, next, parameter: true };
  return momentum === 0 ? [parameter] : [parameter, { name: kept, dims, next: speed, parameter: false }];
}

function adamW(
  g: GraphBuilder,
  { beta1, beta2, epsilon, weightDecay }: Extract<Optimizer, { kind: 'adamw' }>,
  rate: string,
  { name, dims, gradient }: Trained,
  [total1, total2]: readonly [string, string],
): readonly Carried[] {
  const first = movingMean(g, `${name}_moment1`, dims, beta1, gradient);
  const second = movingMean(g, `${name}_moment2`, dims, beta2, g.op('Mul', [gradient, gradient], 'squared_gradient'));
  const mean = over(g, first.next, total1, 'mean_gradient');
  const root = g.op('Sqrt', [g.op('Div', [second.next, total2], 'mean_square')], 'root_mean_square');
  const move = over(g, mean, plus(g, root, epsilon, 'floored_root'), 'direction');
  const decay = times(g, weightDecay, name, 'decay');
  const next = descend(g, name, times(g, rate, plus(g, move, decay, 'decayed_direction'), 'step'));
  return [{ name, dims, next, parameter: true }, first, second];
}

function descend(g: GraphBuilder, name: string, step: Term): string {
  return minus(g, name, step, 'updated') as string;
}

/** β·mean + (1 − β)·value; 1 − β is rounded once. A node even for β = 0, where a value of 1 stays 1. */
function movingMean(g: GraphBuilder, name: string, dims: readonly number[], beta: number, value: Term): Carried {
  const fresh = times(g, 1 - beta, value, 'fresh');
  const next = plus(g, times(g, beta, name, 'kept'), fresh, 'moving_mean');
  const made = typeof next === 'string' ? next : g.op('Identity', [g.scalar(next)], 'moving_mean');
  return { name, dims, next: made, parameter: false };
}
