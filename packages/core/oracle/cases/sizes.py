"""Many classes, one class, no rows."""

from math import inf

from builder import Regime
from cases.sweep import sweep

BOTH = ('float32', 'float64')
GPT2_VOCABULARY = 50257
# 50256 in 8 and in 15 bits, clamped to 16 signed bits, as float16, wrapped below 0 and counted
# from the end, clamped at 0
WHERE_50256_MAY_END = (80, 17488, 32767, 50240, 34977, 0)


def regimes():
    return [large_vocab(), one_class(), no_rows()]


def large_vocab():
    r = Regime('large-vocab')
    eighth = 2.0 ** -12    # scores in [−8, 8)
    r.add_seeded('K = 1000, five rows', 1, 5, 1000, eighth, [0, 999, 500, 7, 123], 'FixedK',
                 'Accumulation', labelSmoothing=0.1)
    r.add_seeded('K = 1000, none', 2, 5, 1000, eighth, [3, 1, 4, 1, 5], 'Accumulation',
                 dtype='float64', labelSmoothing=0.1, smoothingMode='others', reduction='none')
    weight = [v / 8 for v in (r.random.randint(1, 16) for _ in range(1000))]
    for mode in ('perClass', 'target', 'expected'):
        r.add_seeded(f'K = 1000, {mode} weights', 3, 5, 1000, eighth, [0, 999, 500, -100, 123],
                     'WeightMode', 'IgnoredCounted', labelSmoothing=0.1, weight=weight,
                     weightMode=mode)
    r.add_seeded('K = 1000, half of the classes absent', 4, 5, 1000, eighth, [0, 998, 500, 6, 12],
                 'MaskedSmoothing', labelSmoothing=0.1, classMask=[k % 2 == 0 for k in range(1000)])
    r.add_seeded('K = 1000, prior', 5, 5, 1000, eighth, [3, 1, 4, 1, 5], 'PriorShape',
                 labelSmoothing=0.1, smoothingMode='prior', prior=r.distribution(1000, 4096))
    r.add_seeded('K = 1000, z-loss and entropy', 6, 5, 1000, eighth, [3, 1, 4, 1, 5],
                 'ZLossGradient', 'Entropy', labelSmoothing=0.1, zLoss=2.0 ** -10,
                 subtractEntropy=True, sampleWeight=[1.0, 0.0, 0.5, 2.0, 1.0])
    r.add('K = 1000, equal scores', [0.75] * 1000, [500], 'Accumulation', 'Ties', classes=1000,
          labelSmoothing=0.1)
    for seed, dtype, mode, step in ((7, 'float32', 'uniform', eighth),
                                    (8, 'float64', 'others', eighth),
                                    (9, 'float16', 'uniform', 2.0 ** -6)):
        r.add_seeded(f'K = 50257, {mode}', seed, 1, GPT2_VOCABULARY, step, [31337],
                     'Accumulation', dtype=dtype, labelSmoothing=0.125, smoothingMode=mode)
    r.add_seeded('K = 50257, no smoothing', 10, 2, GPT2_VOCABULARY, 2.0 ** -10, [11, -100],
                 'Accumulation', 'IgnoredCounted', dtype='float32')
    r.add_seeded('K = 50257, the last label', 11, 1, GPT2_VOCABULARY, eighth, [50256],
                 'LabelWidth', also=WHERE_50256_MAY_END, labelSmoothing=0.1, reduction='none')
    return r


def one_class():
    r = Regime('one-class')
    r.add('one class: the loss is 0', [3.5], [0], 'OneClass', classes=1)
    sweep(r, lambda dtype: r.normal(4, dtype), 'OneClass', classes=1)
    for mode in ('uniform', 'others', 'prior'):
        prior = [1.0] if mode == 'prior' else None
        for eps in (0.0, 0.1, 1.0):
            for reduction in ('none', 'sum', 'mean'):
                dtype = r.random.choice(BOTH)
                r.add(f'{mode}, ε = {eps}, {reduction}', r.normal(3, dtype), [0, 0, 0],
                      'OneClass', dtype=dtype, classes=1, labelSmoothing=eps, smoothingMode=mode,
                      prior=prior, reduction=reduction)
    r.add('a score of 10000', [1e4, -1e4], [0, 0], 'OneClass', classes=1, labelSmoothing=0.1)
    r.add('−inf, its class counts', [-inf], [0], 'OneClass', 'MaskedTarget', classes=1)
    r.add('z-loss alone', [3.0, -2.0], [0, 0], 'OneClass', 'ZLossGradient', classes=1,
          zLoss=0.25)
    r.add('dense targets of one class', [3.0, -2.0], [1.0, 0.5], 'OneClass', classes=1,
          labelSmoothing=0.1)
    return r


def no_rows():
    r = Regime('no-rows')
    for empty in ('nan', 'zero'):
        r.add(f'mean, onEmpty {empty}', [], [], 'NoRows', 'OnEmpty', classes=3,
              labelSmoothing=0.125, onEmpty=empty)
    for reduction in ('none', 'sum'):
        r.add(reduction, [], [], 'NoRows', classes=3, labelSmoothing=0.125, reduction=reduction)
    sweep(r, lambda dtype: [], 'NoRows', rows=0, dense=False)
    for denominator in ('weights', 'valid', 'rows', 'nonzeroWeights', 'expected'):
        for empty in ('nan', 'zero'):
            r.add(f'{denominator}, {empty}', [], [], 'NoRows', 'OnEmpty', dtype='float64',
                  classes=2, denominator=denominator, onEmpty=empty, weight=[1.0, 2.0])
    r.add('normalizer 4', [], [], 'NoRows', 'Normalizer', classes=3, normalizer=4.0)
    r.add('a shape with no rows', [], [], 'NoRows', 'Axis', classes=3, shape=[0, 3, 2], axis=1,
          reduction='sum')
    return r
