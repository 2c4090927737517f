"""Binary cross-entropy from its definition.

t' = t(1 − ε) + ε/2; loss = s·(posWeight·t'·softplus(−x) + (1 − t')·softplus(x)), an element at a
time, with softplus(x) = −log of the other class's probability.
"""

from fractions import Fraction
from math import inf, isfinite, isnan

from mpmath import mp

from definition import EXACT_ZERO, exact, number
from evaluate import all_exact, near, stored
from precision import settled

DEFAULTS = {'labelSmoothing': 0.0, 'posWeight': 1.0, 'sampleWeight': None, 'reduction': 'mean',
            'denominator': 'rows'}


def elements(case, options):
    """(x, what softplus(−x) is multiplied with, what softplus(x) is, s) for every element."""
    eps = exact(options['labelSmoothing'])
    for i, (x, t) in enumerate(zip(case.logits, case.target, strict=True)):
        weight = options['posWeight']
        hit = exact(weight[i % case.classes] if isinstance(weight, list) else weight)
        smoothed = Fraction(t) * (1 - eps) + eps / 2
        s = options['sampleWeight']
        yield x, hit * smoothed, 1 - smoothed, Fraction(1) if s is None else Fraction(s[i])


def softplus(x):
    """−log(1 − sigmoid(x)) = log(1 + e^x)."""
    return mp.log(1 + mp.exp(x))


def element_loss(x, up, down, s):
    if s == 0:
        return EXACT_ZERO
    if isnan(x):
        return mp.nan
    if x in (inf, -inf):
        return mp.inf if (down if x > 0 else up) else EXACT_ZERO
    return number(s) * (number(up) * softplus(-x) + number(down) * softplus(x))


def element_gradient(x, up, down, s):
    """(1 − t')·sigmoid(x) − posWeight·t'·sigmoid(−x), at an infinity its limit."""
    if s == 0:
        return EXACT_ZERO
    if isnan(x):
        return mp.nan
    if x in (inf, -inf):
        return s * down if x > 0 else -s * up
    return number(s) * (number(down) / (1 + mp.exp(-x)) - number(up) / (1 + mp.exp(x)))


def operand(up, down):
    """The weight of the two terms together, or the 1 that t' was subtracted from."""
    return number(max(up + down, Fraction(1)))


def loss_scale(x, up, down, s):
    """Programs write max(x, 0) − x·t + log1p(e^−|x|): |x| may cancel whichever side is right."""
    if s == 0 or not isfinite(x):
        return mp.zero
    return number(s) * operand(up, down) * softplus(abs(x))


def gradient_scale(x, up, down, s):
    """As for a row of two classes with scores 0 and x."""
    if s == 0 or isnan(x):
        return mp.zero
    p = mp.one / (1 + mp.exp(-x))
    reach = 1 + abs(min(x, 0)) if x != -inf else 1
    return number(s) * max(p * operand(up, down), number(up)) * reach


def expected_binary(case):
    """The stored answers of a case, and the digits that it took to be sure of them."""
    options = {**DEFAULTS, **case.options}
    parts = list(elements(case, options))
    counted = [s != 0 for *_, s in parts] if options['denominator'] == 'nonzeroWeights' else parts
    denominator = Fraction(sum(map(bool, counted)))
    mean, undefined = options['reduction'] == 'mean', options['reduction'] == 'mean' and not denominator

    def shared(value):
        exactly = isinstance(value, Fraction)
        return value / (denominator if exactly else number(denominator)) if mean else value

    def each(compute):
        return [compute(*part) for part in parts]

    def reduced(values):
        if options['reduction'] == 'none':
            return values
        if undefined:
            return [mp.nan]
        return [shared(sum(values, EXACT_ZERO) if all_exact(values) else mp.fsum(
            number(v) if isinstance(v, Fraction) else v for v in values))]

    def slopes(compute):
        return [EXACT_ZERO] * len(parts) if undefined else [shared(v) for v in each(compute)]

    values, digits = settled(lambda: reduced(each(element_loss)) + slopes(element_gradient))
    loss, gradient = values[:len(values) - len(parts)], values[len(values) - len(parts):]
    with mp.workdps(60):
        scales = [mp.zero] if undefined else reduced(each(loss_scale))
        steep = [mp.zero] * len(parts) if undefined else slopes(gradient_scale)
        return {'loss': {**stored(loss, scales), 'near': near(loss)},
                'denominator': stored([denominator], [number(denominator)]),
                'gradient': stored(gradient, steep)}, digits
