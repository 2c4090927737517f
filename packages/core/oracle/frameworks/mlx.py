"""mlx.nn.losses.cross_entropy on the CPU."""

from importlib.metadata import version

import mlx.core as mx
import mlx.nn as nn
import numpy as np

from frameworks import inputs
from frameworks.common import MASKED, SMOOTH, basics, far_apart
from frameworks.inputs import Case

mx.set_default_device(mx.cpu)

FRAMEWORK = 'MLX'
VERSION = version('mlx')
PRECISION = 'float32'    # for float64 logits too: exp and log are good to float32 only
SOURCE = 'mlx.nn.losses.cross_entropy, CPU; python/mlx/nn/losses.py'


def ask(batch, options):
    dtype = getattr(mx, batch.dtype)
    target = mx.array(batch.target, dtype) if batch.dense else mx.array(batch.labels)
    weights = options.get('sampleWeight')
    if weights is not None:
        weights = mx.array(np.array(weights).reshape(batch.labels.shape), dtype)

    def compute(logits):
        return nn.losses.cross_entropy(
            logits, target, weights=weights, axis=batch.class_axis,
            label_smoothing=options.get('labelSmoothing', 0.0), reduction=options.get('reduction', 'none'))

    logits = mx.array(batch.logits, dtype)
    gradient = mx.grad(lambda x: compute(x).sum())(logits)
    return np.array(compute(logits)), np.array(gradient)


def cases():
    yield from basics(epsilons=(0.0, SMOOTH['labelSmoothing'], 0.5))
    plain = inputs.batch()
    weights = {**SMOOTH, 'sampleWeight': inputs.row_weights(4)}
    yield Case('ε just under 1', plain, {'labelSmoothing': 1 - 2.0 ** -24})
    yield Case('double precision in, float32 exp and log', inputs.batch(dtype='float64'), {'labelSmoothing': 0.1})
    for reduction in ('mean', 'sum', 'none'):
        yield Case(f'weights per row, {reduction}', plain, {**weights, 'reduction': reduction})
    yield Case('dense targets', inputs.dense(), SMOOTH)
    yield Case('classes on axis 1', inputs.volume((2, 5, 3), 1), SMOOTH)
    yield far_apart()
    yield Case('-Infinity beside the target, ε = 0', MASKED)
    yield Case('-Infinity with ε > 0', MASKED, SMOOTH)
    yield Case('dense rows that sum to 1.25', inputs.dense(total=20), SMOOTH,
               'MLX takes lse once, as if a row of targets summed to 1: loss and gradient differ.')
    yield Case('NaN in a row of weight 0', inputs.of([[1, 2, 0.5], [inputs.NAN, 0, 1]], [1, 0]),
               {**SMOOTH, 'sampleWeight': [1.0, 0.0]},
               'MLX multiplies the NaN by weight 0; such a row is never read here.')
