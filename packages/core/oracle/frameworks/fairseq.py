"""label_smoothed_nll_loss of fairseq. The package does not import on a current Python; the function runs."""

import torch

from frameworks import inputs, sources
from frameworks.common import MASKED, POISONED, SMOOTH, basics, far_apart, torch_answer
from frameworks.inputs import Case

PATH = sources.member('fairseq==0.12.2', 'fairseq/criterions/label_smoothed_cross_entropy.py')
label_smoothed_nll_loss = sources.function(PATH, 'label_smoothed_nll_loss')

FRAMEWORK = 'fairseq'
VERSION = f'0.12.2 on torch {torch.__version__}'
PRECISION = 'float32'
SOURCE = 'label_smoothed_nll_loss of fairseq/criterions/label_smoothed_cross_entropy.py, CPU'


def ask(batch, options):
    return torch_answer(batch, lambda logits: label_smoothed_nll_loss(
        torch.log_softmax(logits, -1), torch.tensor(batch.labels), options.get('labelSmoothing', 0.0),
        ignore_index=options.get('ignoreIndex'), reduce=options.get('reduction') != 'none')[0])


def cases():
    yield from basics(reductions=('sum', 'none'))
    plain, double = inputs.batch(), inputs.batch(dtype='float64')
    padded, pad = inputs.with_labels(plain, [1, 0, 3, 0]), {**SMOOTH, 'ignoreIndex': 1}
    yield Case('double precision', double, {'labelSmoothing': 0.1}, precision='float64')
    yield Case('a padding index', padded, pad)
    yield Case('a padding index, a loss per row', padded, {**pad, 'reduction': 'none'})
    yield Case('sequences: classes on the last of three axes', inputs.volume((2, 3, 5), 2), pad)
    yield Case('every row is padding', inputs.with_labels(plain, [1] * 4), pad)
    yield far_apart()
    yield Case('-Infinity with ε > 0', MASKED, SMOOTH)
    yield Case('-Infinity beside the target, ε = 0', MASKED, {},
               'fairseq multiplies its smoothing part, Infinity here, by ε/(K - 1) = 0: the loss is NaN, the gradient right.')
    poisoned = inputs.with_labels(POISONED, [1, 0])
    yield Case('NaN in a row of padding', poisoned, {**SMOOTH, 'ignoreIndex': 0},
               "fairseq's loss is right, but the gradient of the padding row is NaN; it should be 0.")
