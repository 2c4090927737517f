"""Classes that do not exist, and scores that are not numbers."""

from math import inf, nan

from builder import Regime


def regimes():
    return [masked()]


def masked():
    r = Regime('masked')
    excluded(r)
    return r


def excluded(r):
    """−inf scores, and classMask, under the default 'exclude'."""
    for dtype in ('float32', 'float64', 'float16'):
        r.add('one class of −inf', [2, -inf, 0, 1], [0], 'MaskedSmoothing', 'ZeroTimesInfinity',
              dtype=dtype, classes=4, labelSmoothing=0.25)
        r.add('a class that does not exist', [2, 3, 0, 1], [0], 'MaskedSmoothing', dtype=dtype,
              classes=4, labelSmoothing=0.25, classMask=[True, False, True, True])
    for mode in ('uniform', 'others'):
        for eps in (0.0, 0.1, 1.0):
            r.add(f'{mode}, ε = {eps}, another class of −inf in each row',
                  [2, -inf, 0, 1, -inf, 1, 0, -inf, 0, 1, 2, 3], [0, 1, 2], 'MaskedSmoothing',
                  'ZeroTimesInfinity', classes=4, labelSmoothing=eps, smoothingMode=mode)
            r.add(f'{mode}, ε = {eps}, −inf at the label of the first row',
                  [2, -inf, 0, 1, 3, 1, 0, -1], [1, 1], 'MaskedTarget', classes=4,
                  labelSmoothing=eps, smoothingMode=mode, reduction='none')
            r.add(f'{mode}, ε = {eps}, classMask and −inf', [2, -inf, 0, 1, 5, 3, 1, 0, -inf, 9],
                  [0, 1], 'MaskedSmoothing', classes=5, labelSmoothing=eps, smoothingMode=mode,
                  classMask=[True, True, True, True, False])
    r.add('NaN and +inf in a class that does not exist', [nan, 1, 2, inf, 0, 1], [1, 2],
          'MaskRead', classes=3, labelSmoothing=0.1, classMask=[False, True, True])
    r.add('only the label is present', [-inf, 3, -inf], [1], 'MaskedSmoothing', 'OneClass',
          classes=3, labelSmoothing=0.1)
    r.add('only the label is present, others', [-inf, 3, -inf], [1], 'MaskedSmoothing',
          'OneClass', classes=3, labelSmoothing=0.1, smoothingMode='others')
