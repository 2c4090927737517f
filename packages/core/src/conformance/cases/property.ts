import type { CrossEntropyOptions } from '../../options.js';
import { batchDenominator, rowFactor } from '../../reduction.js';
import { type AnswerCase, caseId, failed, type Judgement, type Tier } from '../case.js';
import type { LossRequest, LossResult } from '../contract.js';
import { type Expectation, judge, worse } from '../judge.js';
import { batchOf, fromFloat64, requestOf, toFloat64 } from '../request.js';
import { scalesOfRequest } from '../scale.js';
import type { Dtype } from '../ulp.js';

/** A seeded batch that a law is tried on. */
interface Draw {
  readonly dtype: Dtype;
  readonly rows: number;
  readonly classes: number;
  readonly logits: Float64Array;
  readonly labels: Int32Array;
  readonly options: CrossEntropyOptions & { readonly classes: number };
}

/** Two or more computations and what must hold between their answers. */
interface Law {
  readonly name: string;
  readonly comment: string;
  readonly spec: string;
  readonly bug: string;
  readonly requests: (draw: Draw) => readonly LossRequest[];
  /** What the other answers say the first one must be; `null` where the law is about the first alone. */
  readonly expect: (
    draw: Draw,
    results: readonly LossResult[],
    requests: readonly LossRequest[],
  ) => readonly Expectation[];
}

const dtypes: readonly Dtype[] = ['float16', 'float32', 'float64'];
const seeds = [1, 2, 3, 4, 5, 6] as const;

/** Every law on every seed in every dtype. */
export function propertyCases(): readonly AnswerCase[] {
  return laws.flatMap((law) => dtypes.flatMap((dtype) => seeds.map((seed) => propertyCase(law, dtype, seed))));
}

function propertyCase(law: Law, dtype: Dtype, seed: number): AnswerCase {
  const draw = drawn(dtype, seed);
  const tier: Tier = seed === 1 ? 'core' : 'full';
  const requests = (): readonly LossRequest[] => law.requests(draw);
  return {
    kind: 'answers',
    id: caseId('property', dtype, law.name, seed),
    family: 'property',
    dtype,
    regime: law.name,
    tier,
    comment: law.comment,
    spec: law.spec,
    bugs: [law.bug],
    requests,
    judge: (results, arithmetic) => {
      const made = requests();
      if (results.some((result, i) => made[i]?.gradient && result.gradient === undefined)) {
        return failed('gradient: missing');
      }
      const [first] = results;
      return law
        .expect(draw, results, made)
        .map((expectation): Judgement => judge(made[0] as LossRequest, first, expectation, arithmetic))
        .reduce(worse);
    },
  };
}

const whole = (draw: Draw, change: Partial<Draw> = {}, gradient = true): LossRequest => {
  const { dtype, logits, labels, options } = { ...draw, ...change };
  return requestOf({ dtype, logits: fromFloat64(logits, dtype), target: labels, options }, gradient);
};

/** The same loss and gradient as another computation gave, which may be off by a budget of its own. */
function same(
  request: LossRequest,
  { loss, gradient }: LossResult,
  order?: (i: number) => number,
): readonly Expectation[] {
  const scales = scalesOfRequest(request);
  const values = toFloat64(gradient as NonNullable<LossResult['gradient']>);
  const moved = order === undefined ? values : values.map((_, i) => values[order(i)] as number);
  return [
    { output: 'loss', expected: Float64Array.from(loss), scale: scales.loss, terms: 2 },
    { output: 'gradient', expected: moved, scale: scales.gradient, terms: 2 },
  ];
}

const laws: readonly Law[] = [
  {
    name: 'shift',
    comment: 'a constant added to every logit changes nothing',
    spec: 'S7',
    bug: 'no maximum is subtracted, or it is subtracted on one side only',
    requests: (draw) => [whole(draw), whole(draw, { logits: draw.logits.map((x) => x + 32) })],
    // The shifted row is judged on its own scale, which is the larger one.
    expect: (_, [, shifted], [, request]) => same(request as LossRequest, shifted as LossResult),
  },
  {
    name: 'permutation',
    comment: 'classes in another order give the same loss and the gradient in that order',
    spec: 'S1',
    bug: 'a class is treated by its place',
    requests: (draw) => {
      const { classes, logits, labels, options } = draw;
      const weight = options.weight == null ? {} : { weight: Array.from(options.weight).reverse() };
      const flipped = logits.map((_, i) => logits[flip(i, classes)] as number);
      return [
        whole(draw),
        whole(draw, {
          logits: flipped,
          labels: labels.map((y) => (y < 0 ? y : classes - 1 - y)),
          options: { ...options, ...weight },
        }),
      ];
    },
    expect: ({ classes }, [, flipped], [request]) =>
      same(request as LossRequest, flipped as LossResult, (i) => flip(i, classes)),
  },
  {
    name: 'gradient-sums-to-zero',
    comment: 'a row of the gradient sums to 0',
    spec: 'S1',
    bug: 'the probabilities and the target have different mass',
    requests: (draw) => [whole(draw)],
    expect: ({ classes }, [result], [request]) => {
      const { gradient } = scalesOfRequest(request as LossRequest);
      const values = toFloat64(result?.gradient as NonNullable<LossResult['gradient']>);
      const closed = values.map((_, i) => {
        const start = i - (i % classes);
        return values.subarray(start, start + classes).reduce((sum, g, k) => (start + k === i ? sum : sum - g), 0);
      });
      const scale = closed.map((_, i) =>
        Math.max(...gradient.subarray(i - (i % classes), i - (i % classes) + classes)),
      );
      return [{ output: 'gradient', expected: closed, scale, terms: classes }];
    },
  },
  {
    name: 'no-smoothing',
    comment: 'ε = 0 is the plain loss in every smoothing mode',
    spec: 'S2',
    bug: 'smoothing at ε = 0',
    requests: (draw) => {
      const plain = { ...draw.options, labelSmoothing: 0 };
      return [
        whole(draw, { options: { ...plain, smoothingMode: 'others' } }),
        whole(draw, { options: { ...plain, smoothingMode: 'uniform' } }),
      ];
    },
    expect: (_, [, uniform], [, request]) => same(request as LossRequest, uniform as LossResult),
  },
  {
    name: 'rows-apart',
    comment: 'rows computed one at a time give the sum and the gradient of all of them',
    spec: 'S5',
    bug: 'rows leak into each other',
    requests: (draw) => {
      const options = { ...draw.options, reduction: 'sum' } as const;
      const { classes, logits, labels, rows } = draw;
      const single = (row: number): LossRequest =>
        whole(draw, {
          options,
          logits: logits.slice(row * classes, (row + 1) * classes),
          labels: labels.slice(row, row + 1),
        });
      return [whole(draw, { options }), ...Array.from({ length: rows }, (_, row) => single(row))];
    },
    expect: (_, [, ...parts], [request]) => joined(request as LossRequest, parts, (value) => value),
  },
  {
    name: 'split-and-merge',
    comment: 'Σ sums over shards, divided by the denominator of the whole, is the mean',
    spec: 'S5',
    bug: 'the mean divides by something that is not a sum over rows',
    requests: (draw) => {
      const { classes, logits, labels, options } = draw;
      const sum = { ...options, reduction: 'sum' } as const;
      const cut = 2;
      return [
        whole(draw),
        whole(draw, { options: sum, logits: logits.slice(0, cut * classes), labels: labels.slice(0, cut) }),
        whole(draw, { options: sum, logits: logits.slice(cut * classes), labels: labels.slice(cut) }),
      ];
    },
    expect: (_, [, ...parts], [request]) => {
      const { table } = request as LossRequest;
      const denominator = batchDenominator(table, batchOf(request as LossRequest));
      return joined(request as LossRequest, parts, (value) => rowFactor(table.options, value, denominator));
    },
  },
  {
    name: 'many-rows',
    comment: '300 rows, the same four over and over, have the mean of the four',
    spec: 'S5',
    bug: 'rows behind the first block are not computed',
    requests: (draw) => [whole(draw, { logits: repeated(draw.logits), labels: repeated(draw.labels) }), whole(draw)],
    expect: ({ rows }, [, few], [request]) => {
      const { loss, gradient } = few as LossResult;
      const scales = scalesOfRequest(request as LossRequest);
      const expected = repeated(toFloat64(gradient as NonNullable<LossResult['gradient']>)).map((g) => g / copies);
      // A sum over n rows, in whatever order, wanders by √n roundings.
      const terms = 2 + Math.sqrt(rows * copies);
      return [
        { output: 'loss', expected: Float64Array.from(loss), scale: scales.loss, terms },
        { output: 'gradient', expected, scale: scales.gradient, terms: 2 },
      ];
    },
  },
  {
    name: 'gradient-asked',
    comment: 'the loss is the same whether a gradient is asked for or not',
    spec: 'S1',
    bug: 'one kernel for the loss, another for both',
    requests: (draw) => [whole(draw), whole(draw, {}, false)],
    expect: (_, [, alone], [request]) => {
      const scale = scalesOfRequest(request as LossRequest).loss;
      return [{ output: 'loss', expected: Float64Array.from((alone as LossResult).loss), scale, terms: 2 }];
    },
  },
];

/** More rows than a workgroup has threads, and no multiple of a power of two. */
const copies = 75;

/** The same rows over and over. */
function repeated<A extends Float64Array | Int32Array>(array: A): A {
  const type = array.constructor as new (length: number) => A;
  const longer = new type(array.length * copies);
  for (let copy = 0; copy < copies; copy++) longer.set(array, copy * array.length);
  return longer;
}

/** The parts' losses added and their gradients one after the other, each as `reduce` leaves it. */
function joined(
  request: LossRequest,
  parts: readonly LossResult[],
  reduce: (value: number) => number,
): readonly Expectation[] {
  const scales = scalesOfRequest(request);
  const loss = parts.reduce((sum, part) => sum + (part.loss[0] as number), 0);
  const gradient = parts.flatMap((part) => [...toFloat64(part.gradient as NonNullable<LossResult['gradient']>)]);
  return [
    { output: 'loss', expected: [reduce(loss)], scale: scales.loss, terms: parts.length + 1 },
    { output: 'gradient', expected: gradient.map(reduce), scale: scales.gradient, terms: 2 },
  ];
}

function flip(i: number, classes: number): number {
  const start = i - (i % classes);
  return start + classes - 1 - (i - start);
}

/** Numbers that float16 holds exactly: multiples of 1/16 in [−8, 8), and weights in quarters. */
function drawn(dtype: Dtype, seed: number): Draw {
  const next = generator(seed);
  const rows = 4;
  const classes = 2 + (next() % 6);
  const logits = Float64Array.from({ length: rows * classes }, () => (next() % 256) / 16 - 8);
  const labels = Int32Array.from({ length: rows }, (_, row) => (row === 3 && seed % 2 === 0 ? -100 : next() % classes));
  const weight = seed % 3 === 0 ? { weight: Array.from({ length: classes }, () => 1 + (next() % 8) / 4) } : {};
  const options = { classes, labelSmoothing: [0.125, 0.25, 0.5][seed % 3] as number, ...weight };
  return { dtype, rows, classes, logits, labels, options };
}

/** xorshift32, as in the seeded arrays of the vectors. */
function generator(seed: number): () => number {
  let state = seed * 0x9e3779b1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
