import type { ResolvedOptions } from '@label-smoothing/core';
import {
  type BackendV1,
  type Dtype,
  defineBackend,
  type LossRequest,
  type LossResult,
} from '@label-smoothing/core/conformance';
import { type CrossEntropyCriterion, createCrossEntropy } from './criterion.js';
import { arrayOf, type RealArray } from './elements.js';
import type { Ort, OrtTensor } from './ort.js';
import type { CriterionOptions } from './plan.js';
import { version } from './version.js';

/** Graphs that stay open for the next request with the same options. */
const capacity = 32;
const dtypes: readonly Dtype[] = ['float32', 'float64', 'float16'];

type Criterion = CrossEntropyCriterion<OrtTensor>;
type CriterionFor = (options: CriterionOptions) => Promise<Criterion>;

/** Criteria on one copy of ONNX Runtime and one execution provider as a backend of the conformance kit. */
export async function backendOn(ort: Ort, name: string, provider: string): Promise<BackendV1> {
  const opened = new Map<string, Promise<Criterion>>();
  const create = (key: string, options: CriterionOptions): Promise<Criterion> => {
    const criterion = createCrossEntropy(ort, options);
    // What failed once may be tried again.
    criterion.catch(() => opened.delete(key));
    return criterion;
  };
  const criterionFor: CriterionFor = (options) => {
    const key = JSON.stringify(options, (_, value) =>
      ArrayBuffer.isView(value) ? [...(value as Float64Array)] : value,
    );
    // One thread: the kit's batches are small, and every open graph would have idle threads of its own.
    const open: CriterionOptions = {
      ...options,
      executionProviders: [provider],
      sessionOptions: { intraOpNumThreads: 1 },
    };
    const criterion = opened.get(key) ?? create(key, open);
    // A map keeps the order of insertion: the first one is the one that was used longest ago.
    opened.delete(key);
    opened.set(key, criterion);
    if (opened.size > capacity) closeFirst(opened);
    return criterion;
  };
  const probed = await probe(criterionFor);
  return defineBackend({
    name,
    version,
    device: probed.device,
    supports: {
      dtypes: probed.dtypes,
      reductions: ['none', 'sum', 'mean'],
      targets: ['labels', 'probabilities'],
      options: ['table'],
      arithmetic: provider === 'webgpu' ? 'relaxed' : 'ieee',
      gradient: true,
    },
    computeLoss: (request) => computeLoss(request, criterionFor),
    async dispose() {
      await Promise.all([...opened.keys()].map(() => closeFirst(opened)));
    },
  });
}

/** A call that has the graph already began before this, and the release waits for it. */
function closeFirst(opened: Map<string, Promise<Criterion>>): Promise<void> {
  const [first] = opened.entries();
  const [key, criterion] = first as [string, Promise<Criterion>];
  opened.delete(key);
  return criterion.then(
    ({ release }) => release(),
    () => {},
  );
}

/** What runs here, by running it: a float16 graph can open on a GPU without float16, and then fail. */
async function probe(
  criterionFor: CriterionFor,
): Promise<{ readonly device: string; readonly dtypes: readonly Dtype[] }> {
  const found: Dtype[] = [];
  let device = '';
  for (const dtype of dtypes) {
    try {
      const criterion = await criterionFor({ classes: 2, dtype, gradient: true });
      await criterion.run(arrayOf(dtype, 2), [0]);
      device = criterion.executionProvider;
      found.push(dtype);
    } catch (error) {
      // What does not run float32 does not run.
      if (dtype === 'float32' || (error as { code?: unknown }).code !== 'LS_RUNTIME') throw error;
    }
  }
  return { device, dtypes: found };
}

function computeLoss(request: LossRequest, criterionFor: CriterionFor): Promise<LossResult> {
  const { logits, target, sampleWeight } = request;
  // Not awaited in between, so that no other request can close the graph before the call begins.
  return criterionFor(criterionOptions(request)).then(async (criterion) => {
    const { loss, gradient } = await criterion.run(logits as RealArray, target, { sampleWeight });
    const losses = typeof loss === 'number' ? Float64Array.of(loss) : loss;
    if (gradient === undefined) return { loss: losses };
    return { loss: losses, gradient: gradient as NonNullable<LossResult['gradient']> };
  });
}

/** A request's options without what its arrays say. */
function criterionOptions({ options, dtype, target, gradient }: LossRequest): CriterionOptions {
  const { shape: _, axis: __, sampleWeight: ___, ...rest }: ResolvedOptions = options;
  return { ...rest, dtype, gradient, target: target instanceof Int32Array ? 'labels' : 'probabilities' };
}
