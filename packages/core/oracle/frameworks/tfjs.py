"""tf.losses.softmaxCrossEntropy of TensorFlow.js, run by Node: give the folder that
`npm install @tensorflow/tfjs@4.22.0` was run in by TFJS_FOLDER, or by record.py --tfjs-folder."""

import base64
import json
import os
import subprocess
from pathlib import Path

import numpy as np

from frameworks import inputs
from frameworks.common import MASKED, SMOOTH, basics, far_apart
from frameworks.inputs import Case

FOLDER = os.environ.get('TFJS_FOLDER')
assert FOLDER, 'TensorFlow.js: state the folder it is installed in, by --tfjs-folder'
VERSION = json.loads((Path(FOLDER) / 'node_modules/@tensorflow/tfjs/package.json').read_text())['version']

FRAMEWORK = 'TensorFlow.js'
PRECISION = 'float32'
SOURCE = 'tf.losses.softmaxCrossEntropy, backend cpu; tfjs-core/src/ops/losses/softmax_cross_entropy.ts'
MEANS = {'nonzeroWeights': 'SUM_BY_NONZERO_WEIGHTS', 'weights': 'MEAN'}


def ask_all(cases):
    """One Node process answers all."""
    command = ['node', str(Path(__file__).with_suffix('.mjs')), FOLDER]
    told = subprocess.run(command, input=json.dumps([request(case.batch, case.options) for case in cases]),
                          check=True, capture_output=True, text=True).stdout
    answers = json.loads(told[told.index('{"version"'):])['answers']
    return [tuple(unpacked(answer[part]) for part in ('loss', 'gradient')) for answer in answers]


def request(batch, options):
    reduction = options.get('reduction', 'mean')
    if reduction == 'mean':
        reduction = MEANS[options.get('denominator', 'nonzeroWeights')]
    weights = np.array(options['weight'])[batch.labels] if 'weight' in options else options.get('sampleWeight')
    return {'shape': list(batch.logits.shape), 'logits': packed(batch.logits), 'targets': packed(batch.one_hot()),
            'weights': None if weights is None else packed(weights),
            'labelSmoothing': options.get('labelSmoothing', 0), 'reduction': reduction.upper()}


def packed(values):
    return base64.b64encode(np.asarray(values, dtype='<f4').tobytes()).decode()


def unpacked(text):
    return np.frombuffer(base64.b64decode(text), dtype='<f4')


def cases():
    yield from basics(shifted='The gradient takes exp(x - lse) with lse rounded to float32, here to a multiple of 1/8.')
    plain = inputs.batch()
    weights = {**SMOOTH, 'sampleWeight': inputs.row_weights(4)}
    yield Case('weights per class', plain, {**SMOOTH, 'weight': inputs.class_weights(5)})
    yield Case('weights per row, SUM_BY_NONZERO_WEIGHTS', plain, weights)
    yield Case('weights per row, MEAN', plain, {**weights, 'denominator': 'weights'})
    yield Case('weights per row, NONE', plain, {**weights, 'reduction': 'none'})
    yield Case('dense targets', inputs.dense(), SMOOTH)
    yield Case('three axes, ε = 0', inputs.volume((2, 3, 5), 2))
    yield far_apart()
    yield Case('-Infinity with ε > 0', MASKED, SMOOTH)
    yield Case('weights all 0', plain, {**SMOOTH, 'sampleWeight': [0.0] * 4},
               "TensorFlow.js' gradient is NaN, as its loss is; where a mean is undefined the gradient is 0.")
    yield Case('three axes', inputs.volume((2, 3, 5), 2), SMOOTH,
               'TensorFlow.js divides ε by the length of axis 1, not by the number of classes.')
    yield Case('dense rows that sum to 1.25', inputs.dense(total=20), SMOOTH,
               "TensorFlow.js' gradient is softmax - q even where q does not sum to 1; the loss is right.")
    yield Case('-Infinity beside the target, ε = 0', MASKED, {},
               'TensorFlow.js multiplies a target of 0 by log-probability -Infinity: the loss is NaN, the gradient right.')
    yield Case('NaN in a row of weight 0', inputs.of([[1, 2, 0.5], [inputs.NAN, 0, 1]], [1, 0]),
               {**SMOOTH, 'sampleWeight': [1.0, 0.0]},
               'TensorFlow.js multiplies the NaN by weight 0; such a row is never read here.')
