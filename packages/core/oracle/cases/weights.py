"""Class weights, sample weights, and every way to reduce them."""

from math import inf, nan

from builder import Regime
from cases.sweep import sweep

BOTH = ('float32', 'float64')
MODES = ('perClass', 'target', 'expected')
DENOMINATORS = ('weights', 'valid', 'rows', 'nonzeroWeights', 'expected')
REDUCTIONS = ('none', 'sum', 'mean')
FOUR = [0.5, 1.0, 2.0, 0.25]


def regimes():
    return [weighted(), sample_weighted(), denominators()]


def weighted():
    r = Regime('weighted')
    r.add('weights 1, 2, 4 by hand', [2, 1, 0, 0, 1, 2], [0, 2], 'WeightOnOneTerm',
          'WeightInMass', classes=3, labelSmoothing=0.25, weight=[1.0, 2.0, 4.0])
    sweep(r, lambda dtype: r.normal(20, dtype), 'WeightInMass', weight=[3.0, 0.125, 1.0, 0.0, 2.0])
    for mode in MODES:
        for reduction in REDUCTIONS:
            for smoothing in ('uniform', 'others'):
                r.add(f'{mode}, {smoothing}, {reduction}', r.normal(12), r.labels(3, 4),
                      'WeightMode', 'WeightOnOneTerm', 'WeightInMass', classes=4,
                      labelSmoothing=0.1, smoothingMode=smoothing, weight=FOUR, weightMode=mode,
                      reduction=reduction)
        r.add(f'{mode}, float64', r.normal(20, 'float64'), r.labels(4, 5), 'WeightMode',
              dtype='float64', classes=5, labelSmoothing=0.1,
              weight=[r.random.random() for _ in range(5)], weightMode=mode)
        r.add(f'{mode}, prior', r.normal(12), r.labels(3, 4), 'WeightMode', 'PriorShape',
              classes=4, labelSmoothing=0.25, smoothingMode='prior',
              prior=r.distribution(4), weight=[1.5, 0.5, 1.0, 3.0], weightMode=mode)
        r.add(f'{mode}, dense target', r.normal(12), r.targets(3, 4), 'WeightMode',
              'SoftDenominator', classes=4, labelSmoothing=0.1, weight=FOUR, weightMode=mode)
        r.add(f'{mode}, no smoothing', r.normal(12), r.labels(3, 4), 'WeightMode', classes=4,
              weight=FOUR, weightMode=mode)
        r.add(f'{mode}, weights of zero', r.normal(12), [0, 1, 2], 'ZeroWeight', classes=4,
              labelSmoothing=0.1, weight=[1.0, 0.0, 2.0, 0.0], weightMode=mode)
        r.add(f'{mode}, large and small weights', r.normal(12), r.labels(3, 4), 'WeightMode',
              classes=4, labelSmoothing=0.1, weight=[1e4, 1e-4, 1.0, 100.0], weightMode=mode)
    r.add('a rare class of weight 1000', r.normal(20), [0, 1, 2, 4], 'WeightOnOneTerm',
          classes=5, labelSmoothing=0.1, weight=[1.0, 1.0, 1.0, 1.0, 1000.0])
    r.add('weights of one change nothing', r.normal(12), r.labels(3, 4), 'Denominator',
          classes=4, labelSmoothing=0.1, weight=[1.0, 1.0, 1.0, 1.0])
    r.add('all weights zero', r.normal(8), r.labels(2, 4), 'ZeroWeight', classes=4,
          labelSmoothing=0.1, weight=[0.0] * 4, reduction='sum')
    return r


def sample_weighted():
    r = Regime('sample-weighted')
    r.add('weights 1, 2, 0', [2, 1, 0, 0, 1, 2, 1, 0, 2], [0, 2, 1], 'SampleWeight',
          'ZeroSampleWeight', classes=3, labelSmoothing=0.25, sampleWeight=[1.0, 2.0, 0.0])
    planted = [nan, 1, 2, 1, 0, 2, inf, -inf, 0, 1, 1, 3]
    r.add('NaN and infinities in rows of weight 0', planted, [0, 1, 2, 0], 'ZeroSampleWeight',
          'IgnoredRead', classes=3, labelSmoothing=0.1, sampleWeight=[0.0, 1.5, 0.0, 0.5])
    sweep(r, lambda dtype: r.normal(20, dtype), 'SampleWeight',
          sampleWeight=[0.25, 3.0, 0.0, 1.5])
    for denominator in DENOMINATORS:
        for reduction in REDUCTIONS:
            dtype = r.random.choice(BOTH)
            r.add(f'{denominator}, {reduction}', r.normal(12, dtype), r.labels(4, 3),
                  'SampleWeight', 'Denominator', dtype=dtype, classes=3, labelSmoothing=0.1,
                  sampleWeight=[0.5, 0.0, 2.0, 1.0], denominator=denominator,
                  reduction=reduction)
        r.add(f'{denominator}, NaN in the row of weight 0', planted, [0, 1, 2, 0],
              'ZeroSampleWeight', 'IgnoredRead', 'Denominator', classes=3, labelSmoothing=0.1,
              weight=[1.0, 2.0, 0.5], sampleWeight=[0.0, 1.5, 0.0, 0.5], denominator=denominator)
        r.add(f'{denominator}, all weights 0', planted, [0, 1, 2, 0], 'ZeroSampleWeight',
              'OnEmpty', classes=3, sampleWeight=[0.0] * 4, denominator=denominator)
    for dtype in BOTH:
        r.add('weights from 1e-4 to 1e4', r.normal(12, dtype), r.labels(4, 3), 'SampleWeight',
              dtype=dtype, classes=3, labelSmoothing=0.1, sampleWeight=[1e4, 1e-4, 1.0, 3.0])
        r.add('dense targets', r.normal(12, dtype), r.targets(4, 3), 'SampleWeight',
              'SoftDenominator', dtype=dtype, classes=3, labelSmoothing=0.1,
              sampleWeight=[1.0, 0.0, 0.25, 3.0])
        r.add('beside ignored rows', r.normal(12, dtype), [0, -100, 2, -100], 'SampleWeight',
              'IgnoredCounted', dtype=dtype, classes=3, labelSmoothing=0.1,
              sampleWeight=[1.0, 2.0, 0.25, 0.0])
    return r


def denominators():
    r = Regime('denominators')
    for denominator in DENOMINATORS:
        for mode in MODES:
            for reduction in REDUCTIONS:
                every_kind_of_row(r, f'{denominator}, {mode}, {reduction}', weightMode=mode,
                                  denominator=denominator, reduction=reduction)
        r.add(f'{denominator}, dense', r.normal(12), r.targets(3, 4), 'Denominator',
              'SoftDenominator', classes=4, labelSmoothing=0.1, weight=FOUR,
              denominator=denominator)
        r.add(f'{denominator}, no class weights', r.normal(12), [0, -100, 3], 'Denominator',
              classes=4, labelSmoothing=0.1, denominator=denominator)
        for empty in ('nan', 'zero'):
            r.add(f'{denominator}, the only row ignored, {empty}', r.normal(4), [-100],
                  'OnEmpty', classes=4, labelSmoothing=0.1, denominator=denominator,
                  onEmpty=empty, weight=FOUR)
            r.add(f'{denominator}, a label of weight 0, {empty}', r.normal(4), [1], 'OnEmpty',
                  'ZeroWeight', classes=4, labelSmoothing=0.1, denominator=denominator,
                  onEmpty=empty, weight=[1.0, 0.0, 2.0, 1.0])
        every_kind_of_row(r, f'{denominator}, replaced by a normalizer',
                          denominator=denominator, normalizer=7.25)
    for normalizer in (0.5, 1.0, 1000.0):
        r.add(f'normalizer {normalizer}', r.normal(12, 'float64'), r.labels(3, 4), 'Normalizer',
              dtype='float64', classes=4, labelSmoothing=0.1, normalizer=normalizer)
    for empty in ('nan', 'zero'):
        r.add(f'normalizer 0, {empty}', r.normal(12), r.labels(3, 4), 'Normalizer', 'OnEmpty',
              classes=4, labelSmoothing=0.1, normalizer=0.0, onEmpty=empty)
    subnormal_denominators(r)
    return r


def subnormal_denominators(r):
    """Sums whose reciprocal overflows. Labels far below keep weight · loss out of the subnormals."""
    least = 2.0 ** -1030

    def add(comment, weights, **options):
        r.add(f'sample weights of 2^−1030, {comment}', [1024, 0, 512, 0, 1536, 1024, -512, 512, 2048],
              [1, 0, 0], 'Subnormal', 'GradientDenominator', dtype='float64', classes=3,
              sampleWeight=weights, denominator='weights', **options)

    for eps in (0.0, 0.125):
        add(f'ε = {eps}', [least] * 3, labelSmoothing=eps)
        add(f'uneven, ε = {eps}', [least * 3, 0.0, least / 4], labelSmoothing=eps)
    add('beside class weights', [least, least / 2, least], labelSmoothing=0.125, weight=[1.0, 2.0, 0.5])


def every_kind_of_row(r, comment, **options):
    """A counted row, an ignored one, one of weight 0, one of another weight."""
    dtype = r.random.choice(BOTH)
    r.add(comment, r.normal(16, dtype), [1, -100, 2, 3], 'Denominator', 'GradientDenominator',
          dtype=dtype, classes=4, labelSmoothing=0.1, weight=FOUR,
          sampleWeight=[1.0, 3.0, 0.0, 2.5], **options)
