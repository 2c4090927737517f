"""Dense targets, z-loss and subtracted entropy."""

from math import inf

from builder import Regime
from cases.sweep import SAMPLE_WEIGHT, sweep

BOTH = ('float32', 'float64')
WEIGHT = [0.5, 1.0, 2.0, 0.25]


def regimes():
    return [soft_targets(), z_loss(), entropy()]


def soft_targets():
    r = Regime('soft-targets')
    r.add('half and half', [2, 1, 0], [0.5, 0.5, 0.0], 'SmoothedTwice', classes=3,
          labelSmoothing=0.25)
    sweep(r, lambda dtype: r.normal(20, dtype), 'SoftMass')
    dense_options(r)
    for dtype in BOTH:
        for mode in ('uniform', 'others', 'prior'):
            prior = r.distribution(4) if mode == 'prior' else None
            for eps in (0.0, 0.1, 1.0):
                r.add(f'{mode}, ε = {eps}', r.normal(12, dtype), r.targets(3, 4),
                      'SmoothedTwice', dtype=dtype, classes=4, labelSmoothing=eps,
                      smoothingMode=mode, prior=prior)
            r.add(f'{mode}, rows that do not sum to 1', r.normal(12, dtype),
                  [0.5, 0.75, 0.0, 1.0, 0.125, 0.0, 0.0, 0.25, 1.0, 1.0, 1.0, 1.0], 'SoftMass',
                  dtype=dtype, classes=4, labelSmoothing=0.1, smoothingMode=mode, prior=prior)
        r.add('one-hot rows, as labels would be', r.normal(8, dtype),
              [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0], 'SmoothedTwice', dtype=dtype, classes=4,
              labelSmoothing=0.1)
        r.add('mixup of two labels', r.normal(8, dtype), [0.7, 0.0, 0.3, 0.0, 0.0, 0.4, 0.0, 0.6],
              'SmoothedTwice', dtype=dtype, classes=4, labelSmoothing=0.1)
        r.add('a row of zeros', r.normal(8, dtype), [0.0] * 4 + [0.25] * 4, 'ZeroTarget',
              dtype=dtype, classes=4, labelSmoothing=0.1, reduction='none')
        r.add('a row of zeros, no smoothing', r.normal(4, dtype), [0.0] * 4, 'ZeroTarget',
              dtype=dtype, classes=4)
        r.add('counts instead of probabilities', r.normal(8, dtype),
              [3.0, 0.0, 12.0, 1.0, 0.0, 0.0, 7.0, 0.0], 'SoftMass', dtype=dtype, classes=4,
              labelSmoothing=0.1, reduction='sum')
        r.add('small leftovers', r.normal(4, dtype), [1e-7, 1 - 3e-7, 1e-7, 1e-7], 'SoftMass',
              dtype=dtype, classes=4)
        r.add('shifted by 1e6', [1e6 + v for v in (1, 0, -2, 0.5)], [0.5, 0.25, 0.125, 0.0],
              'SoftMass', 'CommonShift', dtype=dtype, classes=4, labelSmoothing=0.125)
        r.add('a spread of 10000', [1e4, 0, -1e4, 1], [0.5, 0.25, 0.125, 0.0], 'SoftMass',
              'MaxShift', dtype=dtype, classes=4, labelSmoothing=0.125)
    return r


def dense_options(r):
    for mode in ('perClass', 'target', 'expected'):
        for denominator in ('weights', 'valid', 'rows', 'nonzeroWeights', 'expected'):
            dtype = r.random.choice(BOTH)
            r.add(f'{mode}, {denominator}', r.normal(12, dtype), r.targets(3, 4),
                  'SoftDenominator', 'WeightMode', dtype=dtype, classes=4, labelSmoothing=0.1,
                  weight=WEIGHT, weightMode=mode, denominator=denominator,
                  sampleWeight=SAMPLE_WEIGHT[:3])
    r.add('classMask', r.normal(8), [0.5, 0.0, 0.25, 0.25, 0.0, 0.0, 1.0, 0.0],
          'MaskedSmoothing', classes=4, labelSmoothing=0.1, classMask=[True, False, True, True])
    r.add('normalizer', r.normal(8), r.targets(2, 4), 'Normalizer', classes=4,
          labelSmoothing=0.1, normalizer=5.0)


def z_loss():
    r = Regime('z-loss')
    r.add('lse² once', [2, 1, 0], [0], 'ZLossGradient', classes=3, zLoss=1.0)
    sweep(r, lambda dtype: r.normal(20, dtype, centre=3.0), 'ZLossGradient', zLoss=0.0625)
    for dtype in BOTH:
        for z in (1e-4, 0.125, 2.0):
            for reduction in ('none', 'sum', 'mean'):
                r.add(f'zLoss = {z}, {reduction}', r.normal(12, dtype, centre=2.0),
                      r.labels(3, 4), 'ZLossGradient', dtype=dtype, classes=4,
                      labelSmoothing=0.1, zLoss=z, reduction=reduction)
        for mode in ('perClass', 'target', 'expected'):
            r.add(f'{mode} weights leave it alone', r.normal(12, dtype), r.labels(3, 4),
                  'ZLossWeight', dtype=dtype, classes=4, labelSmoothing=0.1, zLoss=0.25,
                  weight=WEIGHT, weightMode=mode)
        r.add('sample weights scale it', r.normal(12, dtype), r.labels(3, 4), 'ZLossWeight',
              'SampleWeight', dtype=dtype, classes=4, labelSmoothing=0.1, zLoss=0.25,
              sampleWeight=[2.0, 0.0, 0.5])
        r.add('lse below 0', [-9, -8, -7.5], [1], 'ZLossGradient', dtype=dtype, classes=3,
              labelSmoothing=0.1, zLoss=0.25)
        r.add('scores of 1000', [1000, 990, -1000], [1], 'ZLossGradient', 'MaxShift',
              dtype=dtype, classes=3, labelSmoothing=0.1, zLoss=0.001)
        r.add('over the present classes', [2, -inf, 0, 1], [0], 'ZLossGradient',
              'MaskedSmoothing', dtype=dtype, classes=4, labelSmoothing=0.1, zLoss=0.25)
        r.add('all class weights 0: z-loss remains', r.normal(4, dtype), [0], 'ZLossWeight',
              'ZeroWeight', dtype=dtype, classes=4, labelSmoothing=0.1, zLoss=0.25,
              weight=[0.0] * 4, reduction='sum')
        r.add('dense rows not summing to 1', r.normal(8, dtype), [0.5, 0.0, 0.0, 0.25, 1.0, 1.0, 0.0, 0.0],
              'ZLossGradient', 'SoftMass', dtype=dtype, classes=4, labelSmoothing=0.1, zLoss=0.25)
    return r


def entropy():
    r = Regime('entropy')
    r.add('H(q) of ε = 1/4', [2, 1, 0], [0], 'Entropy', classes=3, labelSmoothing=0.25,
          subtractEntropy=True)
    sweep(r, lambda dtype: r.normal(20, dtype), 'Entropy', subtractEntropy=True)
    for dtype in BOTH:
        for mode in ('uniform', 'others'):
            for eps in (0.0, 0.1, 1.0):
                r.add(f'{mode}, ε = {eps}', r.normal(12, dtype), r.labels(3, 4),
                      'EntropyOfZero' if eps != 0.1 else 'Entropy', dtype=dtype, classes=4,
                      labelSmoothing=eps, smoothingMode=mode, subtractEntropy=True)
        for weight_mode in ('perClass', 'target', 'expected'):
            r.add(f'{weight_mode} weights leave it alone', r.normal(12, dtype), r.labels(3, 4),
                  'Entropy', dtype=dtype, classes=4, labelSmoothing=0.1, subtractEntropy=True,
                  weight=WEIGHT, weightMode=weight_mode)
        r.add('sample weights scale it', r.normal(12, dtype), r.labels(3, 4), 'Entropy',
              'SampleWeight', dtype=dtype, classes=4, labelSmoothing=0.1, subtractEntropy=True,
              sampleWeight=[2.0, 0.0, 0.5], reduction='none')
        r.add('dense targets with zeros', r.normal(12, dtype),
              [0.5, 0.5, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.25, 0.25, 0.25, 0.25], 'EntropyOfZero', dtype=dtype,
              classes=4, subtractEntropy=True, reduction='none')
        r.add('dense rows not summing to 1', r.normal(8, dtype), [0.5, 0.0, 0.0, 0.25, 1.0, 2.0, 0.0, 0.0],
              'Entropy', 'SoftMass', dtype=dtype, classes=4, labelSmoothing=0.1,
              subtractEntropy=True)
        r.add('at the minimum the loss is 0', [1, 1, 1, 1], [2], 'Entropy', dtype=dtype,
              classes=4, labelSmoothing=1.0, subtractEntropy=True)
        r.add('over the present classes', [2, -inf, 0, 1], [0], 'Entropy', 'MaskedSmoothing',
              dtype=dtype, classes=4, labelSmoothing=0.1, subtractEntropy=True)
        r.add('beside z-loss', r.normal(8, dtype), r.labels(2, 4), 'Entropy', 'ZLossGradient',
              dtype=dtype, classes=4, labelSmoothing=0.1, subtractEntropy=True, zLoss=0.125)
    tiny_entropy(r)
    return r


def tiny_entropy(r):
    """The prediction is as sure as the target, and the highest score is 0: the loss is of the size of ε."""
    # Not powers of two, of which 1 − ε would lose nothing.
    for dtype, eps, name in (('float32', 0.7 * 2.0 ** -20, '0.7 · 2^−20'),
                             ('float64', 0.7 * 2.0 ** -30, '0.7 · 2^−30'), ('float64', 2.0 ** -56, '2^−56')):
        low = 1.0 if dtype == 'float32' else 2.0
        first = [0, -40 * low, -42.5 * low, -41 * low]
        second = [-45 * low, 0, -40 * low, -40.5 * low]

        def add(comment, scores, target, *flags, **options):
            r.add(f'ε = {name}, {comment}', scores, target, 'EntropyCancels', *flags, dtype=dtype,
                  classes=4, labelSmoothing=eps, subtractEntropy=True, **options)

        add('uniform', first + second, [0, 1])
        add('others', first + second, [0, 1], smoothingMode='others', reduction='none')
        add('prior', first + second, [0, 1], smoothingMode='prior', prior=[0.5, 0.125, 0.25, 0.125])
        add('dense', first + second, [1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0], reduction='none')
        add('dense, others', first, [1.0, 0.0, 0.0, 0.0], smoothingMode='others')
        add('a class at −inf', [0, -40 * low, -inf, -41 * low], [0], 'MaskedSmoothing')
