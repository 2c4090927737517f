"""Half precision, n-d layouts, and probabilities instead of logits."""

from math import inf, nan

from builder import Regime
from cases.sweep import sweep

BOTH = ('float32', 'float64')
SMALLEST = {'float32': 2.0 ** -127, 'float64': 2.0 ** -1023}    # subnormal, 1/p still finite


def regimes():
    return [half_precision(), nd_axis(), probabilities_input()]


def half_precision():
    r = Regime('half-precision')
    r.add('one row', [2, 1, 0], [0], 'HalfRange', dtype='float16', classes=3, labelSmoothing=0.25)
    sweep(r, lambda dtype: r.normal(20, dtype), 'HalfRange', dtypes=('float16',))

    def add(comment, scores, labels, *flags, **options):
        r.add(comment, scores, labels, *flags, dtype='float16', labelSmoothing=0.125, **options)

    for mode in ('uniform', 'others'):
        for reduction in ('none', 'sum', 'mean'):
            add(f'{mode}, {reduction}', r.normal(15, 'float16'), r.labels(3, 5), 'HalfRange',
                classes=5, smoothingMode=mode, reduction=reduction)
    add('the sum of scores overflows', [30000] * 6 + [29000] * 6, [3], 'HalfSum', classes=12)
    add('the sum of −log p overflows', [0] + [-12000] * 11, [0], 'HalfSum', classes=12)
    add('the whole range', [60000, -60000, 0], [0], 'HalfRange', 'MaxShift', classes=3)
    add('exp overflows float16 from 11.1 on', [12, 11.5, 0], [1], 'MaxShift', classes=3)
    add('subnormal scores', [2.0 ** -24, -2.0 ** -20, 0], [0], 'Subnormal', classes=3)
    add('probabilities that are subnormal', [0, -12, -15.5], [0], 'Subnormal', classes=3)
    add('near one-hot', [10, 0, -1], [0], 'NearOneHot', classes=3)
    add('shifted', [2048, 2050, 2046], [1], 'CommonShift', classes=3)
    add('ties', [1.5, 1.5, 0, 1.5], [0], 'Ties', classes=4)
    add('lse² beyond float16, its share within', [300, 299, 1], [0], 'HalfRange',
        'ZLossGradient', classes=3, zLoss=2.0 ** -7)
    add('−inf', [3, -inf, 1, 0, 1, -inf], [0, 1], 'MaskedSmoothing', classes=3)
    add('NaN in an ignored row', [3, 2, 1, nan, 1, inf], [0, -100], 'IgnoredRead', classes=3)
    add('NaN in a row that counts', [3, 2, 1, nan, 1, 0], [0, 1], 'NanScore', classes=3)
    add('class weights', r.normal(12, 'float16'), r.labels(3, 4), 'WeightInMass', classes=4,
        weight=[0.5, 1.0, 2.0, 0.25])
    add('dense targets', r.normal(12, 'float16'), r.targets(3, 4), 'SmoothedTwice', classes=4)
    add('rows that do not sum to 1', r.normal(8, 'float16'),
        [0.5, 0.0, 0.0, 0.25, 1.0, 1.0, 0.0, 0.0], 'SoftMass', classes=4)
    add('entropy', r.normal(8, 'float16'), r.labels(2, 4), 'Entropy', classes=4,
        subtractEntropy=True)
    add('64 classes', r.normal(64, 'float16'), [17], 'HalfSum', classes=64)
    for eps in (0.0, 0.1, 1.0):
        r.add(f'ε = {eps} as float16 has it', r.normal(12, 'float16'), r.labels(3, 4),
              'HalfRange', dtype='float16', classes=4, labelSmoothing=eps)
    return r


def nd_axis():
    r = Regime('nd-axis')
    r.add('[2, 3, 2], axis 1, by hand', [2, 1, 0, 0, 1, 2, 1, 1, 2, 2, 2, 0], [0, 1, 2, 0],
          'Axis', 'RowOrder', classes=3, shape=[2, 3, 2], axis=1, labelSmoothing=0.25,
          reduction='none')
    sweep(r, lambda dtype: r.normal(20, dtype), 'Axis', 'RowOrder', shape=[2, 5, 2], axis=1)
    shapes = (([2, 4, 3, 2], 1), ([4, 3], 0), ([3, 4], 1), ([3, 4], -1), ([2, 3, 4], -1),
              ([2, 4, 3], -2), ([4, 2, 3], 0), ([4], 0), ([4], None), ([2, 3, 4], None),
              ([1, 4, 1, 5], 1), ([2, 2, 4, 2], -2), ([4, 1], 0), ([1, 4], None))
    for shape, axis in shapes:
        size = 1
        for length in shape:
            size *= length
        for dtype in BOTH:
            r.add(f'shape {shape}, axis {axis}', r.normal(size, dtype), r.labels(size // 4, 4),
                  'Axis', 'RowOrder', dtype=dtype, classes=4, shape=shape, axis=axis,
                  labelSmoothing=0.1, reduction=r.random.choice(('none', 'sum', 'mean')))
    for dtype in BOTH:
        for shape, axis in (([2, 4, 3], 1), ([4, 6], 0), ([2, 3, 4], 2)):
            r.add(f'dense, shape {shape}, axis {axis}', r.normal(24, dtype), r.targets(6, 4),
                  'Axis', 'RowOrder', dtype=dtype, classes=4, shape=shape, axis=axis,
                  labelSmoothing=0.1)
        r.add('ignored pixels with NaN, sample weights, class weights',
              [*[nan] * 4, *r.normal(20, dtype)], [-100, 0, 3, 2, 1, 0], 'RowOrder',
              'IgnoredRead', 'SampleWeight', dtype=dtype, classes=4, shape=[1, 4, 2, 3], axis=1,
              labelSmoothing=0.1, weight=[0.5, 1.0, 2.0, 0.25],
              sampleWeight=[1.0, 2.0, 0.0, 0.5, 1.0, 3.0])
        r.add('−inf and classMask along axis 1', [1, -inf, 2, 9, 0, 1, -inf, 9], [0, 1],
              'Axis', 'MaskedSmoothing', dtype=dtype, classes=4, shape=[1, 4, 2], axis=1,
              labelSmoothing=0.1, classMask=[True, True, True, False])
    return r


def probabilities_input():
    r = Regime('probabilities-input')

    def add(comment, values, target, *flags, dtype='float32', classes=4, **options):
        r.add(comment, values, target, *flags, dtype=dtype, classes=classes,
              input='probabilities', **options)

    def positive(rows, classes):
        """Distributions in whole 64ths, each at least 1/64."""
        spread = [r.distribution(classes, 64 - classes) for _ in range(rows)]
        return [(v * (64 - classes) + 1) / 64 for row in spread for v in row]

    add('1/2, 1/4, 1/4', [0.5, 0.25, 0.25], [0], 'Probabilities', 'ProbabilityGradient',
        classes=3, labelSmoothing=0.25)
    sweep(r, lambda dtype: positive(4, 5), 'Probabilities', 'ProbabilityGradient',
          input='probabilities')
    for dtype in BOTH:
        for mode in ('uniform', 'others'):
            for reduction in ('none', 'sum', 'mean'):
                add(f'{mode}, {reduction}', positive(3, 4), r.labels(3, 4), 'Probabilities',
                    'ProbabilityGradient', dtype=dtype, labelSmoothing=0.1, smoothingMode=mode,
                    reduction=reduction)
        add('rows that sum to 3 and to 1/2', [1, 1, 0.5, 0.5, 0.125, 0.125, 0.125, 0.125],
            [0, 3], 'Probabilities', dtype=dtype, labelSmoothing=0.1)
        add('the same with z-loss', [1, 1, 0.5, 0.5, 0.125, 0.125, 0.125, 0.125], [0, 3],
            'Probabilities', 'ZLossGradient', dtype=dtype, labelSmoothing=0.1, zLoss=0.25)
        add('far under every clip', [1, 1e-12, 1e-20, 1e-30], [2], 'Probabilities', dtype=dtype,
            labelSmoothing=0.1)
        add('a subnormal probability', [0.5, SMALLEST[dtype] * 1.5, 0.25, 0.25], [0],
            'Probabilities', 'Subnormal', dtype=dtype, labelSmoothing=2.0 ** -8)
        add('nearly all on the label', [1 - 2.0 ** -20, 2.0 ** -21, 2.0 ** -22, 2.0 ** -22], [0],
            'Probabilities', 'NearOneHot', dtype=dtype)
        zero_probabilities(add, dtype)
        add('class weights, dense targets', positive(3, 4), r.targets(3, 4), 'Probabilities',
            'WeightInMass', dtype=dtype, labelSmoothing=0.1, weight=[0.5, 1.0, 2.0, 0.25])
        add('NaN and inf in ignored rows', [0.5, 0.25, 0.25, 0, nan, inf, 0, 1], [0, -100],
            'Probabilities', 'IgnoredRead', dtype=dtype, labelSmoothing=0.1)
        add('NaN in a row that counts', [0.5, nan, 0.25, 0, 0.25, 0.25, 0.25, 0.25], [0, 1],
            'Probabilities', 'NanScore', dtype=dtype, labelSmoothing=0.1, reduction='none')
        add('infinity in a row that counts', [0.5, inf, 0.25, 0, 0.25, 0.25, 0.25, 0.25], [0, 1],
            'Probabilities', 'InfiniteScore', dtype=dtype, labelSmoothing=0.1, reduction='none')
        add('classMask: the rest renormalised', positive(2, 4), [0, 2], 'Probabilities',
            'MaskedSmoothing', dtype=dtype, labelSmoothing=0.1,
            classMask=[True, False, True, True])
    add('float16', positive(3, 4), r.labels(3, 4), 'Probabilities', dtype='float16',
        labelSmoothing=0.125)
    r.add('[1, 4, 3], axis 1', positive(3, 4), r.labels(3, 4), 'Probabilities', 'Axis',
          classes=4, shape=[1, 4, 3], axis=1, input='probabilities', labelSmoothing=0.125)
    return r


def zero_probabilities(add, dtype):
    """p = 0 is a score of −inf: absent, or present and infinitely wrong."""
    add('0 is a class that does not exist', [0.5, 0, 0.25, 0.25], [0], 'ZeroProbability',
        'MaskedSmoothing', dtype=dtype, labelSmoothing=0.1)
    add('−0 likewise', [0.5, -0.0, 0.25, 0.25], [0], 'ZeroProbability', 'NegativeZero',
        dtype=dtype, labelSmoothing=0.1)
    add('0 at the label', [0.5, 0, 0.25, 0.25], [1], 'ZeroProbability', 'MaskedTarget',
        dtype=dtype, labelSmoothing=0.1)
    add('0 at a label of weight 0', [0.5, 0, 0.25, 0.25], [1], 'ZeroProbability', 'ZeroWeight',
        dtype=dtype, labelSmoothing=0.1, weight=[1.0, 0.0, 1.0, 2.0], reduction='sum')
    add('propagate, no smoothing: a finite slope at 0', [0.5, 0, 0.25, 0.25], [0],
        'ZeroProbability', 'Propagate', dtype=dtype, maskedLogits='propagate')
    add('propagate, smoothing: infinite', [0.5, 0, 0.25, 0.25], [0], 'ZeroProbability',
        'Propagate', dtype=dtype, labelSmoothing=0.1, maskedLogits='propagate')
    add('one-hot and right', [0, 1, 0, 0], [1], 'ZeroProbability', 'NearOneHot', dtype=dtype,
        labelSmoothing=0.1)
