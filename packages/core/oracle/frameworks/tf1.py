"""tf.compat.v1.losses.softmax_cross_entropy."""

import os

os.environ.update(TF_CPP_MIN_LOG_LEVEL='3', CUDA_VISIBLE_DEVICES='')

import tensorflow as tf

from frameworks import inputs
from frameworks.common import MASKED, SMOOTH, basics, far_apart
from frameworks.inputs import Case

FRAMEWORK = 'TensorFlow'
VERSION = tf.__version__
PRECISION = 'float32'    # for float64 logits too: compute_weighted_loss casts to float32
SOURCE = 'tf.compat.v1.losses.softmax_cross_entropy, CPU; tensorflow/python/ops/losses/losses_impl.py'

Reduction = tf.compat.v1.losses.Reduction
PLAIN = {'sum': Reduction.SUM, 'none': Reduction.NONE}
MEANS = {'nonzeroWeights': Reduction.SUM_BY_NONZERO_WEIGHTS, 'weights': Reduction.MEAN,
         'rows': Reduction.SUM_OVER_BATCH_SIZE}


def ask(batch, options):
    reduction = options.get('reduction', 'mean')
    logits = tf.Variable(batch.logits)
    with tf.GradientTape() as tape:
        value = tf.compat.v1.losses.softmax_cross_entropy(
            batch.one_hot(), logits, weights=row_weights(batch, options),
            label_smoothing=options.get('labelSmoothing', 0),
            reduction=MEANS[options.get('denominator', 'nonzeroWeights')] if reduction == 'mean' else PLAIN[reduction])
    return value.numpy(), tape.gradient(value, logits).numpy()


def row_weights(batch, options):
    """Class weights are a weight per row here, as TensorFlow's guides have it."""
    if 'weight' in options:
        return tf.gather(tf.constant(options['weight'], batch.dtype), batch.labels)
    return tf.constant(options['sampleWeight'], batch.dtype) if 'sampleWeight' in options else 1.0


def cases():
    yield from basics()
    plain = inputs.batch()
    weights = {**SMOOTH, 'sampleWeight': inputs.row_weights(4)}
    yield Case('double precision in, float32 in the reduction', inputs.batch(dtype='float64'), {'labelSmoothing': 0.1})
    yield Case('weights per class', plain, {**SMOOTH, 'weight': inputs.class_weights(5)})
    yield Case('weights per row, SUM_BY_NONZERO_WEIGHTS', plain, weights)
    yield Case('weights per row, MEAN', plain, {**weights, 'denominator': 'weights'})
    yield Case('weights per row, SUM_OVER_BATCH_SIZE', plain, {**weights, 'denominator': 'rows'})
    yield Case('weights per row, NONE', plain, {**weights, 'reduction': 'none'})
    yield Case('weights all 0', plain, {**SMOOTH, 'sampleWeight': [0.0] * 4})
    yield Case('weights all 0, MEAN', plain, {**SMOOTH, 'sampleWeight': [0.0] * 4, 'denominator': 'weights'})
    yield Case('dense targets', inputs.dense(), SMOOTH)
    yield Case('three axes, ε = 0', inputs.volume((2, 3, 5), 2))
    yield far_apart()
    yield Case('three axes', inputs.volume((2, 3, 5), 2), SMOOTH)
    yield Case('dense rows that sum to 1.25', inputs.dense(total=20), SMOOTH,
               "TensorFlow's gradient is softmax - q even where q does not sum to 1; the loss is right.")
    yield Case('-Infinity beside the target, ε = 0', MASKED, {},
               'TensorFlow multiplies a target of 0 by log-probability -Infinity: the loss is NaN, the gradient right.')
    yield Case('NaN in a row of weight 0', inputs.of([[1, 2, 0.5], [inputs.NAN, 0, 1]], [1, 0]),
               {**SMOOTH, 'sampleWeight': [1.0, 0.0]},
               'TensorFlow multiplies the NaN by weight 0; such a row is never read here.')
    yield Case('-Infinity with ε > 0', MASKED, SMOOTH)
