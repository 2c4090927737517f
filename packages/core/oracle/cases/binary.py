"""Binary cross-entropy: one score and one target per element."""

from math import inf, nan

from builder import Regime
from cases.extremes import KEPT_DIGITS

BOTH = ('float32', 'float64')


def regimes():
    return [binary()]


def binary():
    r = Regime('binary', family='binary')
    r.add('ε/2 towards the middle', [2, -1, 0.5, 0], [1.0, 0.0, 1.0, 0.0], 'BinaryHalf',
          classes=2, labelSmoothing=0.25)
    r.add('posWeight per column', [2, -1, 0.5, 0, 1, -3], [1.0, 0.0, 1.0, 0.0, 1.0, 0.0],
          'BinaryPosWeight', 'BinaryColumns', classes=3, labelSmoothing=0.25,
          posWeight=[1.0, 2.0, 0.5], reduction='none')
    for dtype in BOTH:
        options(r, dtype)
        extremes(r, dtype)
    r.add('float16', r.normal(6, 'float16'), [1.0, 0.0, 0.5, 0.25, 1.0, 0.0], 'BinaryHalf',
          dtype='float16', classes=3, labelSmoothing=0.125, posWeight=1.5)
    for reduction in ('none', 'sum', 'mean'):
        r.add(f'no elements, {reduction}', [], [], 'NoRows', classes=3, labelSmoothing=0.125,
              reduction=reduction)
    tiny_smoothing(r)
    return r


def tiny_smoothing(r):
    """Scores as sure as their targets: the loss is ε/2 times a score, which a scale of |x| cannot see."""
    # Not powers of two, of which 1 − ε would lose nothing.
    for name, eps in (('0.7 · 2^−27', 0.7 * 2.0 ** -27), ('0.7 · 2^−40', 0.7 * 2.0 ** -40), ('2^−56', 2.0 ** -56)):
        tiny = {'dtype': 'float64', 'classes': 2, 'labelSmoothing': eps, 'relative_tolerance': KEPT_DIGITS}
        for weight in (1.0, 3.0, 0.375):
            r.add(f'ε = {name}, right and sure, posWeight {weight}', [40, -40], [1.0, 0.0],
                  'BinaryTinySmoothing', posWeight=weight, reduction='none', **tiny)
        r.add(f'ε = {name}, right and sure, mean', [40, -40], [1.0, 0.0], 'BinaryTinySmoothing',
              posWeight=3.0, **tiny)
        r.add(f'ε = {name}, wrong and sure', [40, -40], [0.0, 1.0], 'BinaryTinySmoothing',
              posWeight=3.0, reduction='none', **tiny)


def options(r, dtype):
    for eps in (0.0, 0.1, 1.0):
        for reduction in ('none', 'sum', 'mean'):
            r.add(f'ε = {eps}, {reduction}', r.normal(6, dtype), hits(r, 6), 'BinaryHalf',
                  dtype=dtype, classes=3, labelSmoothing=eps, reduction=reduction)
    for reduction in ('none', 'sum', 'mean'):
        r.add(f'posWeight, sample weights, {reduction}', r.normal(6, dtype), hits(r, 6),
              'BinaryPosWeight', 'BinaryWeights', dtype=dtype, classes=2, labelSmoothing=0.1,
              posWeight=3.0, sampleWeight=[1.0, 0.0, 2.0, 0.5, 0.0, 1.0], reduction=reduction)
    for denominator in ('rows', 'nonzeroWeights'):
        r.add(f'{denominator}, NaN under weight 0', [nan, 2, -inf, 1], [1.0, 0.0, 1.0, 1.0],
              'BinaryWeights', 'ZeroSampleWeight', dtype=dtype, classes=2, labelSmoothing=0.1,
              sampleWeight=[0.0, 1.0, 0.0, 2.5], denominator=denominator)
        r.add(f'{denominator}, all weights 0', [nan, 2], [1.0, 0.0], 'BinaryWeights',
              'ZeroSampleWeight', dtype=dtype, classes=2, sampleWeight=[0.0, 0.0],
              denominator=denominator)
    r.add('soft targets', r.normal(4, dtype), [0.25, 0.5, 0.75, 0.9], 'BinaryHalf', dtype=dtype,
          classes=4, labelSmoothing=0.1)
    r.add('posWeight per column, soft targets', r.normal(6, dtype), [0.3, 0.5, 0.7, 1.0, 0.0, 0.2],
          'BinaryPosWeight', 'BinaryColumns', dtype=dtype, classes=3, labelSmoothing=0.1,
          posWeight=[0.25, 1.0, 8.0])
    r.add('posWeight 0', r.normal(4, dtype), hits(r, 4), 'BinaryPosWeight', dtype=dtype,
          classes=2, labelSmoothing=0.1, posWeight=0.0)
    r.add('posWeight per column of four rows', r.normal(12, dtype), hits(r, 12),
          'BinaryColumns', dtype=dtype, classes=3, posWeight=[1.0, 2.0, 4.0],
          labelSmoothing=0.1)


def extremes(r, dtype):
    for size in (20.0, 90.0, 740.0, 1e4):
        r.add(f'scores of {size}', [size, -size, size, -size], [1.0, 0.0, 0.0, 1.0],
              'BinarySaturation', dtype=dtype, classes=2, reduction='none')
        r.add(f'scores of {size}, ε = 0.1', [size, -size, size, -size], [1.0, 0.0, 0.0, 1.0],
              'BinarySaturation', dtype=dtype, classes=2, labelSmoothing=0.1, posWeight=2.0)
    r.add('signed zeros', [0.0, -0.0, -0.0, 0.0], [1.0, 0.0, 1.0, -0.0], 'NegativeZero',
          dtype=dtype, classes=2, labelSmoothing=0.125)
    least = 2.0 ** (-149 if dtype == 'float32' else -1074)
    r.add('subnormal scores', [least, -least * 5], [1.0, 0.0], 'Subnormal', dtype=dtype,
          classes=2, labelSmoothing=0.125)
    r.add('infinities on the right side', [inf, -inf], [1.0, 0.0], 'BinaryInfinity', dtype=dtype,
          classes=2, reduction='none')
    r.add('infinities on the wrong side', [inf, -inf], [0.0, 1.0], 'BinaryInfinity', dtype=dtype,
          classes=2, reduction='none')
    r.add('infinities, ε = 0.1', [inf, -inf, 1, 2], [1.0, 0.0, 0.0, 1.0], 'BinaryInfinity',
          dtype=dtype, classes=2, labelSmoothing=0.1, reduction='none')
    r.add('NaN stays in its element', [nan, 1, 2, 0], [1.0, 0.0, 0.0, 1.0], 'NanScore',
          dtype=dtype, classes=2, labelSmoothing=0.1, reduction='none')


def hits(r, count):
    return [float(r.random.random() < 0.5) for _ in range(count)]
