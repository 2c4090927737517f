"""transformers.trainer_pt_utils.LabelSmoother, what Trainer(label_smoothing_factor=) uses."""

import torch
import transformers
from transformers.trainer_pt_utils import LabelSmoother

from frameworks import inputs
from frameworks.common import MASKED, POISONED, SMOOTH, basics, far_apart, torch_answer
from frameworks.inputs import Case, rounded

FRAMEWORK = 'Hugging Face Transformers'
VERSION = f'{transformers.__version__} on torch {torch.__version__}'
PRECISION = 'float32'    # for float64 logits too: the log-probabilities are summed in float32
SOURCE = 'transformers.trainer_pt_utils.LabelSmoother, CPU'


def ask(batch, options):
    smoother = LabelSmoother(epsilon=options.get('labelSmoothing', 0.0), ignore_index=options.get('ignoreIndex', -100))
    items = options.get('normalizer')
    return torch_answer(batch, lambda logits: smoother(
        {'logits': logits}, torch.tensor(batch.labels), num_items_in_batch=items))


def cases():
    yield from basics(reductions=())
    plain = inputs.batch()
    yield Case('double precision in, float32 sums', inputs.batch(dtype='float64'), {'labelSmoothing': 0.1})
    yield Case('half precision', inputs.batch(dtype='float16'), {'labelSmoothing': rounded(0.1, 'float16')},
               precision='float16')
    yield Case('sequences: classes on the last of three axes', inputs.volume((2, 3, 5), 2), SMOOTH)
    yield Case('an ignored row, by the default index', inputs.with_labels(plain, [1, -100, 3, 4]), SMOOTH)
    yield Case('a class id that is ignored', inputs.with_labels(plain, [1, 0, 3, 0]), {**SMOOTH, 'ignoreIndex': 0})
    yield Case('num_items_in_batch', inputs.with_labels(plain, [1, -100, 3, 4]), {**SMOOTH, 'normalizer': 12.0})
    yield Case('every row ignored, num_items_in_batch', inputs.with_labels(plain, [-100] * 4),
               {**SMOOTH, 'normalizer': 12.0})
    yield far_apart()
    yield Case('every row ignored', inputs.with_labels(inputs.batch(2, 3), [-100] * 2), SMOOTH)
    yield Case('-Infinity with ε > 0', MASKED, SMOOTH)
    yield Case('-Infinity beside the target, ε = 0', MASKED, {},
               'LabelSmoother multiplies its smoothing part, Infinity here, by ε = 0: the loss is NaN, the gradient right.')
    yield Case('NaN in an ignored row', POISONED, SMOOTH,
               "LabelSmoother's loss is right, but the gradient of the ignored row is NaN; it should be 0.")
