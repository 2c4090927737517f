"""keras.losses.CategoricalCrossentropy(from_logits=True) on the TensorFlow backend."""

import os

os.environ.update(KERAS_BACKEND='tensorflow', TF_CPP_MIN_LOG_LEVEL='3', CUDA_VISIBLE_DEVICES='')

import keras
import tensorflow as tf
from keras.src.trainers.data_adapters.data_adapter_utils import class_weight_to_sample_weights

from frameworks import inputs
from frameworks.common import MASKED, SMOOTH, basics, far_apart
from frameworks.inputs import Case

FRAMEWORK = 'Keras'
VERSION = f'{keras.__version__} on tensorflow {tf.__version__}'
PRECISION = 'float32'
SOURCE = 'keras.losses.CategoricalCrossentropy and SparseCategoricalCrossentropy, from_logits=True, CPU'
MEANS = {'rows': 'sum_over_batch_size', 'valid': 'sum_over_batch_size', 'weights': 'mean_with_sample_weight'}


def ask(batch, options):
    """ignoreIndex exists in the sparse loss only, smoothing in the dense one only."""
    reduction = options.get('reduction', 'mean')
    means = {'reduction': MEANS[options.get('denominator', 'rows')] if reduction == 'mean' else reduction,
             'from_logits': True, 'axis': batch.class_axis, 'dtype': batch.dtype}
    if 'ignoreIndex' in options:
        loss, target = keras.losses.SparseCategoricalCrossentropy(ignore_class=options['ignoreIndex'], **means), batch.labels
    else:
        smoothing = options.get('labelSmoothing', 0.0)
        loss, target = keras.losses.CategoricalCrossentropy(label_smoothing=smoothing, **means), batch.one_hot()
    logits = tf.Variable(batch.logits)
    with tf.GradientTape() as tape:
        value = loss(target, logits, sample_weight=row_weights(batch, options))
    gradient = tape.gradient(value, logits)    # of a vector: the gradient of its sum
    return value.numpy(), gradient.numpy()


def row_weights(batch, options):
    """class_weight becomes a weight per row, as in Model.fit."""
    if 'weight' in options:
        return class_weight_to_sample_weights(batch.labels, dict(enumerate(options['weight'])))
    if 'sampleWeight' in options:
        return tf.constant(options['sampleWeight'], batch.dtype)
    return None


def cases():
    yield from basics()
    plain, double = inputs.batch(), inputs.batch(dtype='float64')
    weights = {**SMOOTH, 'sampleWeight': inputs.row_weights(4)}
    padded = inputs.with_labels(plain, [1, 0, 3, 0])
    yield Case('double precision', double, {'labelSmoothing': 0.1}, precision='float64')
    yield Case('class_weight', plain, {**SMOOTH, 'weight': inputs.class_weights(5)})
    yield Case('sample_weight, sum_over_batch_size', plain, weights)
    yield Case('sample_weight, mean_with_sample_weight', plain, {**weights, 'denominator': 'weights'})
    yield Case('sample_weight, none', plain, {**weights, 'reduction': 'none'})
    yield Case('sample_weight all 0, mean_with_sample_weight', plain,
               {**SMOOTH, 'sampleWeight': [0.0] * 4, 'denominator': 'weights'})
    yield Case('ignore_class of the sparse loss: the mean is over what is left', padded,
               {'ignoreIndex': 0, 'denominator': 'valid'})
    yield Case('ignore_class, every row', inputs.with_labels(plain, [0] * 4), {'ignoreIndex': 0, 'denominator': 'valid'})
    yield Case('dense targets', inputs.dense(), SMOOTH)
    yield Case('classes on the last of three axes', inputs.volume((2, 3, 5), 2), SMOOTH)
    yield Case('classes on axis 1, ε = 0', inputs.volume((2, 5, 3), 1))
    yield far_apart()
    yield Case('classes on axis 1', inputs.volume((2, 5, 3), 1), SMOOTH,
               'Keras divides ε by the length of the last axis, not by the number of classes.')
    yield Case('dense rows that sum to 1.25', inputs.dense(total=20), SMOOTH,
               "TensorFlow's gradient is softmax - q even where q does not sum to 1; the loss is right.")
    yield Case('-Infinity beside the target, ε = 0', MASKED, {},
               'Keras multiplies a target of 0 by log-probability -Infinity: the loss is NaN, the gradient right.')
    yield Case('-Infinity with ε > 0', MASKED, SMOOTH)
