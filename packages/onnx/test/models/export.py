"""A small classifier exported by PyTorch, and what PyTorch answers for it.

    pip install -r ../../../core/oracle/requirements-frameworks.txt onnxscript==0.7.2
    python export.py        # writes mlp.onnx, mlp.onnx.data and mlp.json

The weights come from a fixed seed and stand in a file of their own, as the exporter puts them. The answers are
computed in float64 from the float32 weights, so that they are the truth for whoever computes in float32.
"""

import copy
import json
import os

import onnx
import torch
import torch.nn.functional as F

FEATURES, HIDDEN, CLASSES, ROWS, STEPS = 16, 32, 10, 6, 20
HERE = os.path.dirname(os.path.abspath(__file__))

LOSSES = {
    'plain': {},
    'smoothed': {'label_smoothing': 0.1},
    'weighted': {'label_smoothing': 0.1, 'weight': [0.25 + 0.25 * k for k in range(CLASSES)]},
    'summed': {'label_smoothing': 0.3, 'reduction': 'sum'},
}

OPTIMIZERS = {
    'sgd': (torch.optim.SGD, {'lr': 0.1}),
    'momentum': (torch.optim.SGD, {'lr': 0.05, 'momentum': 0.9, 'weight_decay': 0.01}),
    'nesterov': (torch.optim.SGD, {'lr': 0.05, 'momentum': 0.9, 'nesterov': True}),
    'adamw': (torch.optim.AdamW, {'lr': 0.01, 'weight_decay': 0.05}),
}


class Classifier(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.body = torch.nn.Linear(FEATURES, HIDDEN)
        self.head = torch.nn.Linear(HIDDEN, CLASSES)

    def forward(self, features):
        return self.head(torch.relu(self.body(features)))


def loss_of(logits, labels, options):
    weight = options.get('weight')
    weight = None if weight is None else torch.tensor(weight, dtype=logits.dtype)
    return F.cross_entropy(logits, labels, **{**options, 'weight': weight})


def answer(model, features, labels, options):
    logits = model(features).detach().requires_grad_()
    loss = loss_of(logits, labels, options)
    loss.backward()
    return {'options': options, 'loss': loss.item(), 'gradient': logits.grad.flatten().tolist()}


def train(model, features, labels, kind, settings):
    model = copy.deepcopy(model)
    optimizer = kind(model.head.parameters(), **settings)
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = loss_of(model(features), labels, LOSSES['smoothed'])
        loss.backward()
        optimizer.step()
    parameters = {name: value.flatten().tolist() for name, value in model.head.named_parameters(prefix='head')}
    return {'settings': settings, 'steps': STEPS, 'loss': loss.item(), 'parameters': parameters}


def export(model, features, path):
    torch.onnx.export(model, (features,), path, input_names=['features'], output_names=['scores'],
                      dynamic_shapes=({0: torch.export.Dim('batch')},), external_data=True, dynamo=True, verbose=False)
    exported = onnx.load(path, load_external_data=False)
    for node in exported.graph.node:
        # Paths of the machine that exported it.
        kept = [entry for entry in node.metadata_props if entry.key != 'pkg.torch.onnx.stack_trace']
        del node.metadata_props[:]
        node.metadata_props.extend(kept)
    onnx.save(exported, path)


def main():
    torch.manual_seed(20)
    model = Classifier()
    features, labels = torch.randn(ROWS, FEATURES), torch.randint(CLASSES, (ROWS,))
    export(model, features, os.path.join(HERE, 'mlp.onnx'))
    exact, x = copy.deepcopy(model).double(), features.double()
    recorded = {
        'torch': torch.__version__.split('+')[0],
        'features': features.flatten().tolist(),
        'labels': labels.tolist(),
        'losses': {name: answer(exact, x, labels, options) for name, options in LOSSES.items()},
        'training': {name: train(exact, x, labels, *how) for name, how in OPTIMIZERS.items()},
    }
    with open(os.path.join(HERE, 'mlp.json'), 'w', encoding='utf-8') as file:
        json.dump(recorded, file, indent=1)
        file.write('\n')


if __name__ == '__main__':
    main()
