"""Precision doubled until two runs agree."""

from fractions import Fraction

from mpmath import mp

FIRST_DIGITS = 60
LAST_DIGITS = 8000
AGREEMENT = 10 ** 30
ROUNDS_TO_ZERO = mp.ldexp(1, -1080)
# From here on rounding noise on numbers below 1e100 is under ROUNDS_TO_ZERO, so that a result
# under it is either zero or rounds to it. With fewer digits log(1 + 2e^-700) would pass for 0.
DIGITS_THAT_SHOW_ZERO = 460


def same(a, b, digits):
    """Whether two runs, the coarser with so many digits, gave the same 30 significant digits."""
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return a == b
    if isinstance(a, Fraction) or isinstance(b, Fraction):
        return False
    if mp.isnan(a) or mp.isnan(b):
        return bool(mp.isnan(a) and mp.isnan(b))
    if mp.isinf(a) or mp.isinf(b):
        return a == b
    if abs(a) < ROUNDS_TO_ZERO and abs(b) < ROUNDS_TO_ZERO:
        return digits >= DIGITS_THAT_SHOW_ZERO
    return abs(a - b) * AGREEMENT < abs(b)


def settled(run):
    """`run()` returns a list of numbers; the list on which two precisions agree, and the digits."""
    digits = FIRST_DIGITS
    with mp.workdps(digits):
        coarse = run()
    while digits < LAST_DIGITS:
        with mp.workdps(2 * digits):
            fine = run()
            if all(same(a, b, digits) for a, b in zip(coarse, fine, strict=True)):
                return fine, 2 * digits
        coarse, digits = fine, 2 * digits
    raise ArithmeticError(f'no agreement at {digits} digits')


def nearest_double(value):
    """The float64 nearest to a fraction or an mpf, ties to even, subnormals included."""
    if isinstance(value, Fraction):
        return float(value)
    if not mp.isfinite(value):
        return float(value)
    sign, mantissa, exponent, bits = value._mpf_
    if mantissa == 0 or exponent + bits < -1100:
        return 0.0
    magnitude = float(Fraction(mantissa) * Fraction(2) ** exponent)
    return -magnitude if sign else magnitude
