"""SoftmaxCrossEntropyLoss of ONNX in ONNX Runtime. The operator does not smooth: every case has ε = 0."""

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

from frameworks import inputs
from frameworks.common import MASKED, POISONED, REDUCTIONS, basics, far_apart
from frameworks.inputs import Case, volume, with_labels

FRAMEWORK = 'ONNX Runtime'
VERSION = f'{onnxruntime.__version__} with onnx {onnx.__version__}'
PRECISION = 'float32'
SOURCE = 'operator SoftmaxCrossEntropyLoss-13, CPUExecutionProvider; loss only, it has no gradient and no smoothing'
EVALUATOR = 'The ONNX reference evaluator'    # cases whose comment starts so are put to it instead


def model(batch, options):
    floats = helper.np_dtype_to_tensor_dtype(batch.logits.dtype)
    names = ['logits', 'labels'] + (['weight'] if 'weight' in options else [])
    attributes = {'ignore_index': options['ignoreIndex']} if 'ignoreIndex' in options else {}
    node = helper.make_node('SoftmaxCrossEntropyLoss', names, ['loss'],
                            reduction=options.get('reduction', 'mean'), **attributes)
    kinds = {'logits': floats, 'labels': TensorProto.INT64, 'weight': floats}
    graph = helper.make_graph([node], 'loss', [helper.make_tensor_value_info(n, kinds[n], None) for n in names],
                              [helper.make_tensor_value_info('loss', floats, None)])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 21)], ir_version=10)
    feeds = {'logits': batch.logits, 'labels': batch.labels}
    if 'weight' in options:
        feeds['weight'] = np.array(options['weight'], batch.dtype)
    return made, feeds


def ask_all(cases):
    return [(run(case), None) for case in cases]


def run(case):
    made, feeds = model(case.batch, case.options)
    if case.comment.startswith(EVALUATOR):
        return np.asarray(ReferenceEvaluator(made).run(None, feeds)[0])
    session = onnxruntime.InferenceSession(made.SerializeToString(), providers=['CPUExecutionProvider'])
    return np.asarray(session.run(None, feeds)[0])


def cases():
    yield from basics(epsilons=(0.0,))
    plain, weight = inputs.batch(), {'weight': inputs.class_weights(5)}
    yield Case('double precision', inputs.batch(dtype='float64'), weight, precision='float64')
    yield Case('half precision', inputs.batch(dtype='float16'), precision='float16')
    for reduction in REDUCTIONS:
        yield Case(f'class weights, {reduction}', plain, {**weight, 'reduction': reduction})
    ignored = with_labels(plain, [1, -100, 3, 4])
    yield Case('an ignored row', ignored, {'ignoreIndex': -100})
    yield Case('an ignored row, class weights', ignored, {**weight, 'ignoreIndex': -100})
    for reduction in REDUCTIONS:
        yield Case(f'every row ignored, {reduction}', with_labels(inputs.batch(2, 3), [-100] * 2),
                   {'ignoreIndex': -100, 'reduction': reduction})
    yield Case('classes on axis 1 of 3', volume((2, 5, 3), 1), weight)
    yield Case('classes on axis 1 of 4', volume((2, 3, 2, 2), 1), {'ignoreIndex': 1})
    yield Case('-Infinity beside the target', MASKED)
    yield Case('NaN in an ignored row', POISONED, {'ignoreIndex': -100})
    yield far_apart(options={})
    apart = far_apart().batch
    yield Case(f'{EVALUATOR}, logits of ±1e4', apart, {}, 'The reference evaluator takes the log of a softmax: Infinity.')
