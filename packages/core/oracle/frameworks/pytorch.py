"""torch.nn.functional.cross_entropy on the CPU."""

import torch
import torch.nn.functional as F

from frameworks import inputs
from frameworks.common import MASKED, POISONED, REDUCTIONS, SMOOTH, basics, far_apart, torch_answer
from frameworks.inputs import Case, rounded

FRAMEWORK = 'PyTorch'
VERSION = torch.__version__
PRECISION = 'float32'
SOURCE = 'torch.nn.functional.cross_entropy, CPU; aten/src/ATen/native/LossNLL.cpp'


def ask(batch, options):
    """Our options as PyTorch's call. PyTorch wants the classes on axis 1."""
    target = torch.tensor(batch.target if batch.dense else batch.labels)

    def compute(logits):
        weight = options.get('weight')
        return F.cross_entropy(
            logits, target,
            weight=None if weight is None else torch.tensor(weight, dtype=logits.dtype),
            ignore_index=options.get('ignoreIndex', -100),
            reduction=options.get('reduction', 'mean'),
            label_smoothing=options.get('labelSmoothing', 0.0))

    return torch_answer(batch, compute)


def cases():
    yield from basics()
    plain, double = inputs.batch(), inputs.batch(dtype='float64')
    weighted = {**SMOOTH, 'weight': inputs.class_weights(5)}
    yield Case('double precision', double, {'labelSmoothing': 0.1}, precision='float64')
    yield Case('double precision, class weights', double, {**weighted, 'labelSmoothing': 0.1}, precision='float64')
    yield Case('half precision', inputs.batch(dtype='float16'), {'labelSmoothing': rounded(0.1, 'float16')},
               precision='float16')
    for reduction in REDUCTIONS:
        yield Case(f'class weights, {reduction}', plain, {**weighted, 'reduction': reduction})
    yield Case('an ignored row, by the default index', inputs.with_labels(plain, [1, -100, 3, 4]), SMOOTH)
    yield Case('a class id that is ignored, class weights', inputs.with_labels(plain, [1, 2, 3, 2]),
               {**weighted, 'ignoreIndex': 2})
    nothing = inputs.with_labels(inputs.batch(2, 3), [-100] * 2)
    for reduction in REDUCTIONS:
        yield Case(f'every row ignored, {reduction}', nothing, {**SMOOTH, 'reduction': reduction})
    yield Case('dense targets', inputs.dense(), SMOOTH)
    yield Case('dense targets, class weights: the mean is over rows', inputs.dense(), weighted)
    yield Case('dense rows that sum to 1.25', inputs.dense(total=20), {**SMOOTH, 'reduction': 'none'})
    yield Case('classes on axis 1 of 3', inputs.volume((2, 5, 3), 1), weighted)
    yield far_apart()
    yield Case('-Infinity beside the target, ε = 0', MASKED)
    yield Case('-Infinity with ε > 0: the loss is Infinity, the gradient finite', MASKED, SMOOTH)
    zero = {**SMOOTH, 'weight': [1.0, 0.0, 2.0]}
    yield Case('weight 0 on a class at -Infinity', MASKED, zero,
               'PyTorch multiplies weight 0 by log-probability -Infinity and gets NaN; a coefficient of 0 skips its class.')
    yield Case('NaN in an ignored row', POISONED, SMOOTH,
               "PyTorch's loss is right, but the gradient of the ignored row is NaN; it should be 0.")
    yield Case('valid rows whose class weights are all 0', inputs.of([[1, 2, 0.5], [0.25, 0, 1]], [1, 1]), zero,
               "PyTorch's gradient is NaN, as its loss is; where a mean is undefined the gradient is 0.")
