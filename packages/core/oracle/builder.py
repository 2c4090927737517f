"""What the files under cases/ are written with: a regime, its generator, and its cases."""

import random
from dataclasses import dataclass, field
from math import isfinite

from definition import DEFAULTS
from encode import LARGEST_LITERAL, option, packed, laid_out, rounded, seeded_values, bits
from flags import FLAGS

SEED = 20


@dataclass
class Case:
    """Inputs of one case, row by row whatever the layout."""

    comment: str
    dtype: str
    rows: int
    classes: int
    logits: list
    target: list
    options: dict
    flags: list
    shape: list | None = None
    axis: int | None = None
    seeded: dict | None = None
    sampled: list | None = None
    relative_tolerance: float | None = None
    elementwise: bool = False    # binary: a target per element, also where there are none

    @property
    def dense(self):
        return self.elementwise or (len(self.target) > 0 and isinstance(self.target[0], float))

    def inputs(self):
        """The JSON of everything that a backend is given."""
        entry = {'comment': self.comment, 'flags': self.flags, 'dtype': self.dtype,
                 'rows': self.rows, 'classes': self.classes}
        if self.shape is not None:
            entry['shape'] = self.shape
            if self.axis is not None:
                entry['axis'] = self.axis
        entry['logits'] = self.seeded or packed(laid_out(self, self.logits), self.dtype)
        entry['target'] = (packed(laid_out(self, self.target), self.dtype)
                           if self.dense else self.target)
        entry['options'] = {k: option(v) for k, v in self.options.items()}
        return entry


@dataclass
class Regime:
    """The cases of one file, in the order of their ids. New cases go at the end."""

    name: str
    family: str = 'loss'
    cases: list = field(default_factory=list)

    def __post_init__(self):
        self.random = random.Random(f'{self.name} {SEED}')

    def normal(self, count, dtype='float32', spread=2.0, centre=0.0):
        """Logits as a model gives them. Sums of uniforms: no libm in the way of determinism."""
        def one():
            return sum(self.random.random() for _ in range(12)) - 6
        return [rounded(centre + spread * one(), dtype) for _ in range(count)]

    def steps(self, count, step, low, high):
        """Multiples of a power of two, so that differences of them are exact."""
        return [self.random.randint(low, high) * step for _ in range(count)]

    def labels(self, rows, classes):
        return [self.random.randrange(classes) for _ in range(rows)]

    def distribution(self, classes, parts=64):
        """A distribution of whole parts, so that it sums to 1 in every dtype."""
        cuts = sorted(self.random.randint(0, parts) for _ in range(classes - 1))
        return [(b - a) / parts for a, b in zip([0, *cuts], [*cuts, parts])]

    def targets(self, rows, classes):
        return [v for _ in range(rows) for v in self.distribution(classes)]

    def add(self, comment, logits, target, *flags, dtype='float32', classes=None, rows=None,
            shape=None, axis=None, relative_tolerance=None, **options):
        rows = len(logits) // classes if rows is None else rows
        case = Case(comment, dtype, rows, classes, [rounded(float(v), dtype) for v in logits],
                    fitted(target, dtype), written(options, dtype),
                    checked_flags(flags), shape, axis, relative_tolerance=relative_tolerance,
                    elementwise=self.family == 'binary')
        assert len(logits) == rows * classes <= LARGEST_LITERAL
        check_inputs(case)
        self.cases.append(case)

    def add_seeded(self, comment, seed, rows, classes, step, target, *flags, dtype='float32',
                   samples=24, also=(), **options):
        """A case whose logits are a seed; of its gradient only some indices are stored, `also` these."""
        logits = seeded_values(seed, rows * classes, step, dtype)
        case = Case(comment, dtype, rows, classes, [rounded(v, dtype) for v in logits],
                    fitted(target, dtype), written(options, dtype), checked_flags(flags))
        assert case.logits == logits and not case.dense
        case.seeded = {'seed': seed, 'length': rows * classes, 'step': bits(step)}
        at_labels = {r * classes + y for r, y in enumerate(target) if 0 <= y < classes}
        at_random = {self.random.randrange(rows * classes) for _ in range(samples)}
        case.sampled = sorted(at_labels | at_random | set(also))
        check_inputs(case)
        self.cases.append(case)


def fitted(value, dtype):
    """Floats, and floats in lists, rounded to the dtype: else a backend is judged on another ε."""
    if isinstance(value, list):
        return [fitted(v, dtype) for v in value]
    return rounded(value, dtype) if isinstance(value, float) else value


def written(options, dtype):
    """Options as a case states them: those that differ from the defaults."""
    return {k: fitted(v, dtype) for k, v in options.items() if v != DEFAULTS.get(k, ...)}


def checked_flags(flags):
    assert all(f in FLAGS for f in flags), flags
    return list(flags)


def check_inputs(case):
    """What every implementation refuses must not become a vector."""
    k, o = case.classes, case.options
    expected_length = case.rows * k if case.dense else case.rows
    assert len(case.target) == expected_length, (case.comment, len(case.target))
    for name, lengths in (('weight', [k]), ('prior', [k, k * k]), ('sampleWeight', [case.rows, len(case.target)]),
                          ('classMask', [k])):
        assert o.get(name) is None or len(o[name]) in lengths, (case.comment, name)
    for row in range(len(o.get('prior') or []) // k):
        assert sum(o['prior'][row * k:(row + 1) * k]) == 1, (case.comment, 'prior')
    assert 'normalizer' not in o or o.get('reduction') is None, case.comment
    if o.get('input') == 'probabilities':
        assert not any(v < 0 for v in case.logits), case.comment
    else:
        assert not looks_like_probabilities(case), case.comment


def looks_like_probabilities(case):
    rows = [case.logits[i * case.classes:(i + 1) * case.classes] for i in range(case.rows)]
    return case.rows >= 3 and all(
        all(isfinite(v) and v >= 0 for v in row) and abs(sum(row) - 1) <= 1e-5 for row in rows)
