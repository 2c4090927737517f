"""flash-attention's cross-entropy: its Triton kernel, interpreted on the CPU, and the loss around it."""

import contextlib

import torch

from frameworks import inputs, sources
from frameworks.common import MASKED, POISONED, REDUCTIONS, SMOOTH, basics, far_apart, torch_answer
from frameworks.inputs import Case, with_labels
from frameworks.triton_interpreter import TRITON    # before the kernel

PIN = 'flash-attn==2.8.3.post2'
# The package needs a GPU to import; these two of its files do not need the rest of it.
sources.module('flash_attn.ops.triton.cross_entropy', sources.member(PIN, 'flash_attn/ops/triton/cross_entropy.py'))
losses = sources.module('flash_attn_losses', sources.member(PIN, 'flash_attn/losses/cross_entropy.py'))

FRAMEWORK = 'flash-attention'
VERSION = f"{PIN.split('==')[1]} on {TRITON}, torch {torch.__version__}"
PRECISION = 'float32'
SOURCE = 'flash_attn.losses.cross_entropy.CrossEntropyLoss under TRITON_INTERPRET=1'

# The kernel is launched on the logits' CUDA device; interpreted, there is none.
torch.cuda.device = lambda index: contextlib.nullcontext()


class Claimed(torch.Tensor):
    """A CPU tensor that passes the loss's demand for a CUDA one."""

    is_cuda = True


def ask(batch, options):
    loss = losses.CrossEntropyLoss(
        ignore_index=options.get('ignoreIndex', -100), reduction=options.get('reduction', 'mean'),
        label_smoothing=options.get('labelSmoothing', 0.0), lse_square_scale=options.get('zLoss', 0.0))
    labels = torch.tensor(batch.labels).as_subclass(Claimed)
    return torch_answer(batch, lambda logits: loss(logits.as_subclass(Claimed), labels).as_subclass(torch.Tensor))


def cases():
    yield from basics(shifted='The gradient takes exp(x - lse) with lse rounded to float32, here to a multiple of 1/8.')
    plain = inputs.batch()
    z = {**SMOOTH, 'zLoss': 2.0 ** -10}
    yield Case('an ignored row, by the default index', with_labels(plain, [1, -100, 3, 4]), SMOOTH)
    yield Case('an ignored class id', with_labels(plain, [1, 2, 3, 2]), {**SMOOTH, 'ignoreIndex': 2})
    for reduction in REDUCTIONS:
        yield Case(f'every row ignored, {reduction}', with_labels(inputs.batch(2, 3), [-100] * 2),
                   {**SMOOTH, 'reduction': reduction})
    yield Case('z-loss', plain, z)
    yield Case('z-loss, an ignored row, sum', with_labels(plain, [1, -100, 3, 4]), {**z, 'reduction': 'sum'})
    yield far_apart()
    yield Case('-Infinity beside the target, ε = 0', MASKED)
    yield Case('-Infinity with ε > 0', MASKED, SMOOTH)
    yield Case('NaN in an ignored row', POISONED, SMOOTH, 'The gradient of the ignored row is NaN; it should be 0.')
