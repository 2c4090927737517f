"""optax.smooth_labels, then optax.softmax_cross_entropy: the caller smooths, and reduces."""

import jax

jax.config.update('jax_enable_x64', True)

import jax.numpy as jnp
import numpy as np
import optax

from frameworks import inputs
from frameworks.common import MASKED, SMOOTH, basics, far_apart
from frameworks.inputs import INF, NAN, Case

FRAMEWORK = 'optax'
VERSION = f'{optax.__version__} on jax {jax.__version__}'
PRECISION = 'float32'
SOURCE = 'optax.losses.smooth_labels and softmax_cross_entropy, CPU; mean and sum by jax.numpy'
REDUCE = {'none': lambda losses: losses, 'mean': jnp.mean, 'sum': jnp.sum}


def ask(batch, options):
    axis, one_hot, where = batch.class_axis, jnp.array(batch.one_hot()), None
    if 'classMask' in options:
        where = jnp.broadcast_to(jnp.array(options['classMask']), batch.logits.shape)
    # A number of the logits' dtype: a Python float would do, but a float64 array would not.
    epsilon = np.dtype(batch.dtype).type(options.get('labelSmoothing', 0.0))
    labels = optax.smooth_labels(one_hot, epsilon, axis=axis, where=where)

    def compute(logits):
        losses = optax.softmax_cross_entropy(logits, labels.astype(logits.dtype), axis=axis, where=where)
        return REDUCE[options.get('reduction', 'none')](losses)

    logits = jnp.array(batch.logits)
    gradient = jax.grad(lambda x: compute(x).sum())(logits)
    return np.array(compute(logits)), np.array(gradient)


def cases():
    yield from basics()
    plain, double = inputs.batch(), inputs.batch(dtype='float64')
    masked = {**SMOOTH, 'classMask': [True, False, True, True, False]}
    yield Case('double precision', double, {'labelSmoothing': 0.1}, precision='float64')
    yield Case('where: classes that do not exist', inputs.with_labels(plain, [0, 2, 3, 2]), masked)
    absent = inputs.of([[1, -INF, 0.5, 2, NAN], [-1, INF, 0.25, 0, 3]], [0, 3])
    yield Case('where: special values in classes that do not exist', absent, masked)
    yield Case('dense targets', inputs.dense(), SMOOTH)
    yield Case('dense rows that sum to 1.25', inputs.dense(total=20), SMOOTH)
    yield Case('classes on axis 1', inputs.volume((2, 5, 3), 1), SMOOTH)
    yield far_apart()
    yield Case('-Infinity with ε > 0', MASKED, SMOOTH)
    yield Case('-Infinity beside the target, ε = 0', MASKED, {},
               'optax multiplies a target of 0 by log-probability -Infinity: the loss is NaN, the gradient right.')
