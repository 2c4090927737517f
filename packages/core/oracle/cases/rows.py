"""Rows that are left out."""

from math import inf, nan

from builder import Regime
from cases.sweep import sweep

BOTH = ('float32', 'float64')
DENOMINATORS = ('weights', 'valid', 'rows', 'nonzeroWeights', 'expected')
PLANTED = [2, 1, 0, nan, nan, nan, 0, 1, 2, inf, -inf, 0]


def regimes():
    return [ignored(), all_ignored()]


def ignored():
    r = Regime('ignored')
    r.add('one of two rows, −100', [2, 1, 0, 5, 6, 7], [0, -100], 'IgnoredCounted', classes=3,
          labelSmoothing=0.25)
    r.add('NaN and inf in the ignored rows', PLANTED, [0, -100, 1, -100], 'IgnoredRead',
          classes=3, labelSmoothing=0.125)

    def with_holes(dtype):
        return [*r.normal(5, dtype), *[nan] * 5, *r.normal(10, dtype)]

    sweep(r, with_holes, 'IgnoredRead', 'IgnoredCounted', labels=[1, -100, 0, 2], dense=False)
    for dtype in BOTH:
        for denominator in DENOMINATORS:
            r.add(f'{denominator}, NaN in ignored rows', PLANTED, [0, -100, 1, -100],
                  'IgnoredRead', 'IgnoredCounted', dtype=dtype, classes=3, labelSmoothing=0.125,
                  weight=[0.5, 1.0, 2.0], denominator=denominator)
        for reduction in ('none', 'sum'):
            r.add(reduction, PLANTED, [0, -100, 1, -100], 'IgnoredRead', 'GradientOfNone',
                  dtype=dtype, classes=3, labelSmoothing=0.125, reduction=reduction)
        r.add('the ignored index is a class: its rows go, the class stays', r.normal(12, dtype),
              [0, 2, 1, 2], 'IgnoreIndex', dtype=dtype, classes=3, labelSmoothing=0.1,
              ignoreIndex=2)
        r.add('index 0', r.normal(12, dtype), [0, 2, 0, 1], 'IgnoreIndex', dtype=dtype,
              classes=3, labelSmoothing=0.1, ignoreIndex=0)
        r.add('index 255', r.normal(12, dtype), [255, 2, 0, 255], 'IgnoreIndex', dtype=dtype,
              classes=3, labelSmoothing=0.1, ignoreIndex=255)
        r.add('a list of indices', PLANTED, [0, -1, 1, 7], 'IgnoreIndex', 'IgnoredRead',
              dtype=dtype, classes=3, labelSmoothing=0.1, ignoreIndex=[-1, 7, -100])
        r.add('no ignored index', r.normal(12, dtype), [0, 1, 2, 0], 'IgnoreIndex', dtype=dtype,
              classes=3, labelSmoothing=0.1, ignoreIndex=None)
        r.add('inert on dense targets', r.normal(12, dtype), r.targets(4, 3), 'IgnoreIndex',
              dtype=dtype, classes=3, labelSmoothing=0.1, ignoreIndex=[0, 1])
        r.add('z-loss and entropy of ignored rows', PLANTED, [0, -100, 1, -100], 'IgnoredRead',
              'ZLossGradient', 'Entropy', dtype=dtype, classes=3, labelSmoothing=0.1,
              zLoss=0.125, subtractEntropy=True)
        r.add('sample weights of ignored rows', PLANTED, [0, -100, 1, -100], 'IgnoredRead',
              'SampleWeight', dtype=dtype, classes=3, labelSmoothing=0.1,
              sampleWeight=[2.0, 5.0, 0.5, 7.0])
    return r


def all_ignored():
    r = Regime('all-ignored')
    for empty in ('nan', 'zero'):
        r.add(f'every row ignored, {empty}', [2, 1, 0, 0, 1, 2], [-100, -100], 'OnEmpty',
              classes=3, labelSmoothing=0.125, onEmpty=empty)
    sweep(r, lambda dtype: [nan] * 20, 'OnEmpty', 'IgnoredRead', labels=[-100] * 4, dense=False)
    for denominator in DENOMINATORS:
        for empty in ('nan', 'zero'):
            dtype = r.random.choice(BOTH)
            r.add(f'{denominator}, {empty}, NaN in them', PLANTED, [-100] * 4, 'OnEmpty',
                  'IgnoredRead', dtype=dtype, classes=3, labelSmoothing=0.1, onEmpty=empty,
                  denominator=denominator, weight=[0.5, 1.0, 2.0])
            r.add(f'{denominator}, {empty}, all sample weights 0', PLANTED, [0, 1, 2, 0],
                  'OnEmpty', 'ZeroSampleWeight', dtype=dtype, classes=3, labelSmoothing=0.1,
                  onEmpty=empty, denominator=denominator, sampleWeight=[0.0] * 4)
    for reduction in ('none', 'sum'):
        r.add(reduction, PLANTED, [-100] * 4, 'IgnoredRead', classes=3, labelSmoothing=0.1,
              reduction=reduction)
    r.add('dense rows, all of sample weight 0', PLANTED, r.targets(4, 3), 'ZeroSampleWeight',
          'OnEmpty', classes=3, labelSmoothing=0.1, sampleWeight=[0.0] * 4,
          denominator='nonzeroWeights')
    r.add('a normalizer makes it 0', PLANTED, [-100] * 4, 'Normalizer', 'IgnoredRead',
          classes=3, labelSmoothing=0.1, normalizer=4.0)
    r.add('labels of weight 0: the mean is empty, the rows are not', r.normal(6), [0, 0],
          'OnEmpty', 'ZeroWeight', classes=3, labelSmoothing=0.1, weight=[0.0, 1.0, 1.0])
    r.add('the same, zero', r.normal(6), [0, 0], 'OnEmpty', 'ZeroWeight', classes=3,
          labelSmoothing=0.1, weight=[0.0, 1.0, 1.0], onEmpty='zero')
    return r
