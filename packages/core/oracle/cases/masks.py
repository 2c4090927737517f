"""Classes that do not exist, and scores that are not numbers."""

from math import inf, nan

from builder import Regime
from cases.sweep import sweep

BOTH = ('float32', 'float64')


def regimes():
    return [masked(), infinities()]


def masked():
    r = Regime('masked')
    for dtype in (*BOTH, 'float16'):
        r.add('one class of −inf', [2, -inf, 0, 1], [0], 'MaskedSmoothing', 'ZeroTimesInfinity',
              dtype=dtype, classes=4, labelSmoothing=0.25)
        r.add('a class that does not exist', [2, 3, 0, 1], [0], 'MaskedSmoothing', dtype=dtype,
              classes=4, labelSmoothing=0.25, classMask=[True, False, True, True])

    def holes(dtype):
        scores = r.normal(20, dtype)
        for row in range(4):
            scores[row * 5 + r.random.randrange(5)] = -inf
        return scores

    sweep(r, holes, 'MaskedSmoothing', 'ZeroTimesInfinity')
    for mode in ('uniform', 'others'):
        for eps in (0.0, 0.1, 1.0):
            excluded(r, f'{mode}, ε = {eps}', labelSmoothing=eps, smoothingMode=mode)
            propagated(r, f'{mode}, ε = {eps}', labelSmoothing=eps, smoothingMode=mode,
                       maskedLogits='propagate')
    class_masks(r)
    weights_under_masks(r)
    whole_rows(r)
    return r


def excluded(r, comment, **options):
    """−inf scores under the default: classes that the row does not have."""
    r.add(f'{comment}, another class of −inf in each row',
          [2, -inf, 0, 1, -inf, 1, 0, -inf, 0, 1, 2, 3], [0, 1, 2], 'MaskedSmoothing',
          'ZeroTimesInfinity', classes=4, **options)
    r.add(f'{comment}, −inf at the label of the first row', [2, -inf, 0, 1, 3, 1, 0, -1],
          [1, 1], 'MaskedTarget', classes=4, reduction='none', **options)
    r.add(f'{comment}, classMask and −inf', [2, -inf, 0, 1, 5, 3, 1, 0, -inf, 9], [0, 1],
          'MaskedSmoothing', classes=5, classMask=[True, True, True, True, False], **options)
    r.add(f'{comment}, float64', [2, -inf, 0, 1, -inf, -inf, 0, 1], [0, 3], 'MaskedSmoothing',
          dtype='float64', classes=4, **options)


def propagated(r, comment, **options):
    """−inf scores of classes that count, as in PyTorch."""
    r.add(f'{comment}, propagate', [2, -inf, 0, 1, 1, 2, 0, -1], [0, 1], 'Propagate',
          'ZeroTimesInfinity', classes=4, reduction='none', **options)
    r.add(f'{comment}, propagate, −inf at the label', [2, -inf, 0, 1, 1, 2, 0, -1], [1, 1],
          'Propagate', 'MaskedTarget', dtype='float64', classes=4, **options)


def class_masks(r):
    r.add('NaN and +inf in a class that does not exist', [nan, 1, 2, inf, 0, 1], [1, 2],
          'MaskRead', classes=3, labelSmoothing=0.1, classMask=[False, True, True])
    r.add('the largest score is of a class that does not exist', [90, 1, 2, 1e4, 0, 1], [1, 2],
          'MaskRead', 'MaxShift', classes=3, labelSmoothing=0.1, classMask=[False, True, True])
    r.add('one class exists', [5, 1, 2], [1], 'MaskedSmoothing', 'OneClass', classes=3,
          labelSmoothing=0.1, classMask=[False, True, False])
    r.add('one class exists, others', [5, 1, 2], [1], 'MaskedSmoothing', 'OneClass', classes=3,
          labelSmoothing=0.1, smoothingMode='others', classMask=[False, True, False])
    r.add('every class exists', [5, 1, 2], [1], 'MaskedSmoothing', classes=3, labelSmoothing=0.1,
          classMask=[True, True, True])
    r.add('propagate beside classMask', [nan, -inf, 2, 0, inf, 1, 0, -1], [2, 1], 'Propagate',
          'MaskRead', classes=4, labelSmoothing=0.1, maskedLogits='propagate',
          classMask=[False, True, True, True], reduction='none')
    r.add('entropy and z-loss over what exists', r.normal(8), [1, 2], 'Entropy', 'ZLossGradient',
          'MaskedSmoothing', classes=4, labelSmoothing=0.2, subtractEntropy=True, zLoss=0.125,
          classMask=[False, True, True, True])


def weights_under_masks(r):
    for dtype in BOTH:
        r.add('−inf on a class of weight 0, propagate', [2, -inf, 0, 1], [0], 'ZeroWeight',
              'ZeroTimesInfinity', 'Propagate', dtype=dtype, classes=4, labelSmoothing=0.1,
              weight=[1.0, 0.0, 2.0, 1.0], maskedLogits='propagate')
        r.add('−inf at a label of weight 0', [2, -inf, 0, 1], [1], 'ZeroWeight',
              'MaskedTarget', dtype=dtype, classes=4, labelSmoothing=0.1,
              weight=[1.0, 0.0, 2.0, 1.0], reduction='sum')
        for mode in ('perClass', 'target', 'expected'):
            r.add(f'{mode} weights, expected denominator', [2, -inf, 0, 1, -inf, 1, 0, 3],
                  [0, 1], 'MaskedSmoothing', 'WeightMode', dtype=dtype, classes=4,
                  labelSmoothing=0.1, weight=[1.0, 3.0, 2.0, 0.5], weightMode=mode,
                  denominator='expected')
        r.add('dense: −inf where t = 0 and where t > 0', [2, -inf, 0, 1, 1, -inf, 0, 3],
              [0.5, 0.0, 0.25, 0.25, 0.0, 0.5, 0.5, 0.0], 'MaskedSmoothing', 'MaskedTarget',
              dtype=dtype, classes=4, labelSmoothing=0.1, reduction='none')


def whole_rows(r):
    for dtype in BOTH:
        r.add('only the label is present', [-inf, 3, -inf], [1], 'MaskedSmoothing', 'OneClass',
              dtype=dtype, classes=3, labelSmoothing=0.1)
        r.add('only the label is present, others', [-inf, 3, -inf], [1], 'MaskedSmoothing',
              'OneClass', dtype=dtype, classes=3, labelSmoothing=0.1, smoothingMode='others')
        for options in ({}, {'zLoss': 0.25}, {'sampleWeight': [1.0, 0.0]}):
            r.add('a row of −inf: infinite, its gradient finite',
                  [2, 1, 0, -inf, -inf, -inf], [0, 1], 'AllMasked', dtype=dtype, classes=3,
                  labelSmoothing=0.1, reduction='none', **options)
        r.add('a row of −inf, propagate: NaN', [2, 1, 0, -inf, -inf, -inf], [0, 1], 'AllMasked',
              'Propagate', dtype=dtype, classes=3, labelSmoothing=0.1, reduction='none',
              maskedLogits='propagate')
        r.add('a row of −inf, mean of two', [2, 1, 0, -inf, -inf, -inf], [0, 1], 'AllMasked',
              dtype=dtype, classes=3, labelSmoothing=0.1)
        r.add('an ignored row of −inf', [2, 1, 0, -inf, -inf, -inf], [0, -100], 'AllMasked',
              'IgnoredRead', dtype=dtype, classes=3, labelSmoothing=0.1)
        r.add('a dense row of −inf and zeros: nothing is present', [2, 1, -inf, -inf],
              [0.5, 0.5, 0.0, 0.0], 'AllMasked', 'ZeroTarget', dtype=dtype, classes=2,
              labelSmoothing=0.1, reduction='none')


def infinities():
    r = Regime('infinities')
    r.add('NaN in one of two rows', [2, nan, 0, 0, 1, 2], [0, 2], 'NanScore', classes=3,
          labelSmoothing=0.25, reduction='none')
    r.add('+inf in one of two rows', [2, inf, 0, 0, 1, 2], [0, 2], 'InfiniteScore', classes=3,
          labelSmoothing=0.25, reduction='none')

    def spoiled(dtype):
        scores = r.normal(20, dtype)
        scores[r.random.choice((0, 1, 15, 16))] = r.random.choice((nan, inf))
        return scores

    sweep(r, spoiled, 'NanScore', 'InfiniteScore')
    for dtype in BOTH:
        for name, value, flag in (('NaN', nan, 'NanScore'), ('+inf', inf, 'InfiniteScore')):
            r.add(f'{name} at the label, no smoothing', [2, value, 0], [1], flag, dtype=dtype,
                  classes=3)
            r.add(f'{name} elsewhere, no smoothing', [2, value, 0], [0], flag, dtype=dtype,
                  classes=3)
            r.add(f'{name}: the mean is NaN, the other rows keep their gradients',
                  [2, 1, 0, 0, value, 2, 1, 1, 0], [0, 2, 1], flag, dtype=dtype, classes=3,
                  labelSmoothing=0.1)
            r.add(f'{name} beside −inf', [2, value, -inf], [0], flag, dtype=dtype, classes=3,
                  labelSmoothing=0.1, reduction='sum')
            r.add(f'{name} in a class of weight 0', [2, value, 0], [0], flag, 'ZeroWeight',
                  dtype=dtype, classes=3, labelSmoothing=0.1, weight=[1.0, 0.0, 1.0])
            r.add(f'{name} under propagate', [2, value, 0, 1, 2, 3], [0, 1], flag, 'Propagate',
                  dtype=dtype, classes=3, labelSmoothing=0.1, maskedLogits='propagate',
                  reduction='none')
            r.add(f'{name} in a row, the class absent from it masked for all',
                  [2, value, 0, 9, 1, 2, 3, 9], [0, 1], flag, 'MaskRead', dtype=dtype, classes=4,
                  labelSmoothing=0.1, classMask=[True, True, True, False], reduction='none')
            r.add(f'{name} and an empty mean', [2, value, 0], [0], flag, 'OnEmpty', dtype=dtype,
                  classes=3, labelSmoothing=0.1, weight=[0.0, 1.0, 1.0], onEmpty='zero')
        r.add('infinite loss and NaN in other rows: NaN', [2, -inf, 0, nan, 0, 1], [1, 0],
              'NanScore', 'MaskedTarget', dtype=dtype, classes=3, labelSmoothing=0.1)
        r.add('infinite loss, finite neighbours', [2, -inf, 0, 3, 0, 1], [1, 0], 'MaskedTarget',
              dtype=dtype, classes=3, labelSmoothing=0.1, reduction='sum')
        r.add('one class, NaN', [nan], [0], 'NanScore', 'OneClass', dtype=dtype, classes=1)
    return r
