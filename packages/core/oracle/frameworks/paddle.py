"""paddle.nn.functional.cross_entropy, and label_smooth(prior_dist=) before it."""

import numpy as np
import paddle
import paddle.nn.functional as F

from frameworks import inputs
from frameworks.common import MASKED, REDUCTIONS, SMOOTH, basics, far_apart
from frameworks.inputs import Case, with_labels

FRAMEWORK = 'PaddlePaddle'
VERSION = paddle.__version__
PRECISION = 'float32'
SOURCE = 'paddle.nn.functional.cross_entropy(label_smoothing=) and label_smooth, CPU; python/paddle/nn/functional/loss.py'


def ask(batch, options):
    logits = paddle.to_tensor(batch.logits, stop_gradient=False)
    weight = options.get('weight')
    call = {'weight': None if weight is None else paddle.to_tensor(np.array(weight, batch.dtype)),
            'reduction': options.get('reduction', 'mean'), 'axis': batch.class_axis}
    epsilon = options.get('labelSmoothing', 0.0)
    if 'prior' in options:
        prior = paddle.to_tensor(np.array([options['prior']], batch.dtype))
        smooth = F.label_smooth(paddle.to_tensor(batch.one_hot()), prior_dist=prior, epsilon=epsilon)
        loss = F.cross_entropy(logits, smooth, soft_label=True, **call)
    else:
        target = paddle.to_tensor(batch.target if batch.dense else batch.labels)
        loss = F.cross_entropy(logits, target, soft_label=batch.dense, label_smoothing=epsilon,
                               ignore_index=options.get('ignoreIndex', -100), **call)
    loss.sum().backward()
    return loss.numpy(), logits.grad.numpy()


def cases():
    yield from basics()
    plain = inputs.batch()
    weighted = {**SMOOTH, 'weight': inputs.class_weights(5)}
    yield Case('double precision, ε/K a power of two', inputs.batch(4, 4, 'float64'), {'labelSmoothing': 0.5},
               precision='float64')
    for reduction in REDUCTIONS:
        yield Case(f'class weights, {reduction}', plain, {**weighted, 'reduction': reduction})
    yield Case('class weights, ε = 0', plain, {'weight': inputs.class_weights(5)})
    prior = {'labelSmoothing': 0.25, 'smoothingMode': 'prior', 'prior': [0.5, 0.125, 0.25, 0.125, 0.0]}
    yield Case('a prior', plain, prior)
    yield Case('a prior, class weights', plain, {**prior, 'weight': inputs.class_weights(5)})
    yield Case('dense targets', inputs.dense(), SMOOTH)
    yield Case('dense targets, class weights', inputs.dense(), weighted)
    yield Case('sequences: classes on the last of three axes', inputs.volume((2, 3, 5), 2), SMOOTH)
    yield Case('an ignored class id, ε = 0', with_labels(plain, [1, 2, 3, 2]), {'ignoreIndex': 2})
    yield Case('an ignored class id, class weights, ε = 0', with_labels(plain, [1, 2, 3, 2]),
               {'weight': inputs.class_weights(5), 'ignoreIndex': 2})
    yield Case('every row ignored, ε = 0', with_labels(plain, [2] * 4), {'ignoreIndex': 2})
    yield Case('classes on axis 1, ε = 0', inputs.volume((2, 5, 3), 1))
    yield from deviations(plain, weighted)


def deviations(plain, weighted):
    ignored = with_labels(plain, [1, 2, 3, 2])
    yield Case('an ignored class id', ignored, {**SMOOTH, 'ignoreIndex': 2, 'reduction': 'none'},
               'Paddle drops ignore_index when it smooths: the rows count.')
    yield Case('an ignored class id, mean', ignored, {**SMOOTH, 'ignoreIndex': 2},
               'Paddle drops ignore_index when it smooths, and then divides by the number of rows times classes.')
    yield Case('a row ignored by the default index, ε = 0', with_labels(plain, [1, -100, 3, 4]), {},
               'Paddle divides by all rows where ignore_index is negative and there are no weights.')
    yield far_apart(1000.0, 'Paddle clips logits at 64 below the maximum; the gradient is right.')
    yield Case('-Infinity with ε > 0', MASKED, SMOOTH,
               'Paddle clips logits at 64 below the maximum, so that the loss stays finite.')
    yield Case('double precision, ε = 0.1', inputs.batch(dtype='float64'), {'labelSmoothing': 0.1},
               'Paddle forms ε/K in float32.', precision='float64')
    yield Case('dense rows that sum to 1.25', inputs.dense(total=20), SMOOTH,
               "Paddle's gradient is softmax - q even where q does not sum to 1; the loss is right.")
    yield Case('-Infinity beside the target, ε = 0', MASKED, {},
               'Paddle clips logits at 64 below the maximum: the gradient there is e^-64, not 0. The loss is right.')
