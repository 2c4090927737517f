"""torch.nn.functional.cross_entropy on the CPU."""

import torch
import torch.nn.functional as F

from frameworks import inputs
from frameworks.inputs import INF, NAN, Case, Batch, eps

FRAMEWORK = 'PyTorch'
VERSION = torch.__version__
PRECISION = 'float32'
SOURCE = 'torch.nn.functional.cross_entropy, CPU; aten/src/ATen/native/LossNLL.cpp'


def ask(batch, options):
    """Our options as PyTorch's call. PyTorch wants the classes on axis 1."""
    logits = torch.tensor(batch.logits, requires_grad=True)
    target = torch.tensor(batch.target if batch.dense else batch.labels)
    weight = options.get('weight')
    loss = F.cross_entropy(
        logits, target,
        weight=None if weight is None else torch.tensor(weight, dtype=logits.dtype),
        ignore_index=options.get('ignoreIndex', -100),
        reduction=options.get('reduction', 'mean'),
        label_smoothing=options.get('labelSmoothing', 0.0))
    loss.sum().backward()
    return loss.detach().numpy(), logits.grad.numpy()


def cases():
    plain, wide, double = inputs.batch(), inputs.batch(2, 100, salt=2), inputs.batch(dtype='float64')
    weight = inputs.class_weights(5)
    tenth = {'labelSmoothing': eps(0.1)}
    yield Case('plain cross-entropy', plain)
    yield Case('ε = 0.1, mean', plain, tenth)
    yield Case('ε = 0.5, sum', plain, {'labelSmoothing': 0.5, 'reduction': 'sum'})
    yield Case('ε = 1, a loss per row', plain, {'labelSmoothing': 1.0, 'reduction': 'none'})
    yield Case('two classes', inputs.batch(3, 2, salt=4), tenth)
    yield Case('a hundred classes', wide, tenth)
    yield Case('double precision', double, {'labelSmoothing': 0.1}, precision='float64')
    yield Case('double precision, weights', double, {'labelSmoothing': 0.1, 'weight': weight}, precision='float64')
    for reduction in ('mean', 'sum', 'none'):
        yield Case(f'class weights, {reduction}', plain, {**tenth, 'weight': weight, 'reduction': reduction})
    yield Case('class weights, ε = 0', plain, {'weight': weight})
    yield Case('an ignored row, by the default index', inputs.with_labels(plain, [1, -100, 3, 4]), tenth)
    yield Case('an ignored class id, weights', inputs.with_labels(plain, [1, 2, 3, 2]),
               {**tenth, 'weight': weight, 'ignoreIndex': 2})
    nothing = inputs.with_labels(plain, [-100] * 4)
    for reduction in ('mean', 'sum', 'none'):
        yield Case(f'every row ignored, {reduction}', nothing, {**tenth, 'reduction': reduction})
    yield Case('dense targets', inputs.dense(), tenth)
    yield Case('dense targets, weights: the mean is over rows', inputs.dense(), {**tenth, 'weight': weight})
    yield Case('dense rows that sum to 1.25, none', inputs.dense(total=20), {**tenth, 'reduction': 'none'})
    yield Case('classes on axis 1', inputs.volume((2, 5, 3), 1), {**tenth, 'weight': weight})
    yield from edges(tenth)


def edges(tenth):
    masked = inputs.of([[1, -INF, 0.5], [-INF, 2, 0]], [0, 2])
    yield Case('-Infinity beside the target, ε = 0', masked)
    yield Case('-Infinity with ε > 0: the loss is Infinity, the gradient finite', masked, tenth)
    yield Case('logits of ±1e4', inputs.of([[1e4, -1e4, 0], [0, 1e4, -1e4]], [1, 1]), tenth)
    yield Case('logits shifted by 2^20', inputs.of([[2.0 ** 20, 2.0 ** 20 + 1, 2.0 ** 20 - 2]], [2]), tenth)
    yield Case('weight 0 on a class at -Infinity', masked, {**tenth, 'weight': [1.0, 0.0, 2.0]},
               'PyTorch multiplies weight 0 by log-probability -Infinity and gets NaN; a coefficient of 0 skips its class.')
    poisoned = Batch(inputs.of([[1, 2, 0.5], [NAN, 0, 1]], []).logits, [1, -100])
    yield Case('NaN in an ignored row', poisoned, tenth,
               "PyTorch's loss is right, but the gradient of the ignored row is NaN; it should be 0.")
    yield Case('valid rows whose weights are all 0', inputs.of([[1, 2, 0.5], [0.25, 0, 1]], [1, 1]),
               {**tenth, 'weight': [1.0, 0.0, 2.0]},
               "PyTorch's gradient is NaN, as its loss is; where a mean is undefined the gradient is 0.")
    half = inputs.batch(dtype='float16')
    yield Case('half precision', half, {'labelSmoothing': eps(0.1, 'float16')}, precision='float16')
