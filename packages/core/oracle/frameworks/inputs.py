"""Inputs that every recorder shares. All are exact in their dtype and the same on every machine."""

from dataclasses import dataclass, field

import numpy as np

from encode import rounded, seeded_values

SEED = 0x9E3779B9
STEP = {'float16': 2.0 ** -8, 'float32': 2.0 ** -13, 'float64': 2.0 ** -13}    # logits in [-4, 4)
INF, NAN = float('inf'), float('nan')
TENTH = rounded(0.1, 'float32')


def eps(value, dtype='float32'):
    """ε as a program that works in `dtype` sees it."""
    return rounded(value, dtype)


@dataclass(frozen=True)
class Batch:
    """Logits as an array of `dtype`, and a label per row (list) or a distribution per row (array)."""

    logits: np.ndarray
    target: list | np.ndarray
    axis: int | None = None

    @property
    def dtype(self):
        return self.logits.dtype.name

    @property
    def dense(self):
        return isinstance(self.target, np.ndarray)

    @property
    def class_axis(self):
        return self.logits.ndim - 1 if self.axis is None else self.axis

    @property
    def classes(self):
        return self.logits.shape[self.class_axis]

    @property
    def rows(self):
        return self.logits.size // self.classes

    @property
    def shape(self):
        """The shape where it says more than rows × classes."""
        return None if self.logits.ndim == 2 and self.axis is None else list(self.logits.shape)

    @property
    def labels(self):
        """Labels in the logits' shape without the class axis."""
        shape = [n for i, n in enumerate(self.logits.shape) if i != self.class_axis]
        return np.array(self.target, dtype=np.int64).reshape(shape)

    def one_hot(self):
        """Dense targets in the logits' layout; a label outside [0, K) has no one."""
        if self.dense:
            return self.target
        hot = self.labels[..., None] == np.arange(self.classes)
        return np.moveaxis(hot, -1, self.class_axis).astype(self.dtype)

    def row_order(self, array):
        """An array in the logits' layout as [rows, classes] lists."""
        return np.moveaxis(array, self.class_axis, -1).reshape(self.rows, self.classes).tolist()


@dataclass(frozen=True)
class Case:
    """One call: our options that express it, and why the answer differs, where it does."""

    comment: str
    batch: Batch
    options: dict = field(default_factory=dict)
    deviation: str | None = None
    precision: str | None = None


def draw(count, salt, step, dtype='float32'):
    return seeded_values((SEED + 7919 * salt) & 0xFFFFFFFF, count, step, dtype)


def batch(rows=4, classes=5, dtype='float32', salt=1):
    logits = np.array(draw(rows * classes, salt, STEP[dtype], dtype)).reshape(rows, classes)
    return Batch(logits.astype(dtype), [(3 * r + salt) % classes for r in range(rows)])


def volume(shape, axis, dtype='float32', salt=5):
    """N-d logits with the classes on `axis`."""
    count = int(np.prod(shape))
    logits = np.array(draw(count, salt, STEP[dtype], dtype)).reshape(shape).astype(dtype)
    classes = shape[axis]
    return Batch(logits, [(2 * r + 1) % classes for r in range(count // classes)], axis)


def dense(rows=3, classes=5, dtype='float32', salt=3, total=16):
    """Distributions in sixteenths; they sum to total/16."""
    shares = np.array([[(r + 2 * k + salt) % 4 for k in range(classes)] for r in range(rows)])
    shares[:, 0] += total - shares.sum(axis=1)
    assert (shares >= 0).all()
    return Batch(batch(rows, classes, dtype, salt).logits, (shares / 16).astype(dtype))


def of(rows, labels, dtype='float32', axis=None):
    """A batch written out."""
    return Batch(np.array(rows, dtype=dtype), labels, axis)


def with_labels(original, labels):
    return Batch(original.logits, labels, original.axis)


def class_weights(classes):
    """0.5, 1.25, 2, 2.75, 0.75, …"""
    return [0.5 + 0.75 * (k % 4) + 0.25 * (k // 4) for k in range(classes)]


def row_weights(rows):
    """1.5, 0, 0.25, 2, …: the second row does not count."""
    return [[1.5, 0.0, 0.25, 2.0][r % 4] for r in range(rows)]
