"""The magnitude that rounding errors are measured against, per output element.

A loss is the difference of terms that can be far larger than itself, and a program that rounds
each of them correctly may still be wrong by an ULP of the largest. `scale` is that largest term.
"""

from fractions import Fraction

from mpmath import mp

from definition import entropy, number, special

LEAST = Fraction(1, 2 ** 1022)  # whatever is multiplied by a weight below it loses digits
NUDGE = Fraction(1, 2 ** 60)    # so that an exact power of two does not fall into the binade below


def row_loss_scale(row, term, odd, o):
    """The largest operand of mass·lse − Σ c·x + zLoss·lse² − H(q), times the sample weight."""
    if not row.read or special(row, term, o):
        return mp.zero
    lse = mp.log(mp.fsum(odd))
    operands = [number(term.mass) * abs(lse), weighted_scores(odd, term, o, row)]
    if o.zLoss:
        operands.append(number(o.zLoss) * lse ** 2)
    if o.subtractEntropy:
        operands.append(abs(entropy(term.q)))
    return number(row.sample_weight) * max(operands)


def weighted_scores(odd, term, o, row):
    """|Σ c·x|, and what its parts are larger than that."""
    score = mp.log if o.input == 'probabilities' else mp.mpf
    given = odd if o.input == 'probabilities' else row.values
    scores = [score(v) if e else mp.zero for v, e in zip(given, odd)]
    excess = [p - c for p, c in zip(term.parts, term.c)]
    return (abs(mp.fsum(number(c) * x for c, x in zip(term.c, scores) if c))
            + mp.fsum(number(x) * abs(y) for x, y in zip(excess, scores) if x))


def row_gradient_scale(row, term, odd, o, wanted):
    """max(p·mass, parts of c, 2·zLoss·|lse|·p)·(1 + |d|): d, the distance to the row's maximum, is what
    the exponential amplifies. For probabilities the same divided by p."""
    if not row.read or special(row, term, o):
        return [mp.zero] * len(wanted)
    total, top = mp.fsum(odd), mp.log(max(odd))
    pull = max(number(term.mass), 2 * number(o.zLoss) * abs(mp.log(total)))
    s, result = number(row.sample_weight), []
    for k in wanted:
        c, e = number(term.parts[k]), odd[k]
        if not term.present[k]:
            result.append(mp.zero)
            continue
        reach = 1 + abs(mp.log(e) - top) if e else mp.one
        if o.input == 'logits':
            result.append(s * max(pull * e / total, c) * reach)
        else:
            result.append(s * max(pull / total, c / e if e else 0) * reach)
    return [max(v, number(LEAST)) for v in result] if row.sample_weight < LEAST else result


def binade(value):
    """2^floor(log2 value) as a double; 0 where it underflows."""
    sign, mantissa, exponent, length = (value * (1 + number(NUDGE)))._mpf_
    power = exponent + length - 1
    return 0.0 if mantissa == 0 or power < -1074 else 2.0 ** power
