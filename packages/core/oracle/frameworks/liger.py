"""liger_kernel's cross-entropy: its Triton kernel, interpreted on the CPU."""

from importlib.metadata import version

import torch

from frameworks import inputs
from frameworks.triton_interpreter import TRITON    # before the kernel
from liger_kernel.transformers.functional import liger_cross_entropy

from frameworks.common import MASKED, POISONED, REDUCTIONS, SMOOTH, basics, far_apart, torch_answer
from frameworks.inputs import Case, with_labels

FRAMEWORK = 'Liger Kernel'
VERSION = f"{version('liger-kernel')} on {TRITON}, torch {torch.__version__}"
PRECISION = 'float32'
SOURCE = 'liger_kernel.transformers.functional.liger_cross_entropy under TRITON_INTERPRET=1'


def ask(batch, options):
    weight = options.get('weight')
    weight = None if weight is None else torch.tensor(weight, dtype=torch.float32)
    # A clone: the kernel leaves the gradient in the logits.
    return torch_answer(batch, lambda logits: liger_cross_entropy(
        logits.clone(), torch.tensor(batch.labels), weight=weight,
        ignore_index=options.get('ignoreIndex', -100), reduction=options.get('reduction', 'mean'),
        label_smoothing=options.get('labelSmoothing', 0.0), lse_square_scale=options.get('zLoss', 0.0)))


def cases():
    yield from basics()
    plain = inputs.batch()
    weighted, z = {**SMOOTH, 'weight': inputs.class_weights(5)}, {**SMOOTH, 'zLoss': 2.0 ** -10}
    for reduction in REDUCTIONS:
        yield Case(f'class weights, {reduction}', plain, {**weighted, 'reduction': reduction})
    yield Case('an ignored row, by the default index', with_labels(plain, [1, -100, 3, 4]), SMOOTH)
    yield Case('an ignored class id, class weights', with_labels(plain, [1, 2, 3, 2]), {**weighted, 'ignoreIndex': 2})
    for reduction in REDUCTIONS:
        yield Case(f'every row ignored, {reduction}', with_labels(inputs.batch(2, 3), [-100] * 2),
                   {**SMOOTH, 'reduction': reduction})
    yield Case('z-loss', plain, z)
    yield Case('z-loss, an ignored row', with_labels(plain, [1, -100, 3, 4]), z)
    yield Case('z-loss, class weights, sum', plain, {**weighted, **z, 'reduction': 'sum'})
    yield far_apart()
    yield Case('-Infinity beside the target, ε = 0', MASKED)
    yield Case('-Infinity with ε > 0', MASKED, SMOOTH)
    yield Case('NaN in an ignored row', POISONED, SMOOTH)
    yield Case('z-loss, class weights, mean', plain, {**weighted, **z},
               'Liger divides the loss by the sum of the weights and the z-loss by the number of rows.')
    yield Case('weight 0 on a class at -Infinity', MASKED, {**SMOOTH, 'weight': [1.0, 0.0, 2.0]},
               'Liger multiplies weight 0 by logit -Infinity and gets NaN; a coefficient of 0 skips its class.')
