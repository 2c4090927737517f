// What the kernels have to reach, as ratios within one run.
import { type Case, type Data, type Operation, shapeText } from '../case.js';
import type { Comparison, Figure } from '../compare.js';

/** One thing to reach. */
export interface Bar {
  readonly text: string;
  readonly operation: Operation;
  /** At least this, or at most. */
  readonly least?: number;
  readonly most?: number;
  /** The ratio in a case; null where the case says nothing about it. */
  readonly ratio: (one: Comparison, all: readonly Comparison[]) => number | null;
}

/** A bar with the figure that counts: the worst. */
export interface Verdict {
  readonly text: string;
  readonly operation: Operation;
  readonly bar: string;
  /** The worst ratio and its case; null where nobody was there to measure. */
  readonly worst: number | null;
  readonly where: string;
  readonly met: boolean | null;
  /** How far the worst ratio is beyond the bar, as a share of the bar; negative where it falls short. */
  readonly margin: number | null;
}

const relaxed = 'ours, relaxed SIMD';
const simd = 'ours, SIMD';
const js = 'ours, JavaScript';
const threaded = `${relaxed}, 2 threads`;

type Where = (one: Case) => boolean;
const anywhere: Where = () => true;
const batches: Where = ({ rows }) => rows > 1;
const short: Where = ({ rows, classes }) => rows > 1 && classes < 1000;
const long: Where = ({ classes }) => classes >= 1000;
const fromMemory: Where = ({ rows, classes }) => rows * classes > 2 ** 22;
const inCache: Where = (one) => long(one) && !fromMemory(one);

const timeOf = ({ figures }: Comparison, name: string): number | null => figureOf(figures, name)?.nanoseconds ?? null;
const figureOf = (figures: readonly Figure[], name: string): Figure | undefined =>
  figures.find((figure) => figure.name === name);

/** Time of the fastest of some contenders over the time of another. */
function times(peers: readonly string[], own: string, where: Where): Bar['ratio'] {
  return (one) => {
    const known = peers.flatMap((peer) => timeOf(one, peer) ?? []);
    const ours = timeOf(one, own);
    return one.data !== 'normal' || !where(one) || known.length === 0 || ours === null
      ? null
      : Math.min(...known) / ours;
  };
}

/** Time over that of a copy of the logits in the same process. */
function ofCopy(own: string, where: Where): Bar['ratio'] {
  return (one) => {
    const share = where(one) && one.data === 'normal' ? figureOf(one.figures, own)?.shareOfCopy : undefined;
    return share === undefined ? null : 1 / share;
  };
}

/** Time with other data over that with normal logits. */
function ofNormal(data: Data, own: string): Bar['ratio'] {
  return (one, all) => {
    const same = (other: Comparison) => other.rows === one.rows && other.classes === one.classes;
    const normal = all.find((other) => same(other) && other.operation === one.operation && other.data === 'normal');
    const [slow, fast] = [timeOf(one, own), normal === undefined ? null : timeOf(normal, own)];
    return one.data !== data || slow === null || fast === null ? null : slow / fast;
  };
}

const both = (text: string, ratio: Bar['ratio'], forward: number, gradient: number): readonly Bar[] => [
  { text, operation: 'forward', least: forward, ratio },
  { text, operation: 'gradient', least: gradient, ratio },
];

const tensorFlow = (own: string, forward: number, onLong: number, onShort: number): readonly Bar[] => {
  const text = `TensorFlow.js wasm / ${own}`;
  const peers = ['TensorFlow.js wasm'];
  return [
    { text, operation: 'forward', least: forward, ratio: times(peers, own, anywhere) },
    { text: `${text}, K ≥ 1000`, operation: 'gradient', least: onLong, ratio: times(peers, own, long) },
    { text: `${text}, K = 10`, operation: 'gradient', least: onShort, ratio: times(peers, own, short) },
  ];
};

const c = (name: string, most: number): readonly Bar[] =>
  (['forward', 'gradient'] as const).map((operation) => ({
    text: `${relaxed} / ${name}`,
    operation,
    most,
    ratio: times([relaxed], name, batches),
  }));

const compiled = ['torch.compile'];
const graphs = ['ONNX Runtime, our graph', 'ONNX Runtime, LogSoftmax'];
const index = ['JAX, index form'];

/** Every bar, in the order of the verdicts. */
const bars: readonly Bar[] = [
  ...tensorFlow(relaxed, 15, 30, 20),
  ...tensorFlow(simd, 10, 20, 15),
  ...both(`TensorFlow.js cpu / ${relaxed}`, times(['TensorFlow.js cpu'], relaxed, anywhere), 200, 250),
  ...both(`PyTorch eager / ${relaxed}`, times(['PyTorch eager'], relaxed, anywhere), 1.5, 3),
  ...both(`torch.compile / ${relaxed}`, times(compiled, relaxed, anywhere), 1.2, 2.5),
  ...both(`JAX + optax / ${relaxed}`, times(['JAX + optax'], relaxed, anywhere), 2, 2),
  { text: `JAX, index form / ${relaxed}`, operation: 'forward', least: 1.2, ratio: times(index, relaxed, anywhere) },
  {
    text: `JAX, index form / ${relaxed}, in cache`,
    operation: 'gradient',
    least: 1.1,
    ratio: times(index, relaxed, inCache),
  },
  {
    text: `JAX, index form / ${relaxed}, from DRAM`,
    operation: 'gradient',
    least: 2,
    ratio: times(index, relaxed, fromMemory),
  },
  {
    text: `JAX, index form / ${relaxed}, K = 10`,
    operation: 'gradient',
    least: 2.5,
    ratio: times(index, relaxed, short),
  },
  ...both(`ONNX Runtime, the faster graph / ${relaxed}`, times(graphs, relaxed, anywhere), 1, 1.5),
  {
    text: `XNNPACK softmax alone / ${relaxed}`,
    operation: 'gradient',
    least: 1.5,
    ratio: times(['XNNPACK softmax alone'], relaxed, batches),
  },
  ...c('C, 128 bits', 1.2),
  ...c('C, widest vectors', 2.1),
  { text: `${relaxed} / copy, from DRAM`, operation: 'gradient', most: 2.6, ratio: ofCopy(relaxed, fromMemory) },
  {
    text: `${relaxed} / C, widest vectors, from DRAM`,
    operation: 'gradient',
    most: 1.6,
    ratio: times([relaxed], 'C, widest vectors', fromMemory),
  },
  {
    text: `${relaxed}, 2 threads / copy, from DRAM`,
    operation: 'gradient',
    most: 1.6,
    ratio: ofCopy(threaded, fromMemory),
  },
  ...both(`${relaxed} / on 2 threads`, times([relaxed], threaded, long), 1.8, 1.8),
  ...both(`${relaxed}, zero copy / staged`, times([relaxed], `${relaxed}, staged`, batches), 0.65, 0.6),
  { text: `${relaxed}, N(0, 30) / N(0, 3)`, operation: 'gradient', most: 1.7, ratio: ofNormal('wide', relaxed) },
  { text: `${relaxed}, a tenth −∞ / none`, operation: 'gradient', most: 1.7, ratio: ofNormal('masked', relaxed) },
  {
    text: 'our head / its products alone, relaxed SIMD',
    operation: 'gradient',
    most: 1.15,
    ratio: times(['our head, relaxed SIMD'], 'its products alone, relaxed SIMD', anywhere),
  },
  { text: `torch.compile / ${simd}`, operation: 'gradient', least: 1.6, ratio: times(compiled, simd, anywhere) },
  {
    text: `TensorFlow.js cpu / ${js}`,
    operation: 'gradient',
    least: 40,
    ratio: times(['TensorFlow.js cpu'], js, anywhere),
  },
  {
    text: `TensorFlow.js wasm / ${js}`,
    operation: 'gradient',
    least: 3,
    ratio: times(['TensorFlow.js wasm'], js, anywhere),
  },
];

/** Every bar against what was measured. */
export function judge(comparisons: readonly Comparison[]): readonly Verdict[] {
  return bars.map((bar) => verdict(bar, comparisons));
}

function verdict({ text, operation, least, most, ratio }: Bar, comparisons: readonly Comparison[]): Verdict {
  const ratios = comparisons
    .filter((one) => one.operation === operation)
    .flatMap((one) => {
      const value = ratio(one, comparisons);
      return value === null ? [] : [{ value, where: shapeText(one) }];
    });
  const limit = (least ?? most) as number;
  const sign = least === undefined ? -1 : 1;
  const [worst] = ratios.sort((a, b) => sign * (a.value - b.value));
  const margin = worst === undefined ? null : sign * (worst.value / limit - 1);
  return {
    text,
    operation,
    bar: `${least === undefined ? '≤' : '≥'} ${limit}`,
    worst: worst?.value ?? null,
    where: worst?.where ?? '',
    margin,
    met: margin === null ? null : margin >= 0,
  };
}
