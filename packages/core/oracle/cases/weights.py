"""Class weights, sample weights, and every way to reduce them."""

from builder import Regime

MODES = ('perClass', 'target', 'expected')
DENOMINATORS = ('weights', 'valid', 'rows', 'nonzeroWeights', 'expected')
REDUCTIONS = ('none', 'sum', 'mean')


def regimes():
    return [weighted()]


def weighted():
    r = Regime('weighted')
    r.add('weights 1, 2, 4 by hand', [2, 1, 0, 0, 1, 2], [0, 2], 'WeightOnOneTerm',
          'WeightInMass', classes=3, labelSmoothing=0.25, weight=[1.0, 2.0, 4.0])
    for mode in MODES:
        for reduction in REDUCTIONS:
            for smoothing in ('uniform', 'others'):
                r.add(f'{mode}, {smoothing}, {reduction}', r.normal(3 * 4), r.labels(3, 4),
                      'WeightMode', 'WeightOnOneTerm', 'WeightInMass', classes=4,
                      labelSmoothing=0.1, smoothingMode=smoothing,
                      weight=[0.5, 1.0, 2.0, 0.25], weightMode=mode, reduction=reduction)
        r.add(f'{mode}, float64', r.normal(4 * 5, 'float64'), r.labels(4, 5), 'WeightMode',
              dtype='float64', classes=5, labelSmoothing=0.1,
              weight=[r.random.random() for _ in range(5)], weightMode=mode)
        r.add(f'{mode}, prior', r.normal(3 * 4), r.labels(3, 4), 'WeightMode', 'PriorShape',
              classes=4, labelSmoothing=0.25, smoothingMode='prior',
              prior=r.distribution(4), weight=[1.5, 0.5, 1.0, 3.0], weightMode=mode)
        r.add(f'{mode}, dense target', r.normal(3 * 4), r.targets(3, 4), 'WeightMode',
              'SoftDenominator', classes=4, labelSmoothing=0.1,
              weight=[0.5, 1.0, 2.0, 0.25], weightMode=mode)
        r.add(f'{mode}, no smoothing', r.normal(3 * 4), r.labels(3, 4), 'WeightMode', classes=4,
              weight=[0.5, 1.0, 2.0, 0.25], weightMode=mode)
        r.add(f'{mode}, a weight of zero', r.normal(3 * 4), [0, 1, 2], 'ZeroWeight', classes=4,
              labelSmoothing=0.1, weight=[1.0, 0.0, 2.0, 0.0], weightMode=mode)
        r.add(f'{mode}, large and small weights', r.normal(3 * 4), r.labels(3, 4), 'WeightMode',
              classes=4, labelSmoothing=0.1, weight=[1e4, 1e-4, 1.0, 100.0], weightMode=mode)
    r.add('a rare class of weight 1000', r.normal(4 * 5), [0, 1, 2, 4], 'WeightOnOneTerm',
          classes=5, labelSmoothing=0.1, weight=[1.0, 1.0, 1.0, 1.0, 1000.0])
    r.add('weights of one change nothing', r.normal(3 * 4), r.labels(3, 4), 'Denominator',
          classes=4, labelSmoothing=0.1, weight=[1.0, 1.0, 1.0, 1.0])
    return r
