"""PyTorch's own cross_entropy: python run_pytorch.py < cases.ndjson > answers.ndjson"""
import torch
from exchange import answer_all, unless
from torch.nn.functional import cross_entropy


def compute(case):
    o = case.options
    unless(o["smoothingMode"] == "uniform" and isinstance(o["labelSmoothing"], (int, float)), "smoothingMode")
    unless(o["weight"] is None or o["weightMode"] == "perClass", "weightMode")
    unless(case.sampleWeight is None, "sampleWeight")
    unless(o["classMask"] is None, "classMask")
    unless(o["maskedLogits"] == "propagate" or not (case.logits == float("-inf")).any(), "maskedLogits=exclude")
    unless(o["reduction"] != "mean" or o["denominator"] == ("rows" if case.dense else "weights"), "denominator")
    unless(o["normalizer"] is None, "normalizer")
    unless(o["zLoss"] == 0 and not o["subtractEntropy"], "zLoss, subtractEntropy")
    unless(o["input"] == "logits", "input=probabilities")
    unless(len(o["ignoreIndex"]) <= 1, "several ignored labels")
    logits = torch.tensor(case.logits, requires_grad=True)
    weight = None if o["weight"] is None else torch.tensor(o["weight"], dtype=logits.dtype)
    ignored = {} if case.dense else {"ignore_index": (o["ignoreIndex"] or [-100])[0]}
    smoothed = {"label_smoothing": o["labelSmoothing"], "weight": weight, "reduction": o["reduction"], **ignored}
    loss = cross_entropy(logits, torch.tensor(case.target), **smoothed)
    unless(o["onEmpty"] == "nan" or not loss.isnan().any(), "onEmpty")
    if case.gradient:
        loss.sum().backward()
    return loss.detach().double().numpy(), logits.grad


answer_all(compute, "PyTorch", torch.__version__)
