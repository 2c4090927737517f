"""vocab_parallel_cross_entropy of Megatron-Core with the whole vocabulary on one rank."""

import socket

import megatron.core
import torch
from megatron.core import parallel_state
from megatron.core.tensor_parallel import vocab_parallel_cross_entropy

from frameworks import inputs
from frameworks.common import MASKED, SMOOTH, basics, far_apart, torch_answer
from frameworks.inputs import Case

FRAMEWORK = 'Megatron-Core'
VERSION = f'{megatron.core.__version__} on torch {torch.__version__}'
PRECISION = 'float32'    # for float64 logits too: the first step casts to float32
SOURCE = 'megatron.core.tensor_parallel.vocab_parallel_cross_entropy, gloo, world size 1'


def one_rank():
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    torch.distributed.init_process_group('gloo', f'tcp://127.0.0.1:{port}', rank=0, world_size=1)
    parallel_state.initialize_model_parallel()


def ask(batch, options):
    if not torch.distributed.is_initialized():
        one_rank()
    # A clone: the function works in place on float32 logits.
    return torch_answer(batch, lambda logits: vocab_parallel_cross_entropy(
        logits.clone(), torch.tensor(batch.labels), options.get('labelSmoothing', 0.0)))


def cases():
    yield from basics(epsilons=(0.0, SMOOTH['labelSmoothing'], 0.5), reductions=('none',))
    yield Case('ε = 0.9, more than (K - 1)/K', inputs.batch(3, 3), {'labelSmoothing': inputs.eps(0.9)})
    yield Case('double precision in, float32 inside', inputs.batch(dtype='float64'), {'labelSmoothing': 0.1})
    yield Case('sequences: classes on the last of three axes', inputs.volume((2, 3, 5), 2), SMOOTH)
    yield Case('-Infinity beside the target, ε = 0', MASKED)
    yield Case('-Infinity with ε > 0', MASKED, SMOOTH)
    yield far_apart(40.0)
    yield far_apart(1e4, options={})
    yield far_apart(400.0, 'Megatron takes the log of a softmax that has underflowed to 0: the loss is Infinity, the gradient right.')
