"""Writes test/softmax-cross-entropy-loss.json: ONNX's own test cases of SoftmaxCrossEntropyLoss, as compact JSON.

    pip install onnx==1.22.0
    python sce-cases.py && npm run format

Inputs, losses and attributes are those that `onnx.backend.test` generates. Real numbers are float32, little-endian, in
base64. The logits of every case are the beginning of one random sequence, which stands there once; a case and its twin
with a second output, log_prob, have the same data, and stand there as one entry with two names.
"""

import base64
import json
from pathlib import Path

import numpy as np
import onnx
from onnx.backend.test.case.node import collect_testcases


def encoded(array: np.ndarray) -> str:
    return base64.b64encode(np.asarray(array, "<f4").tobytes()).decode()


def read(test) -> tuple[np.ndarray, dict]:
    (node,) = test.model.graph.node
    ((inputs, outputs),) = test.data_sets
    attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
    logits, labels, *weight = inputs
    return logits, {
        "shape": list(logits.shape),
        "reduction": attributes["reduction"].decode(),
        "ignoreIndex": attributes.get("ignore_index"),
        "labels": [int(label) for label in labels.ravel()],
        "weight": encoded(weight[0]) if weight else None,
        "loss": encoded(outputs[0]),
    }


def main() -> None:
    tests = [test for test in collect_testcases("SoftmaxCrossEntropyLoss") if "expanded" not in test.name]
    logits = max((read(test)[0] for test in tests), key=np.size).ravel()
    cases: list[dict] = []
    for test in tests:
        own, case = read(test)
        assert np.array_equal(own.ravel(), logits[: own.size]), test.name
        if cases and {**cases[-1], "names": None} == {"names": None, **case}:
            cases[-1]["names"].append(test.name)
        else:
            cases.append({"names": [test.name], **case})
    source = f"onnx {onnx.__version__}, onnx/backend/test/case/node/softmaxcrossentropy.py, Apache-2.0"
    body = ",\n".join(json.dumps(case) for case in cases)
    text = f'{{"source": "{source}",\n"logits": "{encoded(logits)}",\n"cases": [\n{body}\n]}}\n'
    (Path(__file__).parent.parent / "test" / "softmax-cross-entropy-loss.json").write_text(text)


if __name__ == "__main__":
    main()
