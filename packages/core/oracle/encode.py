"""Floats as the hex digits of their big-endian bits, and cases as JSON."""

import json
import struct
from math import isnan

FORMAT = {'float16': '>e', 'float32': '>f', 'float64': '>d'}
LARGEST_LITERAL = 4096


def bits(value, dtype='float64'):
    packed = struct.pack(FORMAT[dtype], value)
    assert isnan(value) or struct.unpack(FORMAT[dtype], packed)[0] == value, (value, dtype)
    return packed.hex()


def unpacked(digits, dtype='float64'):
    return struct.unpack(FORMAT[dtype], bytes.fromhex(digits))[0]


def rounded(value, dtype):
    """The number of `dtype` nearest to it."""
    return struct.unpack(FORMAT[dtype], struct.pack(FORMAT[dtype], value))[0]


def packed(values, dtype='float64'):
    return ''.join(bits(v, dtype) for v in values)


def option(value):
    """A float is a hex string, a list of floats one long hex string under "f64"."""
    if isinstance(value, float):
        return bits(value)
    if isinstance(value, list) and all(isinstance(v, float) for v in value):
        return {'f64': packed(value)}
    return value


def seeded_values(seed, length, step, dtype):
    """The generator that stands for long arrays: xorshift32, top bits, times a power of two."""
    state, values = seed, []
    shift, centre = (21, 1024) if dtype == 'float16' else (16, 32768)
    for _ in range(length):
        state ^= state << 13 & 0xFFFFFFFF
        state ^= state >> 17
        state ^= state << 5 & 0xFFFFFFFF
        values.append(((state >> shift) - centre) * step)
    return values


def positions(case):
    """Where element (row, class), counted row by row, lies in the flat array."""
    if case.shape is None:
        return list(range(case.rows * case.classes))
    axis = case.axis if case.axis is not None else len(case.shape) - 1
    axis %= len(case.shape)
    inner = 1
    for length in case.shape[axis + 1:]:
        inner *= length
    return [(r // inner * case.classes + k) * inner + r % inner
            for r in range(case.rows) for k in range(case.classes)]


def laid_out(case, values):
    """Row-by-row values in the layout of the case's shape."""
    flat = [None] * len(values)
    for value, place in zip(values, positions(case), strict=True):
        flat[place] = value
    return flat


def lines(header, cases):
    """Canonical text: a key a line, then a case a line, so that a diff shows whole cases."""
    head = ''.join(f'"{k}": {json.dumps(v, ensure_ascii=False)},\n' for k, v in header.items())
    body = ',\n'.join(json.dumps(case, ensure_ascii=False, allow_nan=False) for case in cases)
    return '{\n' + head + '"cases": [\n' + body + '\n]\n}\n'
