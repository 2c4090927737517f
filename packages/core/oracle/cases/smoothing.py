"""How much is smoothed, and towards what."""

from math import inf

from builder import Regime
from cases.sweep import sweep

BOTH = ('float32', 'float64')


def regimes():
    return [smoothing_edges(), per_class_smoothing(), priors()]


def smoothing_edges():
    r = Regime('smoothing-edges')
    r.add('ε = 1 is uniform', [2, 1, 0], [0], 'SmoothingEdge', classes=3, labelSmoothing=1.0)
    r.add('ε = 1 in others leaves the label nothing', [2, 1, 0], [0], 'SmoothingEdge', classes=3,
          labelSmoothing=1.0, smoothingMode='others')
    sweep(r, lambda dtype: r.normal(20, dtype), 'SmoothingEdge', labelSmoothing=1.0)
    edges = {'float32': (0.0, 1.0, 2.0 ** -30, 1e-30, 1 - 2.0 ** -24),
             'float64': (0.0, 1.0, 2.0 ** -60, 1e-300, 1 - 2.0 ** -53)}
    for dtype in BOTH:
        for eps in edges[dtype]:
            flag = 'SmoothingEdge' if eps in (0.0, 1.0) else 'TinySmoothing'
            for mode in ('uniform', 'others'):
                for classes in (2, 4):
                    r.add(f'{mode}, ε = {eps!r}', r.normal(2 * classes, dtype),
                          r.labels(2, classes), flag, dtype=dtype, classes=classes,
                          labelSmoothing=eps, smoothingMode=mode)
        r.add('a tiny ε on a spread of 10000', [1e4, -1e4, 0], [0], 'TinySmoothing', dtype=dtype,
              classes=3, labelSmoothing=2.0 ** -40)
        r.add('ε = 3/4, others, K = 4: uniform', r.normal(8, dtype), r.labels(2, 4),
              'SmoothingEdge', dtype=dtype, classes=4, labelSmoothing=0.75,
              smoothingMode='others')
        r.add('ε = 1, others, two classes: the other label', [3, 1], [0], 'SmoothingEdge',
              dtype=dtype, classes=2, labelSmoothing=1.0, smoothingMode='others')
    uneven_weights(r)
    return r


def uneven_weights(r):
    """Others, ε near 1, the label on a heavy class: next to nothing is left there, times a large weight."""
    heavy = ([1000.0, 0.001, 0.001], [2.0 ** 60, 1.0, 1.0], [1000.0, 0.001, 0.001, 0.001])
    # Of powers of two a product with 1000 loses nothing that the other product does not lose as well.
    near_one = (('1', 1.0), ('1 − 2^−20', 1 - 2.0 ** -20), ('1 − 2^−30', 1 - 2.0 ** -30),
                ('1 − 0.7 · 2^−20', 1 - 0.7 * 2.0 ** -20))
    for e, (name, eps) in enumerate(near_one):
        for w, weight in enumerate(heavy):
            for m, mode in enumerate(('perClass', 'target', 'expected')):
                # A target's weight is right whatever became of ε; only what is expected of it is not.
                denominator = 'rows' if mode != 'target' and (e + w + m) % 2 == 0 else 'expected'
                classes = len(weight)
                # In the second row nothing but its coefficient pulls at the label.
                scores = [*r.normal(classes, 'float64'), -12.0, *r.normal(classes - 1, 'float64', spread=1.0)]
                r.add(f'others, ε = {name}, heavy label of {classes}, {mode}, {denominator}', scores, [0, 0],
                      'NegativeHit', dtype='float64', classes=classes, labelSmoothing=eps,
                      smoothingMode='others', weight=weight, weightMode=mode, denominator=denominator)


def per_class_smoothing():
    r = Regime('per-class-smoothing')
    four = [0.0, 0.125, 0.5, 1.0]
    r.add('ε of the label, row by row', [2, 1, 0, -1] * 4, [0, 1, 2, 3], 'PerClassSmoothing',
          classes=4, labelSmoothing=four, reduction='none')
    r.add('the same, others', [2, 1, 0, -1] * 4, [0, 1, 2, 3], 'PerClassSmoothing', classes=4,
          labelSmoothing=four, smoothingMode='others', reduction='none')
    sweep(r, lambda dtype: r.normal(20, dtype), 'PerClassSmoothing', dense=False,
          labelSmoothing=[0.0, 0.0625, 0.1, 0.3, 1.0])
    for dtype in BOTH:
        for mode in ('uniform', 'others', 'prior'):
            prior = r.distribution(4) if mode == 'prior' else None
            r.add(f'{mode}, mean', r.normal(16, dtype), r.labels(4, 4), 'PerClassSmoothing',
                  dtype=dtype, classes=4, labelSmoothing=four, smoothingMode=mode, prior=prior)
            r.add(f'{mode}, expected weights and denominator', r.normal(16, dtype),
                  r.labels(4, 4), 'PerClassSmoothing', 'WeightMode', dtype=dtype, classes=4,
                  labelSmoothing=[0.3, 0.1, 0.0, 0.6], smoothingMode=mode, prior=prior,
                  weight=[1.0, 2.0, 0.5, 4.0], weightMode='expected', denominator='expected')
        r.add('an ignored label has no ε', r.normal(12, dtype), [3, -100, 1],
              'PerClassSmoothing', 'IgnoredRead', dtype=dtype, classes=4, labelSmoothing=four)
        r.add('under −inf scores', [2, -inf, 0, 1, -inf, 1, 0, -inf], [0, 1],
              'PerClassSmoothing', 'MaskedSmoothing', dtype=dtype, classes=4,
              labelSmoothing=[0.1, 0.4, 0.0, 1.0])
        r.add('entropy per class', r.normal(16, dtype), [0, 1, 2, 3], 'PerClassSmoothing',
              'Entropy', dtype=dtype, classes=4, labelSmoothing=four, subtractEntropy=True,
              reduction='none')
    return r


def priors():
    r = Regime('priors')
    r.add('prior 1/2, 1/4, 1/4', [2, 1, 0], [2], 'PriorShape', classes=3, labelSmoothing=0.5,
          smoothingMode='prior', prior=[0.5, 0.25, 0.25])
    square = [0.5, 0.5, 0.0, 0.0, 0.25, 0.75, 1.0, 0.0, 0.0]
    r.add('a prior per class, not symmetric', [2, 1, 0] * 3, [0, 1, 2], 'PriorRow', classes=3,
          labelSmoothing=0.5, smoothingMode='prior', prior=square, reduction='none')
    sweep(r, lambda dtype: r.normal(20, dtype), 'PriorShape', dense=False,
          smoothingMode='prior', prior=[0.125, 0.0, 0.5, 0.25, 0.125])
    for dtype in BOTH:
        masked_priors(r, dtype, square)
        for eps in (0.0, 0.1, 1.0):
            r.add(f'ε = {eps}', r.normal(12, dtype), r.labels(3, 4), 'PriorShape', dtype=dtype,
                  classes=4, labelSmoothing=eps, smoothingMode='prior', prior=r.distribution(4))
            r.add(f'a prior per class, ε = {eps}', r.normal(9, dtype), [2, 0, 1], 'PriorRow',
                  dtype=dtype, classes=3, labelSmoothing=eps, smoothingMode='prior',
                  prior=square)
        for mode in ('perClass', 'target', 'expected'):
            r.add(f'a prior per class, {mode} weights', r.normal(9, dtype), [2, 0, 1],
                  'PriorRow', 'WeightMode', dtype=dtype, classes=3, labelSmoothing=0.25,
                  smoothingMode='prior', prior=square, weight=[1.0, 2.0, 0.5], weightMode=mode)
        r.add('all of the prior on one class', r.normal(8, dtype), [0, 3], 'PriorShape',
              dtype=dtype, classes=4, labelSmoothing=0.1, smoothingMode='prior',
              prior=[0.0, 0.0, 1.0, 0.0])
        r.add('dense targets', r.normal(8, dtype), r.targets(2, 4), 'PriorShape', dtype=dtype,
              classes=4, labelSmoothing=0.1, smoothingMode='prior', prior=r.distribution(4))
        r.add('entropy of a prior with zeros', r.normal(8, dtype), [0, 3], 'EntropyOfZero',
              dtype=dtype, classes=4, labelSmoothing=0.25, smoothingMode='prior',
              prior=[0.5, 0.0, 0.5, 0.0], subtractEntropy=True)
    return r


def masked_priors(r, dtype, square):
    """Priors over classes of which some are absent."""
    half = {'dtype': dtype, 'smoothingMode': 'prior', 'labelSmoothing': 0.25}
    r.add('renormalised over the classes that exist', r.normal(8, dtype), [0, 2],
          'PriorUnderMask', classes=4, prior=[0.125, 0.5, 0.25, 0.125],
          classMask=[True, False, True, True], **half)
    r.add('renormalised over the finite scores', [2, -inf, 0, 1, -inf, 1, -inf, 0], [0, 1],
          'PriorUnderMask', classes=4, prior=[0.125, 0.5, 0.25, 0.125], **half)
    r.add('nothing left of the prior: uniform', [2, -inf, 0, 1], [0], 'PriorFallback', classes=4,
          prior=[0.0, 1.0, 0.0, 0.0], **half)
    r.add('nothing left under classMask: uniform', r.normal(8, dtype), [0, 2], 'PriorFallback',
          classes=4, prior=[0.0, 0.5, 0.0, 0.5], classMask=[True, False, True, False], **half)
    r.add('a prior per class, renormalised', [2, -inf, 0, -inf, 1, 0, 1, 0, -inf], [0, 1, 1],
          'PriorUnderMask', 'PriorRow', classes=3, prior=square, reduction='none', **half)
    r.add('a prior per class, nothing left in one row', [-inf, 1, 2, 0, 1, 2], [2, 0],
          'PriorFallback', 'PriorRow', classes=3, prior=square, **half)
    r.add('propagate keeps the prior', [2, -inf, 0, 1], [0], 'Propagate', classes=4,
          prior=[0.5, 0.0, 0.25, 0.25], maskedLogits='propagate', **half)
