"""From a case to the numbers that a vector stores."""

from dataclasses import replace
from fractions import Fraction
from math import isfinite

from mpmath import mp

from definition import (EXACT_ZERO, UNSMOOTHED, Row, number, odds, resolve, row_gradient,
                        row_loss, special, terms)
from differences import check_gradient
from encode import bits, laid_out
from precision import nearest_double, settled
from scale import binade, row_gradient_scale, row_loss_scale


class Call:
    """One evaluation of the definition over all rows of a case, with all its exact parts."""

    def __init__(self, case, override, known):
        self.known = known    # odds by precision and row: the same with and without smoothing
        self.o = resolve({**case.options, **override}, case.dense)
        self.rows = [read_row(case, r, self.o) for r in range(case.rows)]
        self.terms = [terms(row, self.o) for row in self.rows]
        self.denominator = (self.o.normalizer if self.o.normalizer is not None else
                            sum((t.denominator for t in self.terms), EXACT_ZERO))
        self.mean = self.o.reduction == 'mean'
        self.undefined = self.mean and self.denominator == 0

    def each(self, compute, *more):
        """compute(row, its terms, its odds, options, …) for every row at the present precision."""
        return [compute(row, term, self.odds(r), self.o, *(m[r] for m in more))
                for r, (row, term) in enumerate(zip(self.rows, self.terms))]

    def odds(self, r):
        row, term, key = self.rows[r], self.terms[r], (mp.prec, r)
        if key not in self.known:
            finite = row.read and special(row, term, self.o) is None
            self.known[key] = odds(row, term.present, self.o) if finite else None
        return self.known[key]

    def reduced(self, values):
        if self.o.reduction == 'none':
            return values
        if self.undefined:
            assert self.o.onEmpty != 'throw'
            return [mp.nan if self.o.onEmpty == 'nan' else EXACT_ZERO]
        return [self.shared(sum(values, EXACT_ZERO) if all_exact(values) else mp.fsum(
            number(v) if isinstance(v, Fraction) else v for v in values))]

    def shared(self, value):
        """Divided by the denominator of a mean."""
        if not self.mean:
            return value
        exactly = isinstance(value, Fraction)
        return value / (self.denominator if exactly else number(self.denominator))

    def losses(self):
        return self.reduced(self.each(row_loss))

    def loss_scales(self):
        scales = self.each(row_loss_scale)
        return [mp.zero] if self.undefined else self.reduced(scales)

    def gradient(self, wanted):
        if self.undefined:
            return [EXACT_ZERO] * sum(map(len, wanted))
        return [self.shared(g) for row in self.each(row_gradient, wanted) for g in row]

    def gradient_scales(self, wanted):
        if self.undefined:
            return [mp.zero] * sum(map(len, wanted))
        return [self.shared(g) for row in self.each(row_gradient_scale, wanted) for g in row]


def outline(case, options):
    """The answers under other options, as hex: good for a comparison of two, not to be stored."""
    call = Call(replace(case, options=options), {}, {})
    with mp.workdps(40):
        values = call.losses() + call.gradient(wanted_classes(case))
        return [bits(nearest_double(v)) for v in values]


def all_exact(values):
    return all(isinstance(v, Fraction) for v in values)


def read_row(case, r, o):
    columns = slice(r * case.classes, (r + 1) * case.classes)
    s = Fraction(o.sampleWeight[r]) if o.sampleWeight is not None else Fraction(1)
    values = case.logits[columns]
    if case.dense:
        return Row(values, [Fraction(t) for t in case.target[columns]], None, s, False)
    label = case.target[r]
    ignored = label in o.ignored
    assert ignored or 0 <= label < case.classes, f'label {label}'
    target = [Fraction(int(k == label and not ignored)) for k in range(case.classes)]
    return Row(values, target, None if ignored else label, s, ignored)


def wanted_classes(case):
    """Per row, the classes whose gradient is stored: all, or those at the sampled indices."""
    if case.sampled is None:
        return [range(case.classes)] * case.rows
    return [[i % case.classes for i in case.sampled if i // case.classes == r]
            for r in range(case.rows)]


def stored(values, scales):
    """Doubles and the binades of their scales, as hex; a value that is not finite has no scale."""
    doubles = [nearest_double(v) for v in values]
    binades = [binade(s) if isfinite(d) else 0.0 for d, s in zip(doubles, scales, strict=True)]
    return {'f64': [bits(d) for d in doubles], 'scale': [bits(b) for b in binades]}


def near(values):
    return [f'{nearest_double(v):.6g}' for v in values]


def expected(case):
    """The stored answers of a case, and the digits that it took to be sure of them."""
    known = {}
    smoothed, plain = Call(case, {}, known), Call(case, UNSMOOTHED, known)
    wanted = wanted_classes(case)

    def run():
        return smoothed.losses() + plain.losses() + smoothed.gradient(wanted)

    values, digits = settled(run)
    entries = case.rows if smoothed.o.reduction == 'none' else 1
    loss, nll, gradient = (values[:entries], values[entries:2 * entries], values[2 * entries:])
    with mp.workdps(60):
        check_gradient(smoothed, wanted)
        slopes = stored(gradient, smoothed.gradient_scales(wanted))
        if case.sampled is None:
            slopes = {k: laid_out(case, v) for k, v in slopes.items()}
        else:
            slopes = {'at': case.sampled, **slopes}
        return {
            'loss': {**stored(loss, smoothed.loss_scales()), 'near': near(loss)},
            'nll': stored(nll, plain.loss_scales()),
            'denominator': stored([smoothed.denominator], [number(smoothed.denominator)]),
            'gradient': slopes,
        }, digits
