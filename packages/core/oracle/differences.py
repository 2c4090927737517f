"""A check of the analytic gradient: central differences of the definition's loss."""

from mpmath import mp

from definition import finite_loss, number, row_gradient
from scale import row_gradient_scale

STEP = mp.mpf(10) ** -20
TOLERANCE = mp.mpf(10) ** -25   # of the largest scale in the row; step² and 60 digits allow 1e-34


def check_gradient(call, wanted):
    """Raises where the two derivatives of a row's loss disagree."""
    for r, (row, term, classes) in enumerate(zip(call.rows, call.terms, wanted)):
        odd = call.odds(r)
        chosen = [k for k in spread_out(classes, len(odd)) if odd[k] > 0] if odd else []
        if not chosen:
            continue
        scale = max(row_gradient_scale(row, term, odd, call.o, range(len(odd))))
        analytic = row_gradient(row, term, odd, call.o, chosen)
        for k, slope in zip(chosen, analytic):
            measured = number(row.sample_weight) * central_difference(odd, term, call.o, k)
            if mp.isfinite(measured):
                assert abs(measured - slope) <= TOLERANCE * scale, (k, measured, slope)


def spread_out(classes, length):
    """All classes of a short row, two of a long one, none where each would take seconds."""
    count = 12 if length <= 100 else 2 if length <= 1000 else 0
    return classes[::-(-len(classes) // count) or 1] if count else []


def central_difference(odd, term, o, k):
    """Moves the score, or the probability by a share of itself, both ways."""
    logits = o.input == 'logits'
    up, down = list(odd), list(odd)
    up[k] *= mp.exp(STEP) if logits else 1 + STEP
    down[k] *= mp.exp(-STEP) if logits else 1 - STEP
    rise = finite_loss(up, term, o) - finite_loss(down, term, o)
    return rise / (2 * STEP * (1 if logits else odd[k]))
