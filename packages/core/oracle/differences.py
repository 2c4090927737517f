"""A check of the analytic gradient: central differences of the definition's loss."""

from mpmath import mp

from definition import finite_loss, row_gradient, special
from scale import row_gradient_scale

STEP = mp.mpf(10) ** -20
TOLERANCE = mp.mpf(10) ** -25   # of the largest scale in the row; step² and 60 digits allow 1e-34
CHECKED_CLASSES = 12            # per row; of longer rows the first, the last and a few between


def check_gradient(call, wanted):
    """Raises where the two derivatives of a row's loss disagree."""
    for row, term, classes in zip(call.rows, call.terms, wanted):
        if not row.read or special(row, term, call.o):
            continue
        odd = call.odds(row, term)
        scale = max(row_gradient_scale(row, term, odd, call.o, range(len(odd))), default=0)
        every = -(-len(classes) // CHECKED_CLASSES) if len(odd) <= 1000 else len(classes)
        chosen = [k for k in classes[::every or 1] if odd[k] > 0]
        analytic = row_gradient(row, term, odd, call.o, chosen)
        for k, slope in zip(chosen, analytic):
            measured = row.sample_weight.numerator * central_difference(
                odd, term, call.o, k) / row.sample_weight.denominator
            if mp.isfinite(measured):
                assert abs(measured - slope) <= TOLERANCE * scale, (k, measured, slope)


def central_difference(odd, term, o, k):
    """Moves the score, or the probability by a share of itself, both ways."""
    logits = o.input == 'logits'
    up, down = list(odd), list(odd)
    up[k] *= mp.exp(STEP) if logits else 1 + STEP
    down[k] *= mp.exp(-STEP) if logits else 1 - STEP
    rise = finite_loss(up, term, o) - finite_loss(down, term, o)
    return rise / (2 * STEP * (1 if logits else odd[k]))
