"""Scores that break programs which are right on paper: spreads, shifts, near one-hot rows."""

from builder import Regime
from cases.sweep import sweep

BOTH = ('float32', 'float64')
# With differences of scores exact, log1p and expm1-free sums keep every digit but a few.
KEPT_DIGITS = 2.0 ** -49


def regimes():
    return [extreme_logits(), shifted(), near_one_hot()]


def extreme_logits():
    r = Regime('extreme-logits')
    r.add('one logit 1000 above', [1000, 1, 1], [0], 'MaxShift', classes=3, labelSmoothing=0.125)

    def wide(dtype):
        return r.steps(20, 0.5, -20000, 20000)

    sweep(r, wide, 'MaxShift', 'ClippedSpread')
    for dtype in BOTH:
        for size in (90.0, 120.0, 720.0, 1000.0, 1e4):
            r.add(f'spread {size}, label at the top', [size, 0, -1, 0.5], [0], 'MaxShift',
                  dtype=dtype, classes=4, labelSmoothing=0.1)
            r.add(f'spread {size}, label at the bottom', [size, 0, -1, 0.5], [2], 'LogOfSoftmax',
                  'ClippedSpread', dtype=dtype, classes=4, labelSmoothing=0.1)
            r.add(f'spread {size}, others, no smoothing on the second row',
                  [size, -size, 1, 0, 0, size], [1, 0], 'LogOfSoftmax', dtype=dtype, classes=3,
                  labelSmoothing=[0.25, 0.125, 0.0], smoothingMode='others', reduction='none')
        r.add('all far below zero', [-1000, -1001, -1002.5], [1], 'MaxShift', dtype=dtype,
              classes=3, labelSmoothing=0.1)
        r.add('all far above', [1000, 1001, 1002.5], [1], 'MaxShift', dtype=dtype, classes=3,
              labelSmoothing=0.1)
        r.add('10000, −10000, 0', [1e4, -1e4, 0], [1], 'LogOfSoftmax', dtype=dtype, classes=3)
        r.add('scores of 1e30', [1e30, -1e30, 0], [0], 'MaxShift', dtype=dtype, classes=3,
              labelSmoothing=0.1)
        r.add('tiny scores', [1e-4, -1e-4, 2e-4], [2], 'Plain', dtype=dtype, classes=3,
              labelSmoothing=0.1)
    r.add('exp overflows float32 from 88.73 on', [88.75, 88.5, 0], [1], 'MaxShift', classes=3,
          labelSmoothing=0.1)
    r.add('scores of 1e300', [1e300, -1e300, 1e299], [1], 'MaxShift', dtype='float64', classes=3,
          labelSmoothing=0.1)
    r.add('a spread of 1e4 in each of four rows', wide('float32'), r.labels(4, 5),
          'ClippedSpread', classes=5, labelSmoothing=0.1, reduction='none')
    return r


def shifted():
    """Scores on a grid that stays exact under the shift, so that the answer does not move."""
    r = Regime('shifted')

    def around(shift):
        def scores(dtype):
            step, reach = (2.0 ** -4, 64) if dtype == 'float32' else (2.0 ** -20, 2 ** 22)
            return [shift + v for v in r.steps(20, step, -reach, reach)]
        return scores

    sweep(r, around(1e6), 'CommonShift')
    for dtype in BOTH:
        kept = KEPT_DIGITS if dtype == 'float64' else None
        for shift in (0.0, 1e3, 1e6, -1e6, 2.0 ** 19):
            unshifted = around(0.0)(dtype)
            for reduction, mode in (('none', 'uniform'), ('mean', 'others')):
                r.add(f'shift {shift}, {mode}, {reduction}', [v + shift for v in unshifted],
                      r.labels(4, 5), 'CommonShift', dtype=dtype, classes=5, labelSmoothing=0.1,
                      smoothingMode=mode, reduction=reduction, relative_tolerance=kept)
        r.add('each row its own shift',
              [v + (row - 2) * 1e5 for row in range(4) for v in around(0.0)(dtype)[:5]],
              r.labels(4, 5), 'CommonShift', dtype=dtype, classes=5, labelSmoothing=0.1,
              relative_tolerance=kept)
        r.add('no smoothing', around(1e6)(dtype), r.labels(4, 5), 'CommonShift', dtype=dtype,
              classes=5, reduction='sum', relative_tolerance=kept)
        r.add('class weights', around(1e6)(dtype), r.labels(4, 5), 'CommonShift', 'WeightInMass',
              dtype=dtype, classes=5, labelSmoothing=0.1, weight=[0.5, 1.0, 2.0, 4.0, 0.25],
              relative_tolerance=kept)
    return r


def near_one_hot():
    r = Regime('near-one-hot')
    r.add('20, 0, 0 and the right class', [20, 0, 0], [0], 'NearOneHot', classes=3)

    def confident(dtype):
        gap = 20 if dtype == 'float32' else 40
        scores = r.steps(20, 2.0 ** -6, -64, 64)
        for row in range(4):
            scores[row * 5 + r.random.randrange(5)] += gap
        return scores

    sweep(r, confident, 'NearOneHot')
    for dtype, gaps in (('float32', (10, 16.5, 20, 50, 87)), ('float64', (20, 36, 40, 200, 700))):
        kept = KEPT_DIGITS if dtype == 'float64' else None
        for gap in gaps:
            for comment, label, eps in (('right class', 0, 0.0), ('wrong class', 2, 0.0),
                                        ('right class, ε = 0.1', 0, 0.1)):
                r.add(f'gap {gap}, {comment}', [gap, 0, -1, 0.5], [label], 'NearOneHot',
                      dtype=dtype, classes=4, labelSmoothing=eps, relative_tolerance=kept)
            r.add(f'gap {gap}, sum of right and wrong', [0, gap, gap, 0], [1, 0], 'NearOneHot',
                  dtype=dtype, classes=2, reduction='sum', relative_tolerance=kept)
            r.add(f'gap {gap}, right classes alone', [0, gap, gap, -1], [1, 0], 'NearOneHot',
                  dtype=dtype, classes=2, reduction='none', relative_tolerance=kept)
    r.add('gap 740: the loss is subnormal', [740, 0, 0], [0], 'NearOneHot', 'Subnormal',
          dtype='float64', classes=3)
    r.add('gap 10000: the loss rounds to 0', [10000, 0], [0], 'NearOneHot', dtype='float64',
          classes=2)
    r.add('the gradient cancels at p = q', [3.984375, 0, 0, 0], [0], 'NearOneHot',
          dtype='float64', classes=4, labelSmoothing=0.07)
    return r
