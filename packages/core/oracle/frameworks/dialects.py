"""The defaults each dialect is expected to have: the claim that the recorded answers put to the test."""


def defaults(mode, weight_mode, denominator, reduction, ignore_index, on_empty, **more):
    chosen = {'smoothingMode': mode, 'weightMode': weight_mode, 'reduction': reduction,
              'ignoreIndex': ignore_index, 'onEmpty': on_empty, 'maskedLogits': 'propagate', **more}
    # PyTorch's own denominator depends on the kind of target, as the oracle's default does.
    return chosen if denominator is None else {**chosen, 'denominator': denominator}


DIALECTS = {
    'pytorch': defaults('uniform', 'perClass', None, 'mean', -100, 'nan'),
    'keras': defaults('uniform', 'target', 'rows', 'mean', None, 'zero'),
    'tf1': defaults('uniform', 'target', 'nonzeroWeights', 'mean', None, 'zero'),
    'tfjs': defaults('uniform', 'target', 'nonzeroWeights', 'mean', None, 'nan'),
    'huggingface': defaults('uniform', 'perClass', 'valid', 'mean', -100, 'nan'),
    'fairseq': defaults('others', 'perClass', 'valid', 'sum', None, 'zero'),
    't5x': defaults('others', 'perClass', 'valid', 'sum', None, 'zero', subtractEntropy=True),
    'megatron': defaults('others', 'perClass', 'valid', 'none', None, 'nan'),
    'paddle': defaults('uniform', 'expected', 'expected', 'mean', -100, 'zero'),
    'mlx': defaults('uniform', 'target', 'rows', 'none', None, 'nan'),
    'optax': defaults('uniform', 'target', 'rows', 'none', None, 'nan'),
    'flash-attention': defaults('uniform', 'perClass', 'valid', 'mean', -100, 'nan'),
    'liger': defaults('uniform', 'perClass', 'weights', 'mean', -100, 'zero'),
    'onnx': defaults('uniform', 'target', 'weights', 'mean', None, 'nan'),
}
