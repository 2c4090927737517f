"""compute_weighted_cross_entropy of T5X, which is on no package index: give its t5x/losses.py by
the environment variable T5X_LOSSES, or by record.py --t5x-source."""

import os

import jax
import jax.numpy as jnp

from frameworks import inputs, sources
from frameworks.common import MASKED, SMOOTH, basics, far_apart
from frameworks.inputs import Case

PATH = os.environ.get('T5X_LOSSES')
assert PATH, 'T5X: state where its t5x/losses.py is, by --t5x-source'
losses = sources.module('t5x_losses', PATH)

FRAMEWORK = 'T5X'
VERSION = f'losses.py of sha256 {sources.fingerprint(PATH)}, on jax {jax.__version__}'
PRECISION = 'float32'
SOURCE = 'compute_weighted_cross_entropy of t5x/losses.py, CPU'


def ask(batch, options):
    weights = options.get('sampleWeight')

    def compute(logits):
        return losses.compute_weighted_cross_entropy(
            logits, jnp.array(batch.labels),
            weights=None if weights is None else jnp.array(weights, logits.dtype).reshape(batch.labels.shape),
            label_smoothing=options.get('labelSmoothing', 0.0),
            z_loss=options.get('zLoss', 0.0),
            loss_normalizing_factor=options.get('normalizer'))[0]

    return jax.device_get(jax.value_and_grad(compute)(jnp.array(batch.logits)))


def cases():
    yield from basics(epsilons=(0.0, SMOOTH['labelSmoothing'], 0.5), reductions=('sum',))
    plain, weights = inputs.batch(), {**SMOOTH, 'sampleWeight': inputs.row_weights(4)}
    yield Case('weights, a row of weight 0', plain, weights)
    yield Case('weights, all 0', plain, {**SMOOTH, 'sampleWeight': [0.0] * 4})
    yield Case('loss_normalizing_factor', plain, {**weights, 'normalizer': 8.0})
    yield Case('z-loss', plain, {**SMOOTH, 'zLoss': 2.0 ** -10})
    yield Case('z-loss, weights, loss_normalizing_factor', plain, {**weights, 'zLoss': 2.0 ** -10, 'normalizer': 8.0})
    yield Case('sequences: classes on the last of three axes', inputs.volume((2, 3, 5), 2), SMOOTH)
    yield far_apart()
    yield Case('-Infinity with ε > 0', MASKED, SMOOTH)
    yield Case('-Infinity beside the target, ε = 0', MASKED, {},
               'T5X multiplies a target of 0 by log-probability -Infinity: the loss is NaN, the gradient right.')
    yield Case('ε = 1', plain, {'labelSmoothing': 1.0},
               'T5X subtracts an entropy with 0·log 0 in it: the loss is NaN, the gradient right.')
    poisoned = inputs.of([[1, 2, 0.5], [inputs.NAN, 0, 1]], [1, 0])
    yield Case('NaN in a row of weight 0', poisoned, {**SMOOTH, 'sampleWeight': [1.0, 0.0]},
               'T5X multiplies the NaN by weight 0; such a row is never read here.')
    yield Case('one class', inputs.of([[2.5], [-1]], [0, 0]), SMOOTH,
               "T5X's gradient is softmax - q even where q, here 1 - ε, does not sum to 1; the loss is right.")
