"""The definition of label-smoothed cross-entropy, evaluated as it is written.

Targets, weights and denominators are rational functions of the inputs, so they are exact
fractions. Only exp and log are computed, by mpmath, at whatever precision is set by the caller.
No row maximum, no log1p: the rewrites that programs need are what the vectors judge.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import inf, isnan
from types import SimpleNamespace

from mpmath import mp

DEFAULTS = {
    'input': 'logits', 'labelSmoothing': 0.0, 'smoothingMode': 'uniform', 'prior': None,
    'weight': None, 'weightMode': 'perClass', 'sampleWeight': None, 'ignoreIndex': -100,
    'classMask': None, 'maskedLogits': 'exclude', 'reduction': 'mean', 'denominator': None,
    'normalizer': None, 'onEmpty': 'nan', 'zLoss': 0.0, 'subtractEntropy': False,
}
UNSMOOTHED = {'labelSmoothing': 0.0, 'zLoss': 0.0, 'subtractEntropy': False}
EXACT_ZERO = Fraction(0)


def exact(value):
    """Floats, and lists of floats, as the fractions they stand for."""
    return [Fraction(v) for v in value] if isinstance(value, list) else Fraction(value)


def resolve(options, dense):
    """Every option present; floats as fractions."""
    unknown = set(options) - set(DEFAULTS)
    assert not unknown, f'unknown options {unknown}'
    o = SimpleNamespace(**{**DEFAULTS, **options})
    o.denominator = o.denominator or ('rows' if dense else 'weights')
    o.labelSmoothing, o.zLoss = exact(o.labelSmoothing), exact(o.zLoss)
    for name in ('prior', 'weight', 'sampleWeight', 'normalizer'):
        if getattr(o, name) is not None:
            setattr(o, name, exact(getattr(o, name)))
    listed = o.ignoreIndex if isinstance(o.ignoreIndex, list) else [o.ignoreIndex]
    o.ignored = set() if dense else {i for i in listed if i is not None}
    return o


@dataclass(frozen=True)
class Row:
    """One row of input: its scores, its raw target and its sample weight."""

    values: list          # logits or probabilities, Python floats
    target: list          # t, fractions; one-hot for a label, all zero for an ignored one
    label: int | None     # None for a dense target
    sample_weight: Fraction
    ignored: bool

    @property
    def read(self):
        return not self.ignored and self.sample_weight != 0


@dataclass(frozen=True)
class Terms:
    """What the options make of a row before any exp is taken: all of it exact."""

    present: list
    q: list               # smoothed target
    c: list               # its coefficients, class weights included
    parts: list           # c from keep·t and base·u with their signs dropped: what rounding acts on
    mass: Fraction        # Σ c
    denominator: Fraction  # what the row adds to the mean's denominator


def absent_score(o):
    """The score of a class that softmax gives no probability."""
    return 0.0 if o.input == 'probabilities' else -inf


def terms(row, o):
    exists = o.classMask or [True] * len(row.values)
    present = [e and (o.maskedLogits == 'propagate' or v != absent_score(o) or t > 0)
               for e, v, t in zip(exists, row.values, row.target)]
    q = smoothed_target(row, present, o)
    factors = weight_factors(row.target, q, o)
    c = [f * v for f, v in zip(factors, q)]
    # keep = 1 − ε − base, which the label and its own share add up from, is negative for a large ε.
    lost = max(EXACT_ZERO, -kept(row, present, o))
    parts = [v + 2 * lost * t * f for v, t, f in zip(c, row.target, factors)]
    return Terms(present, q, c, parts, sum(c, EXACT_ZERO), row_denominator(row, q, o))


def smoothed_target(row, present, o):
    """q: one sentence per mode.

    uniform: a share ε of the target is spread evenly over the present classes.
    others: every class passes a share ε of its mass to the classes other than itself, evenly.
    prior: a share ε is spread as the prior says, renormalised over the present classes.
    """
    count = sum(present)
    if count == 0 or row.ignored:
        return [EXACT_ZERO] * len(present)
    eps = smoothing(row, o)
    if o.smoothingMode == 'others':
        received = [(1 - t) * share_of_others(eps, count) for t in row.target]
    elif o.smoothingMode == 'prior':
        received = [eps * u for u in renormalised_prior(row, present, o)]
    else:
        received = [eps / count] * len(present)
    return [(1 - eps) * t + r if here else EXACT_ZERO
            for t, r, here in zip(row.target, received, present)]


def smoothing(row, o):
    return o.labelSmoothing[row.label] if isinstance(o.labelSmoothing, list) else o.labelSmoothing


def share_of_others(eps, count):
    return eps / (count - 1) if count > 1 else EXACT_ZERO


def kept(row, present, o):
    """keep: what t is multiplied by where every class, the label too, gets base·u."""
    if row.ignored:
        return EXACT_ZERO
    eps = smoothing(row, o)
    return 1 - eps - (share_of_others(eps, sum(present)) if o.smoothingMode == 'others' else 0)


def renormalised_prior(row, present, o):
    classes = len(present)
    per_class = len(o.prior) == classes * classes and classes > 1
    prior = o.prior[row.label * classes:][:classes] if per_class else o.prior
    prior = [u if here else EXACT_ZERO for u, here in zip(prior, present)]
    if sum(prior) == 0:
        prior = [Fraction(here) for here in present]
    total = sum(prior)
    return [u / total for u in prior]


def weight_factors(target, q, o):
    """What q is multiplied by, class by class."""
    if o.weight is None:
        return [Fraction(1)] * len(q)
    if o.weightMode == 'perClass':
        return o.weight
    chosen = target if o.weightMode == 'target' else q
    return [dot(chosen, o.weight)] * len(q)


def row_denominator(row, q, o):
    s = row.sample_weight
    if o.denominator == 'rows':
        return Fraction(1)
    if row.ignored:
        return EXACT_ZERO
    if o.denominator == 'valid':
        return Fraction(1)
    if o.denominator == 'nonzeroWeights':
        return Fraction(s != 0)
    if o.weight is None:
        return s
    return s * dot(row.target if o.denominator == 'weights' else q, o.weight)


def dot(a, b):
    return sum((x * y for x, y in zip(a, b)), EXACT_ZERO)


def special(row, term, o):
    """Rows that IEEE special values decide: 'nan', 'empty', 'unbounded', or None for the rest."""
    exists = o.classMask or [True] * len(row.values)
    if any(e and (isnan(v) or v == inf) for e, v in zip(exists, row.values)):
        return 'nan'
    if not any(term.present):
        return 'empty'
    if all(v == absent_score(o) for v, here in zip(row.values, term.present) if here):
        return 'nan' if o.maskedLogits == 'propagate' else 'unbounded'
    return None


def number(fraction):
    return mp.mpf(fraction.numerator) / fraction.denominator


def odds(row, present, o):
    """Unnormalised probabilities of the present classes: e^x, or the given probabilities."""
    of = mp.mpf if o.input == 'probabilities' else mp.exp
    return [of(v) if here else mp.zero for v, here in zip(row.values, present)]


def entropy(q):
    return -mp.fsum(number(v) * mp.log(number(v)) for v in q if v)


def finite_loss(odd, term, o):
    """Σ −c·log softmax + zLoss·lse² − H(q). A coefficient of zero skips its class."""
    total = mp.fsum(odd)
    loss = mp.zero
    for c, e in zip(term.c, odd):
        if c:
            if e == 0:
                return mp.inf
            loss -= number(c) * mp.log(e / total)
    if o.zLoss:
        loss += number(o.zLoss) * mp.log(total) ** 2
    return loss - entropy(term.q) if o.subtractEntropy else loss


def finite_gradient(odd, term, o, wanted):
    """∂loss/∂input on the wanted classes of a row with some finite score."""
    total = mp.fsum(odd)
    pull = number(term.mass)
    if o.zLoss:
        pull += 2 * number(o.zLoss) * mp.log(total)
    result = []
    for k in wanted:
        c = number(term.c[k])
        if not term.present[k]:
            result.append(EXACT_ZERO)
        elif o.input == 'logits':
            result.append(pull * odd[k] / total - c)
        elif odd[k] == 0:
            result.append(-mp.inf if c else pull / total)
        else:
            result.append(pull / total - c / odd[k])
    return result


def row_loss(row, term, odd, o):
    """The row's part of the sum, sample weight included."""
    if not row.read:
        return EXACT_ZERO
    kind = special(row, term, o)
    if kind is not None:
        return {'nan': mp.nan, 'empty': EXACT_ZERO, 'unbounded': mp.inf}[kind]
    return number(row.sample_weight) * finite_loss(odd, term, o)


def row_gradient(row, term, odd, o, wanted):
    """The same, differentiated; a class that the row does not have, or a row not read, has 0."""
    if not row.read:
        return [EXACT_ZERO] * len(wanted)
    kind = special(row, term, o)
    if kind == 'nan':
        return [mp.nan if term.present[k] else EXACT_ZERO for k in wanted]
    if kind == 'empty':
        return [EXACT_ZERO] * len(wanted)
    if kind == 'unbounded':
        slope = mp.inf if o.input == 'probabilities' else number(row.sample_weight)
        return [-slope * number(term.c[k]) if term.c[k] else EXACT_ZERO for k in wanted]
    return [number(row.sample_weight) * g if g else g
            for g in finite_gradient(odd, term, o, wanted)]
