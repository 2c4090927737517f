"""Ordinary scores under every option that needs nothing else."""

from builder import Regime
from cases.sweep import sweep


def regimes():
    return [ordinary()]


def ordinary():
    r = Regime('ordinary')
    by_hand(r)
    sweep(r, lambda dtype: r.normal(4 * 5, dtype), 'Plain')
    for classes in (2, 3, 5, 10):
        for eps in (0.0, 0.05, 0.1, 0.5):
            for dtype in ('float32', 'float64'):
                rows = r.random.randint(1, 4)
                r.add(f'K = {classes}, ε = {eps}', r.normal(rows * classes, dtype),
                      r.labels(rows, classes), 'SmoothingOverK', 'FixedK', dtype=dtype,
                      classes=classes, labelSmoothing=eps)
            r.add(f'others, K = {classes}, ε = {eps}', r.normal(3 * classes),
                  r.labels(3, classes), 'SmoothingOverOthers', classes=classes,
                  labelSmoothing=eps, smoothingMode='others')
    for reduction in ('none', 'sum'):
        for mode in ('uniform', 'others'):
            r.add(f'{mode}, {reduction}', r.normal(4 * 6), r.labels(4, 6), 'GradientOfNone',
                  classes=6, labelSmoothing=0.125, smoothingMode=mode, reduction=reduction)
            r.add(f'{mode}, {reduction}', r.normal(3 * 7, 'float64'), r.labels(3, 7),
                  'GradientOfNone', dtype='float64', classes=7, labelSmoothing=0.2,
                  smoothingMode=mode, reduction=reduction)
    r.add('mean of several rows', r.normal(6 * 4), r.labels(6, 4), 'GradientDenominator',
          'Nll', classes=4, labelSmoothing=0.1)
    r.add('two classes, one row each way', [1.5, -0.5, -0.5, 1.5], [0, 0], 'Plain', classes=2,
          reduction='none')
    r.add('float16', r.normal(3 * 5, 'float16'), r.labels(3, 5), 'Plain', dtype='float16',
          classes=5, labelSmoothing=0.125)
    r.add('twelve classes, float64', r.normal(5 * 12, 'float64'), r.labels(5, 12), 'FixedK',
          dtype='float64', classes=12, labelSmoothing=0.15)
    return r


def by_hand(r):
    """Cases whose answers can be worked out on paper."""
    r.add('one row, no smoothing', [2, 1, 0], [0], 'Plain', classes=3)
    r.add('the same, ε = 1/4', [2, 1, 0], [0], 'SmoothingOverK', classes=3, labelSmoothing=0.25)
    r.add('the same, others', [2, 1, 0], [0], 'SmoothingOverOthers', classes=3,
          labelSmoothing=0.25, smoothingMode='others')
    r.add('the same, ε = 0.1 as float64 has it', [2, 1, 0], [0], 'SmoothingOverK',
          dtype='float64', classes=3, labelSmoothing=0.1)
    r.add('wrong label', [2, 1, 0], [2], 'Plain', classes=3, labelSmoothing=0.25)
