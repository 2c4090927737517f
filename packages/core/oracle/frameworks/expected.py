"""What the definition gives under a dialect's defaults, and how far an answer is from it."""

import math
import struct

import builder
import evaluate
from frameworks.dialects import DIALECTS

# dtype: bits of the significand, exponent of the smallest subnormal
LIMITS = {'float16': (11, -24), 'float32': (24, -149), 'float64': (53, -1074)}


def oracle_case(dialect, case):
    """The oracle's own form of a case, the dialect written out."""
    batch, options = case.batch, {**DIALECTS[dialect], **case.options}
    if 'normalizer' in options:
        options['reduction'] = 'mean'
    flat = lambda array: [value for row in batch.row_order(array) for value in row]
    return builder.Case(
        case.comment, batch.dtype, batch.rows, batch.classes, flat(batch.logits),
        flat(batch.target) if batch.dense else batch.target, options, [], batch.shape,
        None if batch.shape is None else batch.class_axis)


def definition(dialect, case):
    """'loss' and 'gradient', each with 'f64' and 'scale' as the vectors have them."""
    return evaluate.expected(oracle_case(dialect, case))[0]


def doubles(words):
    return [struct.unpack('>d', bytes.fromhex(word))[0] for word in words]


def ulp_error(actual, expected, scale, precision):
    """The distance in units of the last place of the larger of expected and scale."""
    if not math.isfinite(expected) or not math.isfinite(actual):
        same = actual == expected or (math.isnan(actual) and math.isnan(expected))
        return 0.0 if same else math.inf
    bits, smallest = LIMITS[precision]
    magnitude = max(abs(expected), scale)
    exponent = math.frexp(magnitude)[1] - bits if magnitude else smallest
    return abs(actual - expected) / 2.0 ** max(exponent, smallest)


def worst(values, stored, precision):
    """The largest difference of one output."""
    entries = zip(values, doubles(stored['f64']), doubles(stored['scale']), strict=True)
    return max((ulp_error(*entry, precision) for entry in entries), default=0.0)
