"""Ties, subnormals and signed zeros."""

from math import nan

from builder import Regime
from cases.sweep import sweep

BOTH = ('float32', 'float64')


def regimes():
    return [ties(), subnormal(), signed_zero()]


def ties():
    r = Regime('ties')
    r.add('all equal', [0.5, 0.5, 0.5], [1], 'Ties', classes=3, labelSmoothing=0.25)

    def few_values(dtype):
        return [r.random.choice((-1.5, 0.0, 2.5)) for _ in range(20)]

    sweep(r, few_values, 'Ties')
    for dtype in BOTH:
        for classes in (2, 3, 7, 12):
            r.add(f'{classes} equal scores', [1.25] * classes, [classes - 1], 'Ties',
                  dtype=dtype, classes=classes, labelSmoothing=0.1)
            r.add(f'{classes} equal scores, others', [-3.5] * classes * 2, [0, classes - 1],
                  'Ties', dtype=dtype, classes=classes, labelSmoothing=0.1,
                  smoothingMode='others', reduction='sum')
        r.add('two maxima, the label one of them', [4, 1, 4, 0], [2], 'Ties', dtype=dtype,
              classes=4, labelSmoothing=0.1)
        r.add('two maxima, the label elsewhere', [4, 1, 4, 0], [3], 'Ties', dtype=dtype,
              classes=4, labelSmoothing=0.1)
        r.add('ties of 10000', [1e4, 1e4, -1e4, 1e4], [0], 'Ties', 'MaxShift', dtype=dtype,
              classes=4, labelSmoothing=0.1)
        r.add('all equal and ε = 1: the gradient is 0', [2, 2, 2, 2], [1], 'Ties', dtype=dtype,
              classes=4, labelSmoothing=1.0)
    r.add('one unit in the last place apart', [1, 1 + 2.0 ** -23, 1 - 2.0 ** -24], [0], 'Ties',
          classes=3, labelSmoothing=0.1)
    r.add('one unit in the last place apart', [1, 1 + 2.0 ** -52, 1 - 2.0 ** -53], [0], 'Ties',
          dtype='float64', classes=3, labelSmoothing=0.1)
    return r


def subnormal():
    r = Regime('subnormal')
    smallest = {'float32': 2.0 ** -149, 'float64': 2.0 ** -1074}
    far = {'float32': (90.0, 95.5, 103.0), 'float64': (710.0, 730.5, 744.0)}

    def tiny(dtype):
        return r.steps(20, smallest[dtype], -2 ** 20, 2 ** 20)

    r.add('scores all subnormal', tiny('float32')[:6], [0, 2], 'Subnormal', classes=3,
          labelSmoothing=0.125)
    sweep(r, tiny, 'Subnormal')
    for dtype in BOTH:
        least = smallest[dtype]
        r.add('the smallest number there is', [least, 0, -least], [0], 'Subnormal', dtype=dtype,
              classes=3, labelSmoothing=0.1)
        r.add('subnormal beside ordinary scores', [least * 5, 1, -2, -least], [3], 'Subnormal',
              dtype=dtype, classes=4, labelSmoothing=0.1)
        for gap in far[dtype]:
            r.add(f'gap {gap}: a subnormal probability', [gap, 0, gap - 1], [0], 'Subnormal',
                  dtype=dtype, classes=3)
            r.add(f'gap {gap}, the label far below', [0, -gap, -1.5], [1], 'Subnormal',
                  'LogOfSoftmax', dtype=dtype, classes=3, labelSmoothing=0.1)
        r.add('a subnormal ε', [1, 2, 0.5], [0], 'Subnormal', 'TinySmoothing', dtype=dtype,
              classes=3, labelSmoothing=least * 3)
        r.add('a subnormal dense target', [1, 2, 0.5], [least * 7, 1.0, 0.0], 'Subnormal',
              dtype=dtype, classes=3)
    return r


def signed_zero():
    r = Regime('signed-zero')
    r.add('+0 and −0 are the same score', [0.0, -0.0, 0.0], [1], 'NegativeZero', classes=3,
          labelSmoothing=0.125)

    def zeros(dtype):
        return [r.random.choice((0.0, -0.0, -0.0, 1.0)) for _ in range(20)]

    sweep(r, zeros, 'NegativeZero')
    for dtype in (*BOTH, 'float16'):
        r.add('all −0', [-0.0, -0.0], [0], 'NegativeZero', dtype=dtype, classes=2,
              labelSmoothing=0.125)
        r.add('−0 is the maximum', [-0.0, -1.0, -2.5], [2], 'NegativeZero', dtype=dtype,
              classes=3, labelSmoothing=0.125)
        r.add('a loss of +0', [-0.0], [0], 'SignedZero', dtype=dtype, classes=1)
    r.add('a sum over an ignored row is +0', [-1.0, -2.0], [-100], 'SignedZero', classes=2,
          reduction='sum')
    r.add('−0 in a dense target is no negative number', [1, 2, 3], [-0.0, 1.0, -0.0],
          'NegativeZero', classes=3, labelSmoothing=0.1)
    r.add('a sample weight of −0 is 0', [nan, 1, 2, 1], [0, 1], 'NegativeZero',
          'ZeroSampleWeight', classes=2, sampleWeight=[-0.0, 1.0])
    return r
