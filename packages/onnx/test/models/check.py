"""Runs a model with a loss, made from mlp.onnx, in Python and prints how far it is from what PyTorch answered.

    python check.py with-loss.onnx smoothed      # one of the losses of mlp.json; mlp.onnx.data lies beside the model

Needs onnxruntime, onnx and numpy.
"""

import json
import os
import sys

import numpy as np
import onnx
import onnxruntime

path, name = sys.argv[1:]
onnx.checker.check_model(path, full_check=True)
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'mlp.json'), encoding='utf-8') as file:
    recorded = json.load(file)
expected = recorded['losses'][name]
features = np.array(recorded['features'], np.float32).reshape(len(recorded['labels']), -1)
loss, gradient = onnxruntime.InferenceSession(path).run(
    ['loss', 'gradient'], {'features': features, 'labels': np.array(recorded['labels'], np.int64)})
away = np.abs(gradient.ravel() - np.array(expected['gradient']))
print(json.dumps({'loss': float(abs(loss / expected['loss'] - 1)), 'gradient': float(away.max())}))
